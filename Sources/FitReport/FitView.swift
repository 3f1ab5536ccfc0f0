import Diagnostics
import PopulationData
import PopulationModel
import Report

/// All that is known of the fit of one data set.
struct FitView: Sendable {
  let document: FitDocument
  let dataSet: FitDocument.DataSet
  let fit: FitDocument.Fit
  let model: MixtureModel
  let estimates: PopulationParameters
  /// The values that the data were drawn from, if they were.
  let truth: PopulationParameters?
  let rows: SubjectRows
  let iterations: IterationRows
  let data: FoundData
  /// What the data file calls them.
  let timeName: String
  let valueName: String

  init(
    _ folder: OutputFolder, _ dataSet: FitDocument.DataSet, _ fit: FitDocument.Fit, jobPath: String?
  )
    throws
  {
    document = folder.fit
    self.dataSet = dataSet
    self.fit = fit
    model = folder.plan.model
    estimates = fit.estimates.parameters
    truth = folder.plan.jobFile.data == nil ? folder.plan.trial?.parameters : nil
    rows = try folder.subjects(of: dataSet.name)
    iterations = try folder.iterations(of: dataSet.name)
    data = folder.data(of: dataSet, jobPath: jobPath)
    timeName = folder.plan.format.columns[.time] ?? "TIME"
    valueName = folder.plan.format.columns[.value] ?? "DV"
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
