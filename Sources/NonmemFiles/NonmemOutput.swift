package import MessagePassing
import NumericKernels
import PopulationData
import PopulationModel
import Report

/// The files of one run, named by what follows the root of their names.
package struct NonmemOutput: Sendable {
  private let tables: RawTables
  private let run: NonmemRun

  /// Collective over the ranks that have subjects of the run.
  package init(
    _ run: NonmemRun, by communicator: any Communicator = SerialCommunicator()
  ) throws(CommunicationError) {
    self.run = run
    let parameters = NonmemParameters(run.numbering, model: run.model)
    tables = try RawTables(
      run,
      NonmemEstimates(
        parameters, free: FreeParameters(run.model), at: run.fit.estimates.parameters,
        covariance: run.fit.covariance.matrix, score: run.fit.covariance.totalScore),
      by: communicator)
  }

  /// All endings that there may be, for whoever removes what is not made any more.
  package static let endings = [
    "ext", "cov", "cor", "coi", "phi", "phm", "shk", "cnv", "lst", "numbering.csv",
  ]

  /// The text of each file, or this rank's stretch of it: the first rank has what is said of all
  /// subjects, each one the rows of its own.
  package var files: [(ending: String, text: String)] {
    var files: [(ending: String, text: String)] = [("ext", tables.ext)]
    for (ending, text) in [("cov", tables.cov), ("cor", tables.cor), ("coi", tables.coi)] {
      if let text { files.append((ending, text)) }
    }
    files.append(("phi", tables.phi))
    if let phm = tables.phm { files.append(("phm", phm)) }
    files += [("shk", tables.shk), ("cnv", tables.cnv), ("numbering.csv", numbering)]
    let names = files.map(\.ending)
    files.append(("lst", ListingReport(tables: tables, files: names).text))
    let ofSubjects = ["phi", "phm"]
    return tables.isFirst
      ? files : files.map { ($0.ending, ofSubjects.contains($0.ending) ? $0.text : "") }
  }

  /// A file as `$TABLE` makes it, or this rank's stretch of it; collective.
  /// - Parameter number: of the table, from 1.
  package func text(
    _ table: NonmemTable, number: Int, _ records: NonmemRecords,
    by communicator: any Communicator = SerialCommunicator()
  ) throws(CommunicationError) -> String {
    try tables.table(table, number: number, records, by: communicator)
  }

  /// Which parameter is which.
  private var numbering: String {
    "nonmem,popmix\n"
      + run.numbering.rows.map { csvField($0.name) + "," + csvField($0.meaning) + "\n" }.joined()
  }
}

extension FitDocument.Covariance {
  /// The covariance of the estimates that standard errors are of, that of the outer product of the
  /// scores.
  var matrix: SymmetricMatrix? {
    outerProduct.map { rows in
      SymmetricMatrix(
        dimension: rows.count, elements: rows.enumerated().flatMap { $1.prefix($0 + 1) })
    }
  }
}
