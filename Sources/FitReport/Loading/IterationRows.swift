import JobControl
import PopulationData

/// What `iterations.csv` says of one data set: the way of each start.
struct IterationRows: Sendable {
  struct Start: Sendable {
    let number: Int
    var iterations: [Double] = []
    var logLikelihoods: [Double] = []
    /// By parameter.
    var parameters: [[Double]]
    /// The iterations that were taken back, by place.
    var rejected: [Bool] = []
  }

  let parameterNames: [String]
  private(set) var starts: [Start] = []

  init(_ table: TableFile, dataSet: String) throws {
    let dataSetColumn = try table.place(of: "data_set")
    let startColumn = try table.place(of: "start")
    let iteration = try table.place(of: "iteration")
    let logLikelihood = try table.place(of: "log_likelihood")
    let rejected = try table.place(of: "rejected")
    let first = rejected + 1
    parameterNames = Array(table.columns[first...])
    let name = Array(csvField(dataSet).utf8)
    table.forEachRow { row in
      guard row.has(name, at: dataSetColumn) else { return }
      let number = Int(row.number(startColumn))
      if starts.last?.number != number {
        starts.append(Start(number: number, parameters: parameterNames.map { _ in [] }))
      }
      let place = starts.count - 1
      starts[place].iterations.append(row.number(iteration))
      starts[place].logLikelihoods.append(row.number(logLikelihood))
      starts[place].rejected.append(row.number(rejected) == 1)
      for j in parameterNames.indices {
        starts[place].parameters[j].append(row.number(first + j))
      }
    }
  }
}
