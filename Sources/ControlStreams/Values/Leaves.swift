// Values that have no others in them, or one for each component: what THETAs and ETAs are.
extension Value {
  /// Whether it is an ETA, or one for each component.
  var isEtaLeaf: Bool {
    switch self {
    case .eta: true
    case .perComponent(let values): values.allSatisfy { if case .eta = $0 { true } else { false } }
    default: false
    }
  }

  /// Whether it is a THETA, or one for each component, where some may be numbers.
  var isThetaLeaf: Bool {
    switch self {
    case .theta: true
    case .perComponent(let values): values.contains { if case .theta = $0 { true } else { false } }
    default: false
    }
  }

  /// Whether it differs between components.
  var isPerComponent: Bool { if case .perComponent = self { true } else { false } }

  /// Whether it is what a variable has before it is assigned.
  var isUndefined: Bool { if case .undefined = self { true } else { false } }

  /// The numbers of THETAs in a leaf, in the order of the components.
  var leafThetas: [Int] {
    switch self {
    case .theta(let j): [j]
    case .perComponent(let values): values.flatMap(\.leafThetas)
    default: []
    }
  }

  /// The numbers of ETAs in a leaf, in the order of the components.
  var leafEtas: [Int] {
    switch self {
    case .eta(let i): [i]
    case .perComponent(let values): values.flatMap(\.leafEtas)
    default: []
    }
  }

  /// The component whose value a THETA is, from 0, if a leaf has one for each.
  func component(of theta: Int) -> Int? {
    if case .perComponent(let values) = self { values.firstIndex(of: .theta(theta)) } else { nil }
  }
}
