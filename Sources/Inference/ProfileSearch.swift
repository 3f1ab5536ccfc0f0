import Estimation
import NumericKernels
import PopulationModel

extension ProfileLikelihood {
  /// The interval of a quantity; collective.
  func interval(of quantity: ProfiledQuantity) throws -> ProfileInterval {
    var gain = 0.0
    let low = try end(of: quantity, side: -1, gain: &gain)
    let high = try end(of: quantity, side: 1, gain: &gain)
    return ProfileInterval(name: quantity.name, low: low, high: high, gain: gain)
  }

  /// How near the root of twice the drop of log L has to come to q.
  private static var tolerance: Double { 5e-4 }
  /// In standard errors on the quantity's scale: where log L has not fallen enough by then it is
  /// taken for never to do.
  private static var farthest: Double { 25 }
  private static var evaluationLimit: Int { 30 }
  /// What log L may be above its maximum for reasons of the nodes.
  private static var bearableGain: Double { 0.01 }

  /// A place on the way to an end: r = √(2(log L(ϕ̂) − log L)) grows nearly as t does.
  private struct Place {
    let t: Double
    let r: Double
    let x: [Double]
  }

  /// The end on one side.
  private func end(of quantity: ProfiledQuantity, side: Double, gain: inout Double) throws
    -> Double?
  {
    begin()
    let target = quantity.quantile
    let origin = coordinate(quantity, at: maximum.parameters)
    guard origin.isFinite, let (unit, direction) = slope(of: quantity) else { return nil }
    var inner = Place(t: origin, r: 0, x: maximum.x)
    var outer: Place?
    var t = origin + side * target * unit
    var x = zip(maximum.x, direction).map { $0 + $1 * (t - origin) }
    var failures = 0
    var nearer = inner
    for _ in 0..<Self.evaluationLimit {
      guard let point = try maximize(quantity, at: t, near: x) else {
        // Nothing was found so far out: half of the way, from envelopes that are known to be good.
        failures += 1
        if let edge = edge(quantity, side, nearer, inner) { return edge }
        guard failures < 6 else { return nil }
        begin()
        t = 0.5 * (t + inner.t)
        x = zip(inner.x, direction).map { $0 + $1 * (t - inner.t) }
        continue
      }
      let fall = maximum.logLikelihood - point.logLikelihood
      if fall < -Self.bearableGain { gain = max(gain, -fall) }
      let place = Place(t: t, r: max(0, 2 * fall).squareRoot(), x: point.x)
      if abs(place.r - target) < Self.tolerance { return quantity.scale.value(at: t) }
      let before = inner
      if place.r < target { (nearer, inner) = (inner, place) } else { outer = place }
      if outer == nil {
        if let edge = edge(quantity, side, nearer, inner) { return edge }
        if side * (t - origin) > Self.farthest * unit {
          return quantity.scale.value(at: side * .infinity)
        }
      }
      if let outer {
        // Between the two by a straight line, but not too near to either, where it may stay.
        let share = (target - inner.r) / (outer.r - inner.r)
        t = inner.t + min(max(share, 0.02), 0.98) * (outer.t - inner.t)
        let weight = (t - inner.t) / (outer.t - inner.t)
        x = zip(inner.x, outer.x).map { $0 + weight * ($1 - $0) }
      } else {
        // As r has grown from the place before, but no more than two times as far.
        let rise = inner.r - before.r
        let reach = abs(inner.t - before.t)
        let more = rise > 0 ? min((target - inner.r) / rise, 2) * reach : 2 * reach
        let far = max(more * 1.02, 0.05 * unit)
        let weight = (inner.t - before.t) == 0 ? 0 : side * far / (inner.t - before.t)
        t = inner.t + side * far
        x = zip(inner.x, before.x).map { $0 + weight * ($0 - $1) }
      }
    }
    return nil
  }
}

extension ProfileLikelihood {
  /// The end of the quantity's range, if log L does not fall enough on the way to it: near it, as
  /// where a variance goes to 0, log L is a straight line in the distance from it.
  private func edge(_ quantity: ProfiledQuantity, _ side: Double, _ a: Place, _ b: Place) -> Double?
  {
    let edge = quantity.scale.value(at: side * .infinity)
    guard edge.isFinite else { return nil }
    func distance(_ place: Place) -> Double { abs(quantity.scale.value(at: place.t) - edge) }
    func fall(_ place: Place) -> Double { 0.5 * place.r * place.r }
    // The line has to be one already: the last step has brought the distance down to a fiftieth of
    // that at the estimate.
    let origin = abs(quantity.value(maximum.parameters) - edge)
    guard distance(b) < 0.02 * origin, distance(a) > 1.5 * distance(b) else { return nil }
    let slope = (fall(b) - fall(a)) / (distance(a) - distance(b))
    return fall(b) + slope * distance(b) < 0.5 * quantity.quantile * quantity.quantile ? edge : nil
  }
}

extension FitResult {
  /// What was asked for, as quantities: free parameters, and derived ones.
  func quantities(_ request: ProfileRequest) -> [ProfiledQuantity] {
    let free = self.free
    let rows = parameterTable
    let model = self.model
    switch request {
    case .all: return free.list.map { quantity($0, rows) }
    case .names(let names):
      let derived = derivedTable
      return names.compactMap { name in
        if let parameter = free.list.first(where: { free.name($0) == name }) {
          return quantity(parameter, rows)
        }
        guard let place = derived.firstIndex(where: { $0.name == name && !$0.isFixed }) else {
          return nil
        }
        let row = derived[place]
        let quantile = profileQuantile(component: row.component, isWeight: row.base == "w")
        return ProfiledQuantity(name: name, scale: row.scale, quantile: quantile) {
          model.derivedQuantities(at: $0, covariance: nil)[place].estimate
        }
      }
    }
  }

  private func quantity(_ parameter: FreeParameter, _ rows: [ParameterEstimate]) -> ProfiledQuantity
  {
    let free = self.free
    let name = free.name(parameter)
    let scale = rows.first { $0.name == name }?.scale ?? .plain
    var isWeight = false
    switch parameter {
    case .weight, .weightCoefficient: isWeight = true
    default: break
    }
    let quantile = profileQuantile(component: parameter.component, isWeight: isWeight)
    return ProfiledQuantity(name: name, scale: scale, quantile: quantile) {
      free.value(parameter, in: $0)
    }
  }

  /// Adds the intervals of derived parameters that are functions of one free parameter each, as
  /// intervals are the same on any scale.
  func withDerived(_ intervals: [ProfileInterval]) -> [ProfileInterval] {
    guard !intervals.isEmpty else { return [] }
    let free = self.free
    let values = free.values(in: estimates)
    func derived(_ a: Int, _ value: Double) -> [Double] {
      var moved = estimates
      free.set(free.list[a], to: value, in: &moved)
      return model.derivedQuantities(at: moved, covariance: nil).map(\.estimate)
    }
    let here = derivedTable
    let errors = covariance.covariance?.diagonal ?? covariance.observed?.diagonal
    var result = intervals
    for (place, row) in here.enumerated()
    where !row.isFixed && !intervals.contains(where: { $0.name == row.name }) {
      func ahead(_ a: Int) -> Double {
        let step = 1e-4 * (errors?[a] ?? values[a] * values[a]).squareRoot()
        return derived(a, values[a] + step)[place]
      }
      let movers = free.list.indices.filter { ahead($0) != row.estimate }
      guard movers.count == 1,
        let own = intervals.first(where: { $0.name == free.name(free.list[movers[0]]) })
      else { continue }
      let ends = [own.low, own.high].map { end -> Double? in
        let value = end.map { derived(movers[0], $0)[place] }
        return value?.isNaN == true ? nil : value
      }
      let falls = ahead(movers[0]) < row.estimate
      result.append(
        ProfileInterval(
          name: row.name, low: falls ? ends[1] : ends[0], high: falls ? ends[0] : ends[1],
          gain: own.gain))
    }
    return result
  }
}
