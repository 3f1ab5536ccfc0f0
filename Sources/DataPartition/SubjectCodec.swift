package import PopulationData

/// Subjects as bytes, to be sent to other ranks: all their numbers bit by bit, with IDs, places and
/// lines. A subject with a dose and five observations takes about 130 bytes, and what only some
/// subjects have takes bytes of those only.
package enum SubjectCodec {
  /// The bytes of subjects; those of two lists one after the other are the bytes of both lists.
  package static func encode(_ subjects: some Sequence<Subject>) -> [UInt8] {
    var writer = ByteWriter()
    for subject in subjects { write(subject, &writer) }
    return writer.bytes
  }

  /// The subjects that were encoded.
  package static func decode(_ bytes: [UInt8]) -> [Subject] {
    bytes.withUnsafeBytes {
      var reader = ByteReader($0)
      var subjects: [Subject] = []
      while !reader.isAtEnd { subjects.append(subject(&reader)) }
      return subjects
    }
  }

  private static func write(_ subject: Subject, _ writer: inout ByteWriter) {
    writer.append(subject.id)
    writer.append(subject.index)
    writer.append(subject.line)
    let isPlain = subject.occasions.allSatisfy(\.isPlain)
    writer.append((subject.hasCovariates ? 1 : 0) + (isPlain ? 0 : 2))
    if subject.hasCovariates { write(subject.covariates, &writer) }
    writer.append(subject.occasions.count)
    // Lines mostly go on by one.
    var line = subject.line
    for occasion in subject.occasions {
      writer.append(occasion.doses.count)
      for dose in occasion.doses {
        writer.append(dose.time)
        writer.append(dose.amount)
        writer.append(dose.compartment)
        writer.append(dose.line &- line)
        line = dose.line
      }
      writer.append(occasion.observations.count)
      for observation in occasion.observations {
        writer.append(observation.time)
        writer.append(observation.value)
        writer.append(observation.compartment)
        writer.append(observation.line &- line)
        writer.append(observation.precedingDoses)
        line = observation.line
      }
      if !isPlain { writeMore(occasion, &writer) }
    }
  }

  private static func write(_ covariates: [[Double]], _ writer: inout ByteWriter) {
    writer.append(covariates.count)
    writer.append(covariates[0].count)
    for row in covariates { for value in row { writer.append(value) } }
  }

  private static func covariates(_ reader: inout ByteReader) -> [[Double]] {
    let rows = reader.integer()
    let columns = reader.integer()
    return (0..<rows).map { _ in (0..<columns).map { _ in reader.double() } }
  }

  /// Writes what an occasion may have besides plain doses and observations.
  private static func writeMore(_ occasion: Occasion, _ writer: inout ByteWriter) {
    writer.append(occasion.start == nil ? 0 : 1)
    if let start = occasion.start { writer.append(start) }
    for dose in occasion.doses {
      writer.append(dose.isPlain ? 0 : 1)
      if dose.isPlain { continue }
      writer.append(dose.entry.code)
      writer.append(dose.entry.value)
      writer.append(dose.steadyState.rawValue)
      writer.append(dose.interval)
      writer.append(dose.covariates)
      writer.append(dose.dosingCovariates)
    }
    for observation in occasion.observations {
      writer.append(observation.knowledgeCode)
      if observation.knowledgeCode != 0 { writer.append(observation.bound) }
      writer.append(observation.output)
      writer.append(observation.covariates)
    }
    writer.append(occasion.others.count)
    for other in occasion.others {
      writer.append(other.time)
      writer.append(other.compartment)
      writer.append(other.line)
      writer.append(other.covariates)
      writer.append(other.precedingDoses)
      writer.append(other.precedingObservations)
    }
  }

  private static func readMore(_ occasion: inout Occasion, _ reader: inout ByteReader) {
    if reader.integer() == 1 { occasion.start = reader.double() }
    for place in occasion.doses.indices where reader.integer() == 1 {
      occasion.doses[place].entry = DoseRecord.Entry(code: reader.integer(), value: reader.double())
      occasion.doses[place].steadyState = DoseRecord.SteadyState(rawValue: reader.integer())!
      occasion.doses[place].interval = reader.double()
      occasion.doses[place].covariates = reader.integer()
      occasion.doses[place].dosingCovariates = reader.integer()
    }
    for place in occasion.observations.indices {
      let plain = occasion.observations[place]
      let code = reader.integer()
      let bound = code == 0 ? 0 : reader.double()
      occasion.observations[place] = Observation(
        time: plain.time, value: plain.value, compartment: plain.compartment, line: plain.line,
        precedingDoses: plain.precedingDoses, output: reader.integer(),
        covariates: reader.integer(), censoring: Observation.censoring(code: code, bound: bound),
        limit: code == 3 ? bound : nil)
    }
    for _ in 0..<reader.integer() {
      occasion.others.append(
        OtherEvent(
          time: reader.double(), compartment: reader.integer(), line: reader.integer(),
          covariates: reader.integer(), precedingDoses: reader.integer(),
          precedingObservations: reader.integer()))
    }
  }

  private static func subject(_ reader: inout ByteReader) -> Subject {
    let id = reader.text()
    let index = reader.integer()
    let firstLine = reader.integer()
    var line = firstLine
    let flags = reader.integer()
    let covariates = flags & 1 == 0 ? Subject.noCovariates : covariates(&reader)
    let occasionCount = reader.integer()
    var occasions: [Occasion] = []
    occasions.reserveCapacity(occasionCount)
    for _ in 0..<occasionCount {
      let doseCount = reader.integer()
      var doses: [DoseRecord] = []
      doses.reserveCapacity(doseCount)
      for _ in 0..<doseCount {
        var dose = DoseRecord(time: reader.double(), amount: reader.double())
        dose.compartment = reader.integer()
        line &+= reader.integer()
        dose.line = line
        doses.append(dose)
      }
      let observationCount = reader.integer()
      var observations: [Observation] = []
      observations.reserveCapacity(observationCount)
      for _ in 0..<observationCount {
        var observation = Observation(
          time: reader.double(), value: reader.double(), precedingDoses: 0)
        observation.compartment = reader.integer()
        line &+= reader.integer()
        observation.line = line
        observation.precedingDoses = reader.integer()
        observations.append(observation)
      }
      var occasion = Occasion(doses: doses, observations: observations)
      if flags & 2 != 0 { readMore(&occasion, &reader) }
      occasions.append(occasion)
    }
    return Subject(
      id: id, index: index, occasions: occasions, line: firstLine, covariates: covariates)
  }
}
