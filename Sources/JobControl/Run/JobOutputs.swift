import Estimation
import JobFiles
import MessagePassing
import OutputFolders
import PopulationData
import Report

extension LoadedJob {
  /// `fit.json` without data sets.
  /// - Parameter version: of popmix.
  func document(version: String) -> FitDocument {
    FitDocument(
      popmixVersion: version, job: plan.jobFile.name, jobText: text, model: plan.model,
      settings: plan.settings)
  }
}

/// The output files of a job.
struct JobOutputs {
  let job: LoadedJob
  let results: JobResults
  let folder: String
  let version: String
  let assembly: Assembly
  let files: OutputFiles

  /// The files that every job has.
  static let names = ["fit.json", "estimates.csv", "subjects.csv", "iterations.csv"]

  var names: [String] {
    Self.names + job.tables.map(\.fileName) + (results.hasSeveralStarts ? ["starts.csv"] : [])
  }

  /// Writes all files; collective.
  /// - Parameter perDataSet: whether each data set also gets a folder of its own.
  func write(perDataSet: Bool) throws {
    let headers = PieceTexts(job).headers
    let frame = try job.document(version: version).frame()
    var texts = try outputs(results.dataSets, in: folder, headers: headers, frame: frame)
    if results.hasSeveralStarts {
      texts.append(Assembly.OutputText(path: "\(folder)/starts.csv", parts: [.text(startsTable)]))
    }
    let communicator = assembly.communicator
    let staged = try assembly.stage(texts)
    try files.place(staged, origin: .output, as: .fit, by: communicator)
    guard perDataSet else { return }
    let folders = folderNames
    // Each rank those of some data sets, by itself.
    let alone = Assembly(folder: assembly.folder, communicator: SerialCommunicator())
    try files.write(as: .fit, origin: .output, by: communicator) { staged in
      for (number, dataSet) in results.dataSets.enumerated()
      where number % communicator.size == communicator.rank && !dataSet.chosen.record.hasFailed {
        let own = "\(folder)/data-sets/\(folders[dataSet.name] ?? dataSet.name)"
        try OutputFile.makeFolder(own)
        staged += try alone.stage(outputs([dataSet], in: own, headers: headers, frame: frame))
      }
    }
  }

  private var folderNames: [String: String] {
    FolderNames.of(
      results.dataSets.filter { !$0.chosen.record.hasFailed }.map(\.name))
  }

  private func outputs(
    _ dataSets: [JobResults.DataSet], in folder: String, headers: [LedgerSection: [UInt8]],
    frame: (head: [UInt8], tail: [UInt8])
  ) throws -> [Assembly.OutputText] {
    func header(_ section: LedgerSection) -> Assembly.Part { .text(headers[section] ?? []) }
    let documents = try dataSets.enumerated().flatMap { number, dataSet in
      try (number > 0 ? [.text(FitDocument.separator)] : []) + document(dataSet)
    }
    let estimates = dataSets.map { Assembly.Part.section(.estimates, $0.chosen) }
    /// Rows of all subjects, of the starts that are kept.
    func subjects(_ section: LedgerSection) -> [Assembly.Part] {
      dataSets.flatMap { dataSet in
        dataSet.starts[dataSet.best].map { Assembly.Part.section(section, $0) }
      }
    }
    let iterations = dataSets.flatMap { dataSet in
      dataSet.starts.map { Assembly.Part.section(.iterations, $0[0]) }
    }
    return [
      Assembly.OutputText(
        path: "\(folder)/fit.json", parts: [.text(frame.head)] + documents + [.text(frame.tail)]),
      Assembly.OutputText(
        path: "\(folder)/estimates.csv", parts: [header(.estimates)] + estimates),
      Assembly.OutputText(
        path: "\(folder)/subjects.csv", parts: [header(.subjects)] + subjects(.subjects)),
      Assembly.OutputText(
        path: "\(folder)/iterations.csv", parts: [header(.iterations)] + iterations),
    ]
      + job.tables.map { table in
        Assembly.OutputText(
          path: "\(folder)/\(table.fileName)",
          parts: [header(table.section)] + subjects(table.section))
      }
  }

  /// What `fit.json` has of a data set: its text, with the maxima of all starts in the middle.
  private func document(_ dataSet: JobResults.DataSet) throws -> [Assembly.Part] {
    let chosen = dataSet.chosen
    guard let maxima = dataSet.maxima, let place = chosen.record.maximaPlace else {
      return [.section(.document, chosen)]
    }
    let count = chosen.record.lengths[LedgerSection.document.rawValue]
    return [
      .stretch(.document, chosen, 0..<place), .text(try FitDocument.text(maxima)),
      .stretch(.document, chosen, place..<count),
    ]
  }

  /// `starts.csv`: where each start ended.
  private var startsTable: [UInt8] {
    let hasPrior = !job.plan.settings.prior.isEmpty
    var text =
      "data_set,start,status,minus_two_log_likelihood,"
      + (hasPrior ? "minus_two_log_posterior," : "") + "kept,maximum\n"
    for dataSet in results.dataSets {
      for (place, entries) in dataSet.starts.enumerated() {
        let record = entries[0].record
        let fields =
          [
            csvField(record.name), "\(record.start)", record.status,
            csvNumber(record.minusTwoLogLikelihood),
          ] + (hasPrior ? [csvNumber(record.minusTwoLogPosterior)] : []) + [
            place == dataSet.best ? "1" : "0",
            dataSet.maxima?.numbers[place].map { "\($0)" } ?? "",
          ]
        text += fields.joined(separator: ",") + "\n"
      }
    }
    return Array(text.utf8)
  }

  /// What the terminal shows of each data set: tables of few, a line each of some, of many nothing.
  func tables() throws -> [String] {
    let count = results.dataSets.count
    guard count <= Self.lineLimit else { return [] }
    let section = count > Self.tableLimit ? LedgerSection.line : .table
    return try results.dataSets.map { dataSet in
      let text = String(decoding: try assembly.text(section, dataSet.chosen), as: UTF8.self)
      guard let maxima = dataSet.maxima, !text.isEmpty else { return text }
      if section == .line { return text.dropLast() + "; \(maxima.clause)\n" }
      return text
        + ([maxima.text] + maxima.warnings.map { "Warning: \($0)" }).map { "  \($0)\n" }.joined()
    }
  }

  private static let tableLimit = 3
  private static let lineLimit = 20
}
