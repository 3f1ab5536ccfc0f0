import FoundationEssentials
import PopulationData
import Report
import Study

/// The figures of other studies that a job sets beside its own.
struct PublishedFigures {
  let figures: [PublishedFigure]

  private static let columns = ["source", "parameter", "statistic", "value", "error"]

  /// Reads the CSV file that the job names, if it does: columns `source`, `parameter`, `statistic`, `value` and `error`.
  /// - Throws: `JobFailure` if it is not of this form.
  init(_ jobFile: JobFile) throws {
    guard let published = jobFile.study?.published else {
      figures = []
      return
    }
    let folder = jobFile.path.lastIndex(of: "/").map { String(jobFile.path[...$0]) } ?? ""
    let path = published.value.hasPrefix("/") ? published.value : folder + published.value
    func fault(_ line: Int, _ message: String) -> JobFailure {
      JobFailure(message: "\(path):\(line): \(message)", code: .jobFile)
    }
    guard let bytes = FileBytes.read(path) else {
      throw JobFailure(
        message:
          "\(jobFile.path):\(published.line):\(published.column): \(quoted(published.value)) cannot be read, expected a file at "
          + "\"\(path)\"; correct the path, which begins at the folder of the job file.",
        code: .jobFile)
    }
    let table = try CSVTable(bytes, name: path, numbers: { _ in false }, texts: Self.columns)
    for column in Self.columns where table.texts[column] == nil {
      throw fault(1, "has no column \(column), expected \(conjunction(Self.columns)).")
    }
    func text(_ column: String, _ row: Int) -> String { table.texts[column]?[row] ?? "" }
    figures = try (0..<table.rowCount).map { row in
      let name = text("statistic", row)
      guard StudySummary.figureNames.contains(name) else {
        let near = nearestName(to: name, among: StudySummary.figureNames)
        throw fault(
          row + 2,
          "\(quoted(name)) is no statistic, expected \(alternatives(StudySummary.figureNames))"
            + (near.map { "; did you mean '\($0)'?" } ?? "."))
      }
      let error = text("error", row)
      guard let value = StrictNumber.double(text("value", row)),
        error.isEmpty || StrictNumber.double(error) != nil
      else {
        throw fault(
          row + 2, "has no number in 'value' or 'error', expected a number in both, or no error.")
      }
      return PublishedFigure(
        source: text("source", row), parameter: text("parameter", row), statistic: name,
        value: value, error: StrictNumber.double(error))
    }
  }
}
