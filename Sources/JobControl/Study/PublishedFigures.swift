import Estimation
import Glibc
import Inference
import JobFiles
import OutputFolders
import Spelling
import Study

/// The figures of other studies that a job sets beside its own.
struct PublishedFigures {
  let figures: [PublishedFigure]

  private static let columns = ["source", "parameter", "statistic", "value", "error"]

  /// Reads the CSV file that the job names, if it does: columns `source`, `parameter`, `statistic`,
  /// `value` and `error`.
  /// - Throws: `JobFailure` if it is not of this form.
  init(_ plan: RunPlan) throws {
    let jobFile = plan.jobFile
    guard let published = jobFile.study?.published else {
      figures = []
      return
    }
    let folder = jobFile.path.lastIndex(of: "/").map { String(jobFile.path[...$0]) } ?? ""
    let path = published.value.hasPrefix("/") ? published.value : folder + published.value
    func fault(_ line: Int, _ message: String) -> JobFailure {
      JobFailure(message: "\(path):\(line): \(message)", code: .jobFile)
    }
    guard access(path, R_OK) == 0 else {
      throw JobFailure(
        message:
          "\(jobFile.path):\(published.line):\(published.column): \(quoted(published.value)) cannot be read, expected a file at "
          + "\"\(path)\"; correct the path, which begins at the folder of the job file.",
        code: .jobFile)
    }
    let table = try TableFile(path: path)
    let places = try Self.columns.map { column in
      guard let place = table.column(column) else {
        throw fault(1, "has no column \(column), expected \(conjunction(Self.columns)).")
      }
      return place
    }
    let parameters =
      plan.freeParameterNames + plan.model.derivedNames + [StudySummary.misclassified]
    var figures: [PublishedFigure] = []
    var line = 1
    try table.forEachRow { number in
      throw fault(number + 1, "has not as many fields as there are columns.")
    } _: { row in
      line += 1
      let fields = places.map(row.text)
      guard StudySummary.figureNames.contains(fields[2]) else {
        let near = nearestName(to: fields[2], among: StudySummary.figureNames)
        throw fault(
          line,
          "\(quoted(fields[2])) is no statistic, expected \(alternatives(StudySummary.figureNames))"
            + (near.map { "; did you mean '\($0)'?" } ?? "."))
      }
      guard parameters.contains(fields[1]) else {
        throw fault(
          line,
          "\(quoted(fields[1])) is no parameter of the job's model, expected \(alternatives(parameters))."
        )
      }
      guard let value = StrictNumber.double(fields[3]),
        fields[4].isEmpty || StrictNumber.double(fields[4]).map({ $0 >= 0 }) == true
      else {
        throw fault(
          line,
          "has no number in 'value', or an 'error' that is none, or negative; expected two numbers, or no error."
        )
      }
      figures.append(
        PublishedFigure(
          source: fields[0], parameter: fields[1], statistic: fields[2], value: value,
          error: StrictNumber.double(fields[4])))
    }
    self.figures = figures
  }
}
