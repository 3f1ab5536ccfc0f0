import JobControl
import PopulationData
import PopulationModel

/// What `subjects.csv` says of the subjects of one data set, by column.
struct SubjectRows: Sendable {
  private(set) var ids: [String] = []
  private(set) var observations: [Double] = []
  private(set) var logLikelihoods: [Double] = []
  /// From 0.
  private(set) var classes: [Int] = []
  /// τ, by component.
  private(set) var membership: [[Double]]
  /// Conditional means of each effect over all components, on its normal scale.
  private(set) var means: [[Double]]
  /// The same given each component: by component, by effect.
  private(set) var meansByComponent: [[[Double]]]
  private(set) var effectiveSampleSizes: [[Double]]
  private(set) var tailShapes: [[Double]]

  var count: Int { ids.count }

  /// - Throws: `JobFailure` if the table cannot be read or is of another model.
  init(_ table: TableFile, dataSet: String, model: MixtureModel) throws {
    let components = 1...model.componentCount
    let names = model.effects.map(\.name)
    membership = components.map { _ in [] }
    means = names.map { _ in [] }
    meansByComponent = components.map { _ in names.map { _ in [] } }
    effectiveSampleSizes = membership
    tailShapes = membership
    let dataSetColumn = try table.place(of: "data_set")
    let id = try table.place(of: "ID")
    let observation = try table.place(of: "observations")
    let logLikelihood = try table.place(of: "log_likelihood")
    let classColumn = try table.place(of: "class")
    let tau = try components.map { try table.place(of: "tau.\($0)") }
    let mean = try names.map { try table.place(of: "mean.\($0)") }
    let meanGiven = try components.map { k in
      try names.map {
        try table.place(of: model.componentCount > 1 ? "mean.\($0).\(k)" : "mean.\($0)")
      }
    }
    let ess = try components.map { try table.place(of: "ess.\($0)") }
    let shape = try components.map { try table.place(of: "pareto_k.\($0)") }
    let name = Array(csvField(dataSet).utf8)
    table.forEachRow { row in
      guard row.has(name, at: dataSetColumn) else { return }
      ids.append(row.text(id))
      observations.append(row.number(observation))
      logLikelihoods.append(row.number(logLikelihood))
      let number = row.number(classColumn)
      classes.append(
        number >= 1 && number <= Double(model.componentCount) ? Int(number) - 1 : 0)
      for k in tau.indices {
        membership[k].append(row.number(tau[k]))
        effectiveSampleSizes[k].append(row.number(ess[k]))
        tailShapes[k].append(row.number(shape[k]))
        for j in names.indices { meansByComponent[k][j].append(row.number(meanGiven[k][j])) }
      }
      for j in names.indices { means[j].append(row.number(mean[j])) }
    }
  }
}
