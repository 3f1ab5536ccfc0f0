/// What a report is to show.
package struct ReportOptions: Sendable {
  /// The output folder of a fit or a study.
  package var output: String
  /// Folder of the report; `report` in the output folder, if left out.
  package var destination: String?
  /// Where the job file is now.
  package var jobPath: String?
  /// Names of data sets whose figures are made; the first regular one if empty.
  package var dataSets: [String] = []
  package var subjects = ChosenSubjects.bestAndWorst
  package var isPredictionCorrected = false
  /// Column of the data by which the visual predictive check is stratified.
  package var stratification: String?

  /// Whether files are replaced that popmix has not written, or that have been changed since.
  package var replacesForeign = false

  package init(output: String) { self.output = output }
}
