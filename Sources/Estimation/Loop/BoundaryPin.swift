import NumericKernels
package import PopulationModel

/// A parameter that is held at the end of its range: a variance of random effects or of a residual
/// error at 0, or what the other effects of a block leave of a variance.
///
/// A variance of random effects has a value that is 0 for all purposes, since the integrals need
/// one above 0.
struct BoundaryPin: Sendable, Codable, Equatable {
  enum Kind: Sendable, Codable, Equatable {
    /// Σ_jj of these effects, which have it in common.
    case variance(effects: [Int])
    /// A direct parameter by its place.
    case direct(place: Int)
    /// L_ii² of a full block Σ = LLᵀ: the variance of one of these effects given those before it,
    /// so that the block is singular. Two effects have a correlation of ±1.
    case conditional(effects: [Int], place: Int)
  }
  let kind: Kind
  /// The components whose parameter it is.
  let components: Range<Int>
  /// Its coordinate on the working scale, and the value there while it is held.
  let coordinate: Int
  let floor: Double
  /// Its value before, on its own scale.
  let before: Double
  /// By how much the mean of its effects is moved to see how log L changes.
  let step: Double

  /// The same in the unit of `WorkingScale`: standard deviations of the effect where the fit has
  /// started.
  static let differenceStep = 1e-3

  /// The free parameter with the components in another order.
  /// - Parameter order: the old component in each place.
  func parameter(_ free: FreeParameters, order: [Int]) -> FreeParameter? {
    func isOwn(_ k: Int?) -> Bool { k.map { components.contains(order[$0]) } ?? true }
    return free.list.first {
      switch ($0, kind) {
      case (.covariance(let row, let column, let k), .variance(let effects)):
        row == effects[0] && column == row && isOwn(k)
      case (.direct(let own, let k), .direct(let place)): own == place && isOwn(k)
      case (.covariance(let row, let column, let k), .conditional(let effects, let place)):
        row == effects[place] && column == effects[place - 1] && isOwn(k)
      default: false
      }
    }
  }

  /// The largest value to go on from where log L rises from the boundary: that before, or where
  /// that was small already the variance of the effect where the fit has started.
  var most: Double {
    if case .direct = kind { return before }
    let unit = step / Self.differenceStep
    return max(before, unit * unit)
  }

  /// Gives its coordinate a value; of a block Σ = LLᵀ, whose coordinates are log L_ii² and
  /// L_ij/L_ii, L_ij stays.
  func move(_ x: inout [Double], to value: Double) {
    if case .conditional(_, let place) = kind {
      let factor = exp((x[coordinate] - value) / 2)
      for a in coordinate - place..<coordinate { x[a] *= factor }
    }
    x[coordinate] = value
  }

  /// The effects of a block that the pin makes singular; `nil` for other pins.
  var singularBlock: [Int]? {
    if case .conditional(let effects, let place) = kind { Array(effects[...place]) } else { nil }
  }

  /// The random effects that do not vary, by component.
  var cells: [(effect: Int, component: Int)] {
    guard case .variance(let effects) = kind else { return [] }
    return components.flatMap { k in effects.map { ($0, k) } }
  }
}

/// A parameter whose best value is the end of its range.
package struct BoundaryFinding: Sendable, Equatable, Codable {
  /// The parameter, of which 0 is the best value; of a singular block the covariance of its last
  /// two effects.
  package let parameter: FreeParameter
  /// Names of the effects of a block that is singular: the last one follows from the others.
  package let singular: [String]?
  /// Of a singular block of two effects, the sign of their correlation.
  package let sign: Int?
  /// Its name without the number of a component: `omega.V.V`.
  package let base: String
  /// ∂ log L/∂ϕ at the boundary, not above 0 there; with a prior of the log posterior.
  package let slope: Double

  package init(
    parameter: FreeParameter, base: String, slope: Double, singular: [String]? = nil,
    sign: Int? = nil
  ) {
    self.parameter = parameter
    self.base = base
    self.slope = slope
    self.singular = singular
    self.sign = sign
  }

  /// `omega.V.V.2 = 0`, or what is said of a singular block.
  package var text: String {
    guard let singular, let last = singular.last else { return "\(name) = 0" }
    let place = parameter.component.map { " in component \($0 + 1)" } ?? ""
    guard singular.count == 2 else {
      return "\(last) a linear function of \(singular.dropLast().joined(separator: ", "))\(place)"
    }
    return "a correlation of \(singular[0]) and \(last) of \((sign ?? 1) < 0 ? "-1" : "1")\(place)"
  }

  /// `omega.V.V.2`; components count from 1.
  package var name: String { base + (parameter.component.map { ".\($0 + 1)" } ?? "") }

  /// With component `order[k]` in place k.
  func permuted(_ order: [Int]) -> BoundaryFinding {
    guard let k = parameter.component, let place = order.firstIndex(of: k) else { return self }
    return BoundaryFinding(
      parameter: parameter.of(component: place), base: base, slope: slope, singular: singular,
      sign: sign)
  }
}

/// Which parameters a fit holds at boundaries, and what it has tried.
struct BoundarySearch: Sendable, Codable {
  private(set) var pins: [BoundaryPin] = []
  /// Where the fit was before it tried the boundaries that it is at now, with the objective there.
  private(set) var before: Before?
  /// How often a coordinate has left its boundary.
  private var departures: [Int: Int] = [:]
  /// After these it stays away.
  private static let departureLimit = 3

  struct Before: Sendable, Codable {
    let parameters: PopulationParameters
    let objective: Double
  }

  /// Whether it belongs to a fit on this scale, as what was read from a file may not.
  func isConsistent(dimension: Int, _ isOwn: (PopulationParameters) -> Bool) -> Bool {
    before.map { isOwn($0.parameters) } ?? true
      && departures.allSatisfy {
        (0..<dimension).contains($0.key) && (0...1 << 20).contains($0.value)
      }
      && pins.allSatisfy { pin in
        (0..<dimension).contains(pin.coordinate) && !pin.components.isEmpty
          && [pin.floor, pin.before, pin.step].allSatisfy(\.isFinite)
      }
  }

  /// Takes a boundary on trial.
  mutating func hold(_ pin: BoundaryPin, before: Before) {
    pins.append(pin)
    // At the second time what was found within is known to lead to the boundary again.
    if departures[pin.coordinate] == nil, self.before == nil { self.before = before }
  }

  func mayHold(_ coordinate: Int) -> Bool {
    departures[coordinate, default: 0] < Self.departureLimit && !isHeld(coordinate)
  }

  /// Whether a coordinate has left its boundary before.
  func hasLeft(_ coordinate: Int) -> Bool { departures[coordinate] != nil }

  func isHeld(_ coordinate: Int) -> Bool { pins.contains { $0.coordinate == coordinate } }

  /// The boundaries on trial are a maximum.
  mutating func accept() { before = nil }

  /// A parameter leaves its boundary, from which log L rises.
  mutating func release(_ pin: BoundaryPin) {
    pins.removeAll { $0 == pin }
    departures[pin.coordinate, default: 0] += 1
    before = nil
  }

  /// All boundaries that are on trial are left.
  /// - Returns: where the fit was before.
  mutating func goBack() -> Before? {
    defer { before = nil }
    for pin in pins { departures[pin.coordinate, default: 0] += 1 }
    pins = []
    return before
  }

  /// Places of the parameters at boundaries among the free ones.
  /// - Parameter order: see `BoundaryPin.parameter`.
  func held(_ free: FreeParameters, order: [Int]) -> Set<Int> {
    Set(
      pins.filter { $0.singularBlock == nil }.compactMap { pin in
        pin.parameter(free, order: order).flatMap { free.list.firstIndex(of: $0) }
      })
  }

  /// The coordinates that are held, on the scale of parameters in another order.
  /// - Parameter order: see `BoundaryPin.parameter`.
  func coordinates(_ scale: WorkingScale, _ free: FreeParameters, order: [Int]) -> Set<Int> {
    Set(
      scale.variances(free).filter { candidate in
        pins.contains { pin in
          let isOwn =
            candidate.components.count == 1 && order.count > 1
            ? pin.components == order[candidate.components.lowerBound]..<order[
              candidate.components.lowerBound] + 1
            : pin.components == candidate.components
          return pin.kind == candidate.kind && isOwn
        }
      }.map(\.coordinate))
  }

  /// Which coordinates do not move.
  func isHeld(_ count: Int) -> [Bool] {
    var held = [Bool](repeating: false, count: count)
    for pin in pins { held[pin.coordinate] = true }
    return held
  }
}

extension FitResult {
  /// The random effects that do not vary, for whoever integrates at the estimates again.
  var pins: [BoundaryPin] {
    stopReason.boundaries.compactMap { finding in
      guard finding.singular == nil, case .covariance(let row, _, let component) = finding.parameter
      else { return nil }
      let components = component.map { $0..<$0 + 1 } ?? 0..<model.componentCount
      let unit = WorkingScale.unit(of: row, components.lowerBound, model, start)
      return BoundaryPin(
        kind: .variance(effects: model.tie(of: row) ?? [row]), components: components,
        coordinate: 0, floor: 0, before: unit * unit, step: BoundaryPin.differenceStep * unit)
    }
  }
}
