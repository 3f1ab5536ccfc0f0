import Foundation

/// Writes the job of a translated model.
struct JobWriter {
  let stream: ControlStream
  let model: TranslatedModel
  /// The name of the control stream's file, without its ending.
  let name: String
  /// The root of NONMEM-style outputs; `nil` for the folder of all outputs.
  let root: String?
  /// The control stream's file.
  let source: String
  var job = JobText()

  init(
    stream: ControlStream, model: TranslatedModel, name: String, root: String?, source: String
  ) {
    self.stream = stream
    self.model = model
    self.name = name
    self.root = root
    self.source = source
    write()
  }

  var text: String { job.text }

  private mutating func write() {
    job.add(0, "# \(source)" + (stream.problem.isEmpty ? "" : ": \(stream.problem)"))
    job.add(0, "# written by `popmix import`")
    for note in model.notes { job.add(0, "# - \(note)") }
    job.add(0, "popmix: 1")
    job.add(0, "job: \(JobText.quoted(Self.jobName(name)))")
    writeData()
    writeModel()
    writeMixture()
    writePrior()
    if let seed = stream.estimation.seed, seed >= 0 { job.add(0, "estimation:", ["seed: \(seed)"]) }
    writeNumbering()
  }

  /// A name with the characters that a job's name may have.
  private static func jobName(_ name: String) -> String {
    let plain = String(
      name.map { $0.isASCII && ($0.isLetter || $0.isNumber) || "-_.".contains($0) ? $0 : "-" })
    return plain.allSatisfy { $0 == "." } ? "run" : plain
  }

  // MARK: data

  private mutating func writeData() {
    let data = stream.data
    job.add(0, "data:")
    job.add(1, "files: \(JobText.quoted(data.file))")
    job.add(1, "header: \(JobText.list(stream.columns.map(\.name)))")
    if !data.ignore.isEmpty { job.add(1, "ignore: \(JobText.list(data.ignore.map(renamed)))") }
    if !data.accept.isEmpty { job.add(1, "accept: \(JobText.list(data.accept.map(renamed)))") }
    let meanings = [
      model.outputColumn.map { "DVID: \($0)" }, model.censoringColumn.map { "CENS: \($0)" },
    ].compactMap { $0 }
    if !meanings.isEmpty { job.add(1, "columns: {\(meanings.joined(separator: ", "))}") }
    let covariates = self.covariates
    if !covariates.isEmpty { job.add(1, "covariates: [\(covariates.joined(separator: ", "))]") }
    if let limit = model.limit { job.add(1, "quantification-limit: \(number(limit))") }
    if model.limit != nil || model.censoringColumn != nil { job.add(1, "below-limit: interval") }
  }

  /// A condition with the job's name of its column.
  private func renamed(_ rule: String) -> String {
    let name = DataRecord.column(of: rule)
    guard rule.count > 1, let column = stream.columns.first(where: { $0.synonyms.contains(name) }),
      column.name != name
    else { return rule }
    return column.name + rule.dropFirst(name.count)
  }

  /// Columns that the equations, weights or occasions need.
  private var covariates: [String] {
    let inEquations = model.roots.flatMap(\.all).compactMap { part -> String? in
      if case .name(let name) = part { name } else { nil }
    }
    let used = Set(
      inEquations + model.forms.compactMap(\.occasions?.covariate)
        + model.weightCovariates.map(\.name))
    return stream.columns
      .filter { !$0.isDropped && !InputColumn.reserved.contains($0.name) }
      .map(\.name).filter(used.contains)
  }

  // MARK: the rest

  private mutating func writeMixture() {
    let isFull = model.isMixtureFull || model.isSharedFull
    guard model.components > 1 || isFull else { return }
    job.add(0, "mixture:")
    if model.components > 1 {
      job.add(1, "components: \(model.components)")
      job.add(1, "order: job")
    }
    if isFull {
      func form(_ isFull: Bool) -> String { isFull ? "full" : "diagonal" }
      job.add(
        1,
        "covariance: {mixture: \(form(model.isMixtureFull)), shared: \(form(model.isSharedFull))}")
    }
    job.add(1, "weight-covariates:", model.weightCovariates.map { "\($0.name): \($0.form)" })
    if model.components > 1, model.hasEqualCovariances {
      job.add(1, "covariance-across-components: equal")
    }
  }

  private mutating func writeNumbering() {
    let numbering = Numbering(stream: stream, model: model)
    job.add(0, "nonmem:")
    if let root { job.add(1, "root: \(JobText.quoted(root))") }
    job.add(1, "theta: [\(numbering.thetas.joined(separator: ", "))]")
    job.add(1, "eta:")
    for eta in numbering.etas { job.add(2, "- \(eta)") }
    job.add(1, "sigma: [\(numbering.sigmas.joined(separator: ", "))]")
    job.add(1, "tables:", stream.tables.compactMap(line))
  }

  /// A table with the columns that the job has; `nil` if it has none of them.
  private func line(_ table: TableRecord) -> String? {
    let names = TableColumns(stream: stream, model: model)
    let columns = table.columns.compactMap(names.name)
    guard !columns.isEmpty else { return nil }
    var keys = ["file: \(JobText.quoted(table.file))", "columns: \(JobText.list(columns))"]
    if table.header != .each { keys.append("header: \(table.header.rawValue)") }
    if table.firstOnly { keys.append("first-only: yes") }
    return "- {\(keys.joined(separator: ", "))}"
  }
}
