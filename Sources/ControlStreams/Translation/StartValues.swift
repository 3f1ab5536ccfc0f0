// Start values of what is made of THETAs.
extension ControlStream {
  /// The start values of a THETA or number, or of one for each component.
  func starts(of leaf: Value) -> [Double] {
    switch leaf {
    case .theta(let j): [thetas[j - 1].initial]
    case .number(let x): [x]
    case .perComponent(let values): values.flatMap(starts(of:))
    default: []
    }
  }

  /// The value of an expression where all THETAs have their start values; `nil` if it has something
  /// else in it.
  func start(of value: Value) -> Double? {
    value.replacing { part in
      if case .theta(let j) = part { .number(thetas[j - 1].initial) } else { nil }
    }.evaluated
  }
}
