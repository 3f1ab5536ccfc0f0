import NumericKernels

/// Values for all that a model's equations may refer to.
struct ModelInputs {
  var parameters: [Lanes]
  var covariates: [Lanes]
  var amounts: [Lanes] = []
  var time = Lanes.all(.nan)
}

extension CheckedModel {
  /// All values, by node; NaN where an input is not given. For questions that are asked once: no
  /// instruction has been made of it.
  func values(_ inputs: ModelInputs) -> [Lanes] {
    let nothing = Lanes.all(.nan)
    var values: [Lanes] = []
    values.reserveCapacity(graph.nodes.count)
    func value(_ node: Int32) -> Lanes { node >= 0 ? values[Int(node)] : nothing }
    func input(_ list: [Lanes], _ place: Int32) -> Lanes {
      Int(place) < list.count ? list[Int(place)] : nothing
    }
    for node in graph.nodes {
      switch node.operation {
      case .constant: values.append(Lanes.all(Double(bitPattern: node.bits)))
      case .parameter: values.append(input(inputs.parameters, node.a))
      case .covariate: values.append(input(inputs.covariates, node.a))
      case .amount: values.append(input(inputs.amounts, node.a))
      case .time: values.append(inputs.time)
      case .timeAfterDose, .dose: values.append(nothing)
      default:
        values.append(
          Interpreter.value(node.operation, value(node.a), value(node.b), value(node.c)))
      }
    }
    return values
  }
}

extension CompiledModel {
  /// Whether the derivatives of the amounts, wherever these and the parameters are, are at all
  /// times of the past what they are a whole number of intervals later: tried at many places, times
  /// and parameters.
  /// - Parameters:
  ///   - end: the past ends here.
  ///   - covariates: values in the order of the vocabulary.
  package func derivativesRepeat(every interval: Double, until end: Double, covariates: [Double])
    -> Bool
  {
    let derivatives = checked.compartments.compactMap(\.derivative)
    var address = 0
    func uniform() -> Double {
      address += 1
      // Multiples of the golden section.
      return (0.6180339887498949 * Double(address)).truncatingRemainder(dividingBy: 1)
    }
    func size() -> Lanes { Lanes.all(NumericKernels.exp(6 * uniform() - 3)) }
    var isSeen = derivatives.map { _ in false }
    for intervals in [1.0, 2, 3, 5, 10, 100, 1000] {
      for _ in 0..<8 {
        var inputs = ModelInputs(
          parameters: vocabulary.parameters.map { _ in size() },
          covariates: covariates.map { Lanes.all($0) })
        inputs.amounts = checked.compartments.map { _ in size() }
        var times = Lanes.all(0)
        for lane in 0..<8 { times[lane] = end - interval * (Double(lane) + uniform()) / 8 }
        inputs.time = times
        let now = checked.values(inputs)
        inputs.time = times - intervals * interval
        let before = checked.values(inputs)
        for (place, node) in derivatives.enumerated() {
          var scale = 0.0
          for lane in 0..<8 where now[node][lane].isFinite {
            scale = max(scale, abs(now[node][lane]))
            isSeen[place] = true
          }
          for lane in 0..<8 {
            let (a, b) = (now[node][lane], before[node][lane])
            if a.isFinite != b.isFinite || a.isFinite && abs(a - b) > 1e-7 * scale { return false }
          }
        }
      }
    }
    return isSeen.allSatisfy { $0 }
  }

  /// What the equations make of the covariates of a record that is no finite number, although what
  /// it is made from is finite.
  /// - Parameters:
  ///   - parameters: in the order of the vocabulary.
  ///   - covariates: likewise.
  /// - Returns: the operation, and the covariates that it depends on, with their values; nil if
  ///   there is none.
  package func unboundedValue(parameters: [Double], covariates: [Double]) -> (
    operation: String, covariates: [(name: String, value: Double)]
  )? {
    let values = checked.values(
      ModelInputs(
        parameters: parameters.map { Lanes.all($0) }, covariates: covariates.map { Lanes.all($0) }))
    let graph = checked.graph
    for place in checked.inputs(of: checked.roots, isWithOperations: true).reversed() {
      let node = graph.nodes[place]
      let depends = graph.dependencies[place]
      guard depends.contains(.covariates), depends.isSubset(of: [.covariates, .parameters]),
        !values[place][0].isFinite,
        [node.a, node.b, node.c].prefix(node.operation.operandCount)
          .allSatisfy({ values[Int($0)][0].isFinite })
      else { continue }
      let used = checked.inputs(of: [place]).filter { graph.nodes[$0].operation == .covariate }
        .map { Int(graph.nodes[$0].a) }.sorted()
      return (
        FunctionTable.name(of: node.operation),
        used.map { (vocabulary.covariates[$0], covariates[$0]) }
      )
    }
    return nil
  }
}

extension FunctionTable {
  /// An operation as a message calls it.
  static func name(of operation: Operation) -> String {
    switch operation {
    case .divide, .reciprocal: return "a quotient"
    case .power: return "a power"
    // It has two names.
    case .log: return "`log`"
    default:
      let name = functions.filter { $0.value.operation == operation }.keys.min()
      return name.map { "`\($0)`" } ?? "a value"
    }
  }
}
