import Diagnostics
import JobFiles
import PopulationData
import PopulationModel
import Report
import Study

/// All that is known of the fit of one data set.
struct FitView: Sendable {
  let document: FitDocument
  let dataSet: FitDocument.DataSet
  let fit: FitDocument.Fit
  let model: MixtureModel
  let estimates: PopulationParameters
  /// The values that the data were drawn from, if they were.
  let truth: PopulationParameters?
  /// Below it the data have no values, as the job that drew them or left them out says.
  let quantificationLimit: Double?
  let rows: SubjectRows
  let iterations: IterationRows
  let data: FoundData
  /// What the data file calls them, with their units where the job has them.
  let timeName: String
  let valueName: String
  private let units: [String: String]

  init(
    _ folder: OutputFolder, _ dataSet: FitDocument.DataSet, _ fit: FitDocument.Fit, jobPath: String?
  )
    throws
  {
    document = folder.fit
    self.dataSet = dataSet
    self.fit = fit
    try ResultCheck(path: "\(folder.path)/fit.json").check(
      fit, of: dataSet, model: folder.plan.model)
    model = folder.plan.model
    estimates = fit.estimates.parameters
    truth = dataSet.isSimulated ? folder.plan.trial?.parameters : nil
    let isLeftOut = folder.plan.jobFile.data?.belowLimit == .ignore
    quantificationLimit =
      dataSet.isSimulated
      ? folder.plan.trial?.design.quantificationLimit
      : isLeftOut ? folder.plan.format.quantificationLimit : nil
    rows = try folder.subjects(of: dataSet)
    iterations = try folder.iterations(of: dataSet)
    data = folder.data(of: dataSet, jobPath: jobPath)
    units = folder.units
    timeName = Self.label(
      folder.plan.format.columns[.time] ?? "TIME", standard: "TIME", units: units)
    valueName = Self.label(
      folder.plan.format.columns[.value] ?? "DV", standard: "DV", units: units)
  }

  /// The name of an effect with its unit.
  func effectName(_ effect: Int) -> String {
    let name = model.effects[effect].name
    return Self.label(name, standard: name, units: units)
  }

  /// - Parameter standard: another name under which the unit may stand.
  private static func label(_ name: String, standard: String, units: [String: String]) -> String {
    (units[name] ?? units[standard]).map { "\(name) (\($0))" } ?? name
  }

  var fitted: FittedModel { FittedModel(model: model, estimates: estimates) }

  var componentCount: Int { model.componentCount }

  /// What a component is called in legends.
  func componentName(_ k: Int) -> String {
    componentCount == 1 ? "population" : "component \(k + 1)"
  }

  /// What the fit says of a subject.
  func estimate(of subject: Int) -> SubjectEstimate {
    SubjectEstimate(
      membership: rows.membership.map { $0[subject] },
      means: rows.meansByComponent.map { $0.map { $0[subject] } }, class: rows.classes[subject])
  }

  /// Conditional means of an effect in natural units, by subject.
  func conditionalMeans(_ effect: Int, subjects: [Int]) -> [Double] {
    let distribution = model.effects[effect].distribution
    return subjects.map { distribution.natural(rows.means[effect][$0]) }
  }
}
