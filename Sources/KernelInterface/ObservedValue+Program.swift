import NumericKernels
import PopulationModel

extension ObservedValue {
  /// Lays a subject's observations out.
  /// - Parameters:
  ///   - scales: of the values; see `SubjectProgram.scales`.
  ///   - target: room for one element for each observation.
  /// - Returns: what log p has beside the terms that the kernels compute and −½ m log 2π.
  static func place(
    _ event: EventProgram, scales: UnsafePointer<Double>, model: MixtureModel,
    at target: UnsafeMutablePointer<ObservedValue>
  ) -> Double {
    let halfLog2Pi = 0.91893853320467274178
    var rest = 0.0
    for (j, value) in event.observed.enumerated() {
      let known = event.knowledge[j]
      let place = model.outputPlace(number: known.output)
      let output = model.outputs[place]
      let isLog = output.error.isOfLogarithm
      func scaled(_ x: Double) -> Double { isLog ? (x > 0 ? log(x) : -.infinity) : x }
      var knowledge = Knowledge.measured
      var (lower, upper) = (0.0, 0.0)
      var perSquaredScale = 1.0
      if let interval = known.interval {
        (lower, upper) = (scaled(interval.lower), scaled(interval.upper))
        knowledge = upper == .infinity ? .above : lower == -.infinity ? .below : .between
        // A probability has no factor 1/√2π.
        rest += halfLog2Pi
      } else if isLog {
        rest -= log(value)
      } else {
        perSquaredScale = 1 / (scales[j] * scales[j])
        rest -= log(scales[j])
      }
      if let limit = known.limit {
        lower = scaled(limit)
        if lower > -.infinity { knowledge = .quantified }
      }
      (target + j).initialize(
        to: ObservedValue(
          value: isLog ? log(value) : value, lower: lower, upper: upper,
          perSquaredScale: perSquaredScale, firstParameter: model.firstDirect[place],
          form: output.error, knowledge: knowledge))
    }
    return rest
  }
}
