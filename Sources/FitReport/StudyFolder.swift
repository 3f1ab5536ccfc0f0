import FoundationEssentials
import Glibc
import JobControl
import PopulationData

/// The output folder of a study.
struct StudyFolder {
  /// `study.json`, of which a report needs little; what it does not know is left out.
  struct Document: Decodable, Sendable {
    let schema: String
    let job: String
    let dataSets: Int?
    let methods: [Method]
  }

  struct Method: Decodable, Sendable {
    let name: String
    let fitted: Int?
    let statuses: [String: Int]?
    let misclassified: Misclassified?
    let parameters: [Parameter]?
  }

  struct Misclassified: Decodable, Sendable {
    let mean: Double?
    let meanError: Double?
    let most: Double?
    let none: Double?
    let noneError: Double?
    /// By data set.
    let counts: [Int]?
  }

  struct Parameter: Decodable, Sendable {
    let name: String
    let `true`: Double?
    let mean: Double?
    let meanError: Double?
    let errorPercent: Double?
    let errorPercentError: Double?
    let rmsePercent: Double?
    let rmsePercentError: Double?
    let realisedErrorPercent: Double?
    let realisedErrorPercentError: Double?
    let realisedRmsePercent: Double?
    let realisedRmsePercentError: Double?
    let coverage: [Coverage]?
  }

  struct Coverage: Decodable, Sendable {
    let standardError: String
    let scale: String
    let percent: Double
    let percentError: Double?
  }

  /// A row of `replicates.csv`.
  struct Replicate: Sendable {
    let method: String
    let parameter: String
    let errorPercent: Double
    let realisedErrorPercent: Double
  }

  let path: String
  let document: Document
  let replicates: [Replicate]
  /// Names of the methods that have a folder of results.
  let methods: [String]

  /// - Returns: `nil` if the folder is not that of a study.
  init?(_ path: String) throws {
    let file = "\(path)/study.json"
    guard access(file, F_OK) == 0 else { return nil }
    self.path = path
    let bytes = try OutputFolder.bytes(file, of: "study")
    do {
      document = try JSONDecoder.popmix.decode(Document.self, from: Data(bytes))
    } catch {
      throw JobFailure(
        message:
          "\(file): the file is damaged or of another version of popmix; do the study again.",
        code: .data)
    }
    methods = document.methods.map(\.name).filter {
      !$0.contains("/") && $0 != ".." && access("\(path)/\($0)/fit.json", R_OK) == 0
    }
    let table = try TableFile(path: "\(path)/replicates.csv")
    let method = try table.place(of: "method")
    let parameter = try table.place(of: "parameter")
    let error = try table.place(of: "error_percent")
    let realised = try table.place(of: "realised_error_percent")
    var rows: [Replicate] = []
    table.forEachRow { row in
      rows.append(
        Replicate(
          method: row.text(method), parameter: row.text(parameter), errorPercent: row.number(error),
          realisedErrorPercent: row.number(realised)))
    }
    replicates = rows
  }

  /// Names of the parameters in their order.
  var parameterNames: [String] {
    var seen: Set<String> = []
    return
      (document.methods.flatMap { $0.parameters?.map(\.name) ?? [] } + replicates.map(\.parameter))
      .filter { seen.insert($0).inserted }
  }
}
