import ArgumentParser
import JobControl
import MessagePassing
import OutputFolders
import Report

/// `popmix compare OUTPUT…`
struct CompareCommand: JobCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Set the fits of several output folders side by side.",
    discussion: """
      Likelihood with its sampling error, AIC, BIC and parameters with their standard errors, for fits of the same data by \
      models or methods of your choice; fits of other data are shown, and it is said that they cannot be compared. Of jobs with \
      many data sets a summary is printed.
      """)

  @Argument(
    help: "Output folders of fits, or the files fit.json in them.",
    completion: .directory)
  var outputs: [String]

  @Option(help: "Compare the fits of this data set only.")
  var dataSet: String?

  @Option(
    help:
      "What to print: text, markdown, csv (a row for each fit), or json (all of it).")
  var format = Format.text

  enum Format: String, ExpressibleByArgument, CaseIterable { case text, markdown, csv, json }

  func run(_ communicator: any Communicator) throws -> ExitStatus {
    let found = try OutputComparison(
      paths: outputs, dataSet: dataSet, communicator: communicator)
    if let comparison = found.comparison {
      let text =
        switch format {
        case .text: comparison.text
        case .markdown: comparison.markdown
        case .csv: comparison.csv
        case .json: try ComparisonDocument(comparison).text()
        }
      StandardStream.output.write(text.printable)
    }
    return found.code
  }
}
