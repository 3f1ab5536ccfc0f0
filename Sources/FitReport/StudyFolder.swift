import FoundationEssentials
import Glibc
import OutputFolders
import PopulationData
import Report

/// The output folder of a study.
struct StudyFolder {
  /// A row of `replicates.csv`.
  struct Replicate: Sendable {
    let method: String
    let dataSet: String
    /// NaN with one component.
    let misclassified: Double
    let parameter: String
    let errorPercent: Double
    let realisedErrorPercent: Double
  }

  let path: String
  let document: StudyDocument
  let replicates: [Replicate]
  /// Names of the methods that have a folder of results.
  let methods: [String]

  /// - Returns: `nil` if the folder is not that of a study.
  init?(_ path: String) throws {
    let file = "\(path)/study.json"
    guard access(file, F_OK) == 0 else { return nil }
    self.path = path
    let bytes = try OutputFolder.bytes(file)
    do throws(DocumentError) { document = try StudyDocument(json: bytes, path: file) } catch {
      throw JobFailure(message: "\(error)", code: .data)
    }
    try ResultCheck(path: file).require(!document.methods.isEmpty, "the study has no methods")
    methods = document.methods.map(\.name).filter {
      !$0.contains("/") && $0 != ".." && access("\(path)/\($0)/fit.json", R_OK) == 0
    }
    let table = try TableFile(path: "\(path)/replicates.csv")
    let method = try table.place(of: "method")
    let dataSet = try table.place(of: "data_set")
    let misclassified = try table.place(of: "misclassified")
    let parameter = try table.place(of: "parameter")
    let error = try table.place(of: "error_percent")
    let realised = try table.place(of: "realised_error_percent")
    var rows: [Replicate] = []
    let check = ResultCheck(path: table.path)
    try table.forEachRow { row in
      throw check.fault(
        "row \(grouped(row)) has not as many fields as the header, \(table.columns.count)")
    } _: { row in
      rows.append(
        Replicate(
          method: row.text(method), dataSet: row.text(dataSet),
          misclassified: row.number(misclassified), parameter: row.text(parameter),
          errorPercent: row.number(error),
          realisedErrorPercent: row.number(realised)))
    }
    replicates = rows
    // A data set that could not be fitted has one row without a parameter.
    let counts = Dictionary(
      rows.filter { !$0.parameter.isEmpty }.map { ([$0.method, $0.parameter], 1) },
      uniquingKeysWith: +)
    var known: Set<[String]> = []
    for method in document.methods {
      for parameter in method.parameters {
        let key = [method.name, parameter.name]
        known.insert(key)
        let found = counts[key] ?? 0
        try check.require(
          found == parameter.fits,
          "the table has \(grouped(found)) rows of \(parameter.name) by \(method.name), which has \(grouped(parameter.fits)) fits in study.json"
        )
      }
    }
    if let other = counts.keys.filter({ !known.contains($0) }).min(by: { $0.joined() < $1.joined() }
    ) {
      throw check.fault(
        "the table has rows of \(shown(other[1])) by \(shown(other[0])), which are not in study.json"
      )
    }
  }

  /// Names of the parameters in their order.
  var parameterNames: [String] {
    var seen: Set<String> = []
    return document.methods.flatMap { $0.parameters.map(\.name) }
      .filter { seen.insert($0).inserted }
  }

  /// Subjects in the wrong class, by data set of a method.
  func misclassified(_ method: String) -> [Int] {
    var seen: Set<String> = []
    return replicates.filter {
      $0.method == method && $0.misclassified >= 0 && seen.insert($0.dataSet).inserted
    }.map { Int($0.misclassified) }
  }
}
