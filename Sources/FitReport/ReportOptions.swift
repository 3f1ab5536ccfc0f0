/// What a report is to show.
public struct ReportOptions: Sendable {
  /// The output folder of a fit or a study.
  public var output: String
  /// Folder of the report; `report` in the output folder, if left out.
  public var destination: String?
  /// Where the job file is now.
  public var jobPath: String?
  /// Names of data sets whose figures are made; the first regular one if empty.
  public var dataSets: [String] = []
  public var subjects = ChosenSubjects.bestAndWorst
  public var isPredictionCorrected = false
  /// Column of the data by which the visual predictive check is stratified.
  public var stratification: String?

  /// Whether files are replaced that popmix has not written, or that have been changed since.
  public var replacesForeign = false

  public init(output: String) { self.output = output }
}
