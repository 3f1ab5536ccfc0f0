import OutputFolders
import PopulationData
import PopulationModel
import Report

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
  init(_ table: TableFile, dataSet: FitDocument.DataSet, model: MixtureModel) throws {
    let check = ResultCheck(path: table.path)
    let components = 1...model.componentCount
    let names = model.effects.map(\.name)
    membership = components.map { _ in [] }
    means = names.map { _ in [] }
    meansByComponent = components.map { _ in names.map { _ in [] } }
    effectiveSampleSizes = membership
    tailShapes = membership
    let dataSetColumn = try table.place(of: "data_set")
    let subject = try table.place(of: "subject")
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
    let name = Array(csvField(dataSet.name).utf8)
    try table.forEachRow { row in
      guard row.has(name, at: dataSetColumn) else { return }
      func finite(_ column: Int) throws -> Double {
        let value = row.number(column)
        try check.require(
          value.isFinite,
          "subject \(ids.count + 1) of \(dataSet.name) has \(shown(row.text(column))) in the column \(table.columns[column]) where a finite number is expected"
        )
        return value
      }
      try check.require(
        row.number(subject) == Double(ids.count + 1),
        "\(dataSet.name) has the subject number \(shown(row.text(subject))) where \(ids.count + 1) is expected"
      )
      let number = row.number(classColumn)
      guard number >= 1, number <= Double(model.componentCount), number == number.rounded() else {
        throw check.fault(
          "subject \(ids.count + 1) of \(dataSet.name) has the class \(shown(row.text(classColumn))) where a number from 1 to \(model.componentCount) is expected"
        )
      }
      classes.append(Int(number) - 1)
      let observed = try finite(observation)
      try check.require(
        (0...1e9).contains(observed),
        "subject \(ids.count + 1) of \(dataSet.name) has \(row.text(observation)) observations")
      observations.append(observed)
      logLikelihoods.append(try finite(logLikelihood))
      for k in tau.indices {
        let share = try finite(tau[k])
        try check.require(
          share > -1e-9 && share < 1 + 1e-9,
          "subject \(ids.count + 1) of \(dataSet.name) has a probability of \(row.text(tau[k])) in the column \(table.columns[tau[k]])"
        )
        membership[k].append(share)
      }
      for j in names.indices { means[j].append(try finite(mean[j])) }
      ids.append(row.text(id))
      for k in tau.indices {
        effectiveSampleSizes[k].append(row.number(ess[k]))
        tailShapes[k].append(row.number(shape[k]))
        for j in names.indices { meansByComponent[k][j].append(row.number(meanGiven[k][j])) }
      }
    }
    try check.require(
      ids.count == dataSet.subjects,
      "the table has \(grouped(ids.count)) whole rows of \(dataSet.name), which has \(grouped(dataSet.subjects)) subjects in fit.json"
    )
  }
}

/// A field in a message.
func shown(_ field: String) -> String {
  field.isEmpty ? "nothing" : String(field.prefix(24))
}
