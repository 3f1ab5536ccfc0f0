import OutputFolders
import PopulationData

/// The classes and posterior probabilities in a `subjects.csv`.
struct SubjectClasses {
  /// Rows of each data set.
  let subjects: [String: Range<Int>]
  /// From 0.
  let classes: [Int]
  private let memberships: [[Double]]

  /// - Throws: `JobFailure` if the table cannot be used.
  init(path: String, componentCount: Int) throws {
    let table = try TableFile(path: path)
    let (dataSet, place) = (try table.place(of: "data_set"), try table.place(of: "class"))
    let tau = try (1...componentCount).map { try table.place(of: "tau.\($0)") }
    var classes: [Int] = []
    var memberships: [[Double]] = []
    var subjects: [String: Range<Int>] = [:]
    // The rows of a data set stand together.
    var current = ""
    table.forEachRow { row in
      if !row.has(Array(csvField(current).utf8), at: dataSet) || classes.isEmpty {
        current = row.text(dataSet)
        subjects[current] = classes.count..<classes.count
      }
      classes.append((Int(exactly: row.number(place)) ?? 0) - 1)
      memberships.append(tau.map(row.number))
      subjects[current] = subjects[current]!.lowerBound..<classes.count
    }
    self.subjects = subjects
    self.classes = classes
    self.memberships = memberships
  }

  func membership(_ row: Int) -> [Double] { memberships[row] }
}
