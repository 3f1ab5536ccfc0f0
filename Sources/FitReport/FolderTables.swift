import Report

/// Tables about an output folder as a whole.
struct FolderTables {
  let folder: OutputFolder

  private static let dataSetLimit = 1000

  /// All data sets with their estimates.
  func dataSets(chosen: [String]) -> PagePart? {
    guard folder.fit.dataSets.count > 1 else { return nil }
    let names = folder.fit.model.freeParameters.prefix(24)
    var table = PageTable(
      "Data sets",
      ["data set", "status", "#subjects", "#observations", "#-2 log L", "#BIC", "#warnings"]
        + names.map { "#\($0)" } + ["remark"])
    for dataSet in folder.fit.dataSets.prefix(Self.dataSetLimit) {
      let fit = dataSet.fit
      let values = Dictionary(
        fit?.parameters.map { ($0.name, $0.estimate) } ?? [], uniquingKeysWith: { a, _ in a })
      table.add(
        [
          .text(dataSet.name), .text(dataSet.status), .count(dataSet.subjects),
          .count(dataSet.observations),
          .number(
            fit?.minusTwoLogLikelihood, shown: fit.map { fixed($0.minusTwoLogLikelihood, 2) } ?? ""),
          .number(fit?.bic, shown: fit.map { fixed($0.bic, 2) } ?? ""),
          .number(
            fit.map { Double($0.warnings.count) }, shown: fit.map { "\($0.warnings.count)" } ?? ""),
        ]
          + names.map { .number(values[$0], shown: values[$0] == nil ? "" : nil) }
          + [.text(fit == nil ? dataSet.reason : "")])
    }
    if folder.fit.dataSets.count > Self.dataSetLimit {
      table.tableNotes.append(
        "\(grouped(Self.dataSetLimit)) of \(grouped(folder.fit.dataSets.count)) data sets shown; all are in estimates.csv."
      )
    }
    table.tableNotes.append(
      "Figures below are those of \(chosen.joined(separator: ", ")); --data-set NAME chooses others."
    )
    return PagePart(partID: "", partTitle: "All data sets", tables: [table])
  }

  /// How the results came about.
  func provenance(version: String) -> PageBlock {
    let fit = folder.fit
    var settings = PageTable("Settings and run", ["what", "value"])
    func add(_ what: String, _ value: String?) {
      if let value { settings.add([.text(what), .text(value)]) }
    }
    add("job", fit.job)
    add("fitted by popmix", fit.popmixVersion)
    add("report by popmix", version)
    add("method", fit.estimation.method)
    add("nodes", fit.estimation.nodes)
    add("samples", "\(fit.estimation.samples)")
    add("iterations, at most", "\(fit.estimation.iterations)")
    add("tolerance", fit.estimation.tolerance.map { "\($0)" })
    add("precision", fit.estimation.precision.map { "\($0)" })
    add("acceleration", fit.estimation.acceleration)
    add("seed", "\(fit.estimation.seed)")
    add("job file", folder.run?.jobFile)
    add("started", folder.run?.started)
    add("ranks", folder.run.map { "\($0.ranks)" })
    add("host of the first rank", folder.run?.host)
    add("MPI", folder.run?.mpi)
    add("seconds", folder.run.map { fixed($0.seconds.all, 2) })
    var block = PageBlock(blockID: "provenance", blockTitle: "Where the results come from")
    block.parts = [
      PagePart(partID: "settings", partTitle: "Settings and run", tables: [settings]),
      PagePart(partID: "job-text", partTitle: "The job", texts: [fit.jobText]),
    ]
    return block
  }
}
