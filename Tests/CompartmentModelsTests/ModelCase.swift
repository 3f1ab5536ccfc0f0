import CompartmentModels
import NumericKernels
import PopulationModel

/// A model with parameters of eight samples, and the same samples as reference models.
struct ModelCase {
  let model: LinearModel
  let references: [ReferenceModel]
  /// By parameter and lane.
  let values: [[Double]]

  var inputs: [String] { LinearModel.optionalParameters.filter(model.parameterNames.contains) }
  var isMacro: Bool { model.parameterNames.contains("alpha") }

  init(_ model: LinearModel, references: [ReferenceModel]) {
    self.model = model
    self.references = references
    let coefficients = references.map {
      model.parameterNames.contains("alpha") ? Coefficients($0) : nil
    }
    values = model.parameterNames.map { name in
      zip(references, coefficients).map { Self.value(of: name, $0, $1) }
    }
  }

  static func random(_ model: LinearModel, _ random: inout RandomNumbers) -> ModelCase {
    let names = model.parameterNames
    let peripherals =
      model.name.hasPrefix("one") ? 0 : model.name.hasPrefix("two") ? 1 : 2
    let references = (0..<8).map { _ in
      var reference = ReferenceModel()
      reference.hasDepot = model.name.hasSuffix("oral")
      reference.volume = random.scale(0.1, 100)
      reference.k10 = random.scale(0.05, 3)
      reference.ka = reference.hasDepot ? random.scale(0.05, 5) : 0
      for _ in 0..<peripherals {
        let (out, back) = (random.scale(0.01, 2), random.scale(0.05, 3))
        reference.exchange.append((out, back))
        reference.peripheralVolumes.append(reference.volume * out / back)
      }
      if names.contains("tlag") { reference.lag = random.chance(0.2) ? 0 : random.uniform(0, 3) }
      if names.contains("F") { reference.bioavailability = random.uniform(0.1, 1.2) }
      if names.contains("dur") { reference.duration = random.scale(0.1, 12) }
      if names.contains("rate") { reference.rate = random.scale(3, 300) }
      return reference
    }
    return ModelCase(model, references: references)
  }

  private static func value(
    of name: String, _ model: ReferenceModel, _ coefficients: Coefficients?
  ) -> Double {
    switch name {
    case "V", "V1": model.volume
    case "V2": model.peripheralVolumes[0]
    case "V3": model.peripheralVolumes[1]
    case "CL": model.k10 * model.volume
    case "Q", "Q2": model.exchange[0].out * model.volume
    case "Q3": model.exchange[1].out * model.volume
    case "k": model.k10
    case "k12": model.exchange[0].out
    case "k21": model.exchange[0].back
    case "k13": model.exchange[1].out
    case "k31": model.exchange[1].back
    case "ka": model.ka
    case "tlag": model.lag
    case "F": model.bioavailability
    case "dur": model.duration
    case "rate": model.rate
    case "alpha": coefficients!.rates[0]
    case "beta": coefficients!.rates[1]
    case "gamma": coefficients!.rates[2]
    case "A": coefficients!.shares[0] / model.volume
    case "B": coefficients!.shares[1] / model.volume
    case "C": coefficients!.shares[2] / model.volume
    default: preconditionFailure("an unknown parameter, \(name)")
    }
  }

  /// Predictions by observation and lane, of `count` vectors of which the last has the case's
  /// values.
  func predict(_ timeline: EventTimeline, count: Int = 1) -> [[Double]] {
    let prepared = model.prepare(timeline)
    return predict(prepared, observations: timeline.observations.count, count: count)
  }

  func predict(_ prepared: any PreparedSubject, observations: Int, count: Int = 1) -> [[Double]] {
    var parameters = [Lanes](repeating: Lanes.all(1), count: values.count * count)
    for (j, row) in values.enumerated() {
      // Other vectors have other values: none may see another one.
      for v in 0..<count {
        for lane in 0..<8 {
          parameters[j * count + v][lane] =
            v == count - 1 ? row[lane] : row[(lane + v + 1) % 8] * 1.25
        }
      }
    }
    var predictions = [Lanes](repeating: Lanes.all(.nan), count: max(1, observations * count))
    model.predict(
      prepared, parameters: &parameters, count: count, predictions: &predictions)
    return (0..<observations).map { j in
      (0..<8).map { predictions[j * count + count - 1][$0] }
    }
  }
}

/// Modes by the roots of the characteristic polynomial, found by bisection between the poles: slow,
/// and nothing like the library's way.
struct Coefficients {
  var rates: [Double] = []
  var shares: [Double] = []

  init(_ model: ReferenceModel) {
    let poles = model.exchange.sorted { $0.back < $1.back }
    // k10 − λ − Σ out·λ/(back − λ) falls from k10 to −∞ between poles.
    func balance(_ x: Double) -> Double {
      model.k10 - x - poles.reduce(0) { $0 + $1.out * x / ($1.back - x) }
    }
    var ends = [0] + poles.map(\.back)
    ends.append(2 * (model.k10 + poles.reduce(0) { $0 + $1.out + $1.back }))
    for interval in 0..<ends.count - 1 {
      var (low, high) = (ends[interval], ends[interval + 1])
      while true {
        let middle = low + 0.5 * (high - low)
        if middle <= low || middle >= high { break }
        if balance(middle) > 0 { low = middle } else { high = middle }
      }
      rates.append(low)
    }
    rates.reverse()
    for (i, rate) in rates.enumerated() {
      var share = 1.0
      for pole in poles { share *= pole.back - rate }
      for (j, other) in rates.enumerated() where j != i { share /= other - rate }
      shares.append(share)
    }
  }
}
