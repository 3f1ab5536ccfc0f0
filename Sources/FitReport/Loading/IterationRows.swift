import OutputFolders
import PopulationData
import Report

/// What `iterations.csv` says of one data set: the way of each start.
struct IterationRows: Sendable {
  struct Start: Sendable {
    let number: Int
    var iterations: [Double] = []
    var logLikelihoods: [Double] = []
    /// log p(ϕ); empty without a prior.
    var logPriors: [Double] = []
    /// By parameter.
    var parameters: [[Double]]
    /// The iterations that were taken back, by place.
    var rejected: [Bool] = []

    /// What the iterations raise: log L, with a prior log L + log p(ϕ).
    var objectives: [Double] {
      logPriors.isEmpty ? logLikelihoods : zip(logLikelihoods, logPriors).map { $0 + $1 }
    }
  }

  let parameterNames: [String]
  private(set) var starts: [Start] = []

  init(_ table: TableFile, dataSet: FitDocument.DataSet) throws {
    let dataSetColumn = try table.place(of: "data_set")
    let startColumn = try table.place(of: "start")
    let iteration = try table.place(of: "iteration")
    let logLikelihood = try table.place(of: "log_likelihood")
    let rejected = try table.place(of: "rejected")
    let logPrior = table.columns.firstIndex(of: "log_prior")
    let first = rejected + 1
    parameterNames = Array(table.columns[first...])
    let name = Array(csvField(dataSet.name).utf8)
    let check = ResultCheck(path: table.path)
    try table.forEachRow { row in
      throw check.fault(
        "row \(grouped(row)) has not as many fields as the header, \(table.columns.count)")
    } _: { row in
      guard row.has(name, at: dataSetColumn) else { return }
      let start = row.number(startColumn)
      guard start >= 1, start < 1e9, start == start.rounded(), row.number(iteration).isFinite else {
        throw check.fault(
          "\(dataSet.name) has the start \(shown(row.text(startColumn))) and the iteration \(shown(row.text(iteration))) where numbers are expected"
        )
      }
      for column in [logLikelihood] + (logPrior.map { [$0] } ?? [])
        + Array(first..<table.columns.count)
      where row.number(column).isNaN && !["", "NaN", "nan"].contains(row.text(column)) {
        throw check.fault(
          "\(dataSet.name) has \(shown(row.text(column))) in the column \(table.columns[column]) where a number is expected"
        )
      }
      let number = Int(start)
      if starts.last?.number != number {
        starts.append(Start(number: number, parameters: parameterNames.map { _ in [] }))
      }
      let place = starts.count - 1
      starts[place].iterations.append(row.number(iteration))
      starts[place].logLikelihoods.append(row.number(logLikelihood))
      if let logPrior { starts[place].logPriors.append(row.number(logPrior)) }
      starts[place].rejected.append(row.number(rejected) == 1)
      for j in parameterNames.indices {
        starts[place].parameters[j].append(row.number(first + j))
      }
    }
    try check.require(
      starts.contains { $0.number == dataSet.start },
      "the table has no rows of start \(dataSet.start) of \(dataSet.name), which fit.json has")
  }
}
