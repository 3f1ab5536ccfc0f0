import DataPartition
package import DataSets
import Estimation
import Glibc
package import JobFiles
package import MessagePassing
import PopulationData
import PopulationModel
import Study

/// What the fits of a job cost on this machine: an E-step is timed on some subjects of its first
/// data set.
///
/// Results do not depend on it; only the order of work and the sizes of groups do.
package struct CostModel: Sendable, Equatable, Codable {
  /// Seconds of an E-step for a subject.
  package var secondsPerStep = 4e-6
  /// Seconds of a mode search for a subject, at the start.
  package var secondsPerSearch = 10e-6
  /// Bytes of a data file for a subject.
  package var bytesPerSubject = 150.0
  /// Records of a subject.
  package var eventsPerSubject = 6.0
  /// Seconds for finding starting values, of 64 subjects.
  package var secondsPerStart = 0.02
  /// Subjects that were timed; 0 if the first data sets could not be read, and the figures are
  /// guesses.
  package var timedSubjects = 0

  /// Seconds for a byte of a data file, read and taken apart.
  static let secondsPerByte = 15e-9
  /// Seconds for a subject's row of `subjects.csv`, and for what the kernels make of its data.
  static let secondsPerRow = 14e-6
  static let secondsPerProgram = 8e-6
  /// Seconds of a fit beside its subjects: parameters, tables, records.
  static let secondsPerFit = 4e-3
  /// E-steps of an accelerated fit, those at its end included, which take standard errors and the
  /// error of the nodes.
  static let stepsOfExactFit = 24.0

  package init() {}

  /// Times an E-step on the first rank; collective.
  package init(job: LoadedJob, communicator: any Communicator) throws {
    self = try communicator.shared(Self.measured(job))
  }

  /// Of the first data set that can be read; guesses if there is none.
  private static func measured(_ job: LoadedJob) -> CostModel {
    let guess = CostModel()
    let largest = job.sources.map { guess.size(of: $0, plan: job.plan).subjects }.max() ?? 1
    let measured = job.sources.prefix(3).lazy.compactMap { source in
      measure(source, job.plan, count: Int(min(largest, largest < 2e4 ? 4096 : 32_768)))
    }
    return measured.first ?? guess
  }

  /// How many subjects are looked at.
  private static let sampleSize = 64

  /// - Parameter count: how many subjects to time, the same ones again and again: what many of them
  ///   take is mostly the way to the memory.
  private static func measure(_ source: DataSetSource, _ plan: RunPlan, count: Int) -> CostModel? {
    var result = CostModel()
    let subjects: [Subject]
    switch source {
    case .resampled(_, let resample): return measure(resample.base, plan, count: count)
    case .file(let path, let name):
      guard let (text, _) = head(of: path),
        let dataset = try? DatasetReader.read(bytes: text, name: name, format: plan.format)
      else { return nil }
      // The last one may be cut.
      subjects = Array(dataset.subjects.prefix(min(sampleSize, max(1, dataset.subjects.count - 1))))
      result.bytesPerSubject = Double(text.count) / Double(dataset.subjects.count)
    case .simulated(_, let number):
      guard let trial = plan.trial,
        let draw = try? plan.draw(
          number, of: trial, subjects: 0..<min(sampleSize, trial.design.subjectCount))
      else { return nil }
      subjects = draw.subjects
    }
    for subject in subjects {
      guard (try? plan.model.structural.validate(subject, residual: plan.model.residual)) != nil
      else { return nil }
    }
    let begin = ContinuousClock.now
    guard let start = try? plan.start(number: 1, sample: subjects) else { return nil }
    result.secondsPerStart = begin.duration(to: .now).seconds
    let many = (0..<max(subjects.count, count)).map { subjects[$0 % subjects.count] }
    let settings = plan.settings
    let step = ExpectationStep(
      model: plan.model, dataset: Dataset(name: source.name, subjects: many),
      subjects: Array(many.indices), settings: settings)
    let clock = ContinuousClock()
    let search = clock.measure { _ = step.run(at: start, iteration: 0, envelopes: .modes) }
    let source: ExpectationStep.EnvelopeSource =
      settings.method.renewal == .everyIteration ? .previousMoments : .kept
    let once = clock.measure { _ = step.run(at: start, iteration: 1, envelopes: source) }
    // Of two, as the first may meet cold caches.
    let twice = clock.measure { _ = step.run(at: start, iteration: 2, envelopes: source) }
    let n = Double(many.count)
    result.secondsPerStep = min(once, twice).seconds / n
    result.secondsPerSearch = search.seconds / n
    result.eventsPerSubject =
      Double(many.reduce(0) { $0 + $1.observationCount + $1.doseCount }) / n
    result.timedSubjects = subjects.count
    return result
  }

  /// The beginning of a file up to the end of a line.
  private static func head(of path: String) -> (text: [UInt8], isWhole: Bool)? {
    var status = stat()
    guard !path.hasSuffix(".gz"), stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG
    else { return nil }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    guard let bytes = FileRange.bytes(descriptor, at: 0, count: 1 << 16), !bytes.isEmpty else {
      return nil
    }
    guard bytes.count == 1 << 16, let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else {
      return (bytes, true)
    }
    return (Array(bytes[...end]), false)
  }

  /// What a fit is expected to cost.
  package func cost(of source: DataSetSource, plan: RunPlan) -> PieceCost {
    let (subjects, bytes) = size(of: source, plan: plan)
    let settings = plan.settings
    let steps =
      !settings.method.endsAtMaximum
      ? Double(settings.iterations) + 2
      : settings.isAccelerated ? Self.stepsOfExactFit : 3 * Self.stepsOfExactFit
    // The precision that is asked for is one of −2 log L, and more subjects need more nodes for it.
    let refining =
      settings.method.endsAtMaximum && settings.precision != nil
      ? 1 + 0.8 * min(1.5, max(0, log10(subjects / 300))) : 1
    let perSubject =
      secondsPerSearch + refining * steps * secondsPerStep
      + Self.secondsPerRow + Self.secondsPerProgram
    // Up to so many subjects are looked at for starting values, by each rank for itself.
    var isFound = !plan.starting.isComplete
    if case .resampled(_, let resample) = source, resample.start != nil { isFound = false }
    let search =
      !isFound
      ? 0
      : secondsPerStart
        * max(1, min(subjects, StartingPoints.subjectCount(plan.model)) / Double(Self.sampleSize))
    let layout = StatisticsLayout(plan.model)
    return PieceCost(
      subjects: subjects, serial: Self.secondsPerFit + search,
      work: subjects * perSubject + bytes * Self.secondsPerByte, steps: steps,
      payload: Double(layout.count * ExactAccumulator.bytesPerSum))
  }

  /// n as far as it is known without reading the data, and the bytes of the file.
  private func size(of source: DataSetSource, plan: RunPlan) -> (subjects: Double, bytes: Double) {
    switch source {
    case .resampled(_, let resample): return size(of: resample.base, plan: plan)
    case .simulated: return (Double(plan.trial?.design.subjectCount ?? 1), 0)
    case .file(let path, _):
      var status = stat()
      guard stat(path, &status) == 0 else { return (1, 0) }
      // Tables of numbers shrink to about a quarter.
      let bytes = Double(status.st_size) * (path.hasSuffix(".gz") ? 4 : 1)
      return (max(1, bytes / bytesPerSubject), bytes)
    }
  }

  /// Bytes that a rank needs for its part of a data set: the data, what the kernels make of it,
  /// envelopes and results, and nodes up to the limit.
  package func memory(subjects: Double, plan: RunPlan) -> Double {
    let p = plan.model.effectCount
    let k = plan.model.componentCount
    let packed = p * (p + 1) / 2
    // See SubjectBlocks and NodeStore: two records of each component, and the cell of its nodes.
    let records = Double(k * (2 * 8 * (4 * p + 4 * packed + 14) + 160))
    let data = 250 + 90 * eventsPerSubject
    let rows = Double(8 * (2 + k * (6 + p + packed)))
    let samples = plan.settings.samples
    let nodes = Double(k * ((samples + 7) / 8 * 8 + 8) * 8 * (p + 3))
    let kept =
      plan.settings.method.keepsNodes && subjects * nodes <= Double(plan.settings.memoryLimit)
      ? nodes : 0
    return 30e6 + subjects * (data + records + rows + 450 + kept)
  }
}
