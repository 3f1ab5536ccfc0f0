import CompartmentModels
import NumericKernels
import PopulationModel
import Testing

/// A lag applies to all doses of a steady state's train: what follows is compared with the train
/// itself, dose by dose.
@Suite("Steady states with a lag")
struct SteadyLagTests {
  typealias Event = EventTimeline.Event
  typealias Dose = EventTimeline.Dose

  static let times = [0.0, 0.5, 2, 3, 5.5, 9, 11.999, 12, 12.001, 17, 24, 29, 36, 50]

  /// A dose at 0 and then observations, or two more doses among them.
  static func timeline(_ dose: Dose, additional: Int = 0, interval: Double) -> EventTimeline {
    var plain = dose
    plain.steadyState = .none
    var events = (0...additional).map {
      Event(time: Double($0) * interval, action: .dose($0))
    }
    events += times.enumerated().map { Event(time: $0.element, action: .observe($0.offset)) }
    events = events.enumerated().sorted {
      ($0.element.time, $0.offset) < ($1.element.time, $1.offset)
    }.map(\.element)
    return EventTimeline(
      events: events, doses: [dose] + [Dose](repeating: plain, count: additional),
      observations: times.map { _ in .init() })
  }

  static func reference(_ name: String, lag: Double) -> ReferenceModel {
    var model = ReferenceModel(k10: 0.17, volume: 20, lag: lag)
    model.bioavailability = 0.8
    if name.contains("oral") {
      model.hasDepot = true
      model.ka = 0.9
    }
    if name.contains("two") {
      model.exchange = [(0.3, 0.2)]
      model.peripheralVolumes = [30]
    }
    return model
  }

  static let doses: [Dose] = [
    Dose(amount: 100, steadyState: .replace, interval: 12),
    Dose(amount: 100, steadyState: .add, interval: 12),
    Dose(amount: 100, entry: .rate(40), steadyState: .replace, interval: 12),
    Dose(amount: 100, entry: .duration(12), steadyState: .replace, interval: 12),
    Dose(amount: 100, entry: .duration(31), steadyState: .replace, interval: 12),
  ]
  /// Below an interval, an interval, more than it, two and more.
  static let lags = [0, 1e-9, 5, 11.9, 12, 13, 18, 24, 31.7, 60]

  @Test(
    "is that of the train, also where the lag is one interval, or many",
    arguments: ["one-compartment", "one-compartment oral", "two-compartment oral"])
  func train(_ name: String) {
    let model = LinearModelTests.variants(name).first {
      $0.parameterNames.contains("tlag") && $0.parameterNames.contains("F")
        && !$0.parameterNames.contains("dur") && !$0.parameterNames.contains("rate")
        && $0.parameterNames.contains("CL")
    }!
    for dose in Self.doses {
      for additional in [0, 2] {
        let timeline = Self.timeline(dose, additional: additional, interval: 12)
        for block in [Array(Self.lags.prefix(8)), Array(Self.lags.suffix(8))] {
          let references = block.map { Self.reference(name, lag: $0) }
          let found = ModelCase(model, references: references).predict(timeline)
          // The same by a system that repeats the interval until it is steady.
          var system = ReferenceSystem(
            rows: [references],
            observedCompartments: Self.times.map { _ in references[0].central })
          EventMachineTests.run(timeline, &system)
          for (lane, lag) in block.enumerated() {
            let expected = ReferenceHistory.predict(timeline, references[lane])
            for j in expected.indices {
              let error = abs(found[j][lane] - expected[j]) / expected[j]
              #expect(error < 1e-11, "\(dose) lag \(lag) at \(Self.times[j])")
              #expect(abs(system.predictions[j][lane] - expected[j]) < 1e-8 * expected[j])
            }
          }
        }
      }
    }
  }

  @Test("with a lag of one interval, and all but rounding, the record has the dose that arrives")
  func tie() {
    // One compartment, V 1, k log 2 per interval of 12: 1/(1 − ½) just after a dose.
    let k = NumericKernels.log(2.0) / 12
    var models = [ReferenceModel](repeating: ReferenceModel(k10: k, volume: 1), count: 8)
    let lags = [
      12, NumericKernels.exp(NumericKernels.log(12.0)), 12 * (1 + 0x1p-50), 24, 36, 6, 18, 0,
    ]
    for lane in 0..<8 { models[lane].lag = lags[lane] }
    let timeline = EventTimeline(
      events: [
        Event(time: 0, action: .dose(0)), Event(time: 0, action: .observe(0)),
        Event(time: 6, action: .observe(1)), Event(time: 11.9999, action: .observe(2)),
      ], doses: [Dose(amount: 1, steadyState: .replace, interval: 12)],
      observations: [.init(), .init(), .init()])
    var system = ReferenceSystem(rows: [models], observedCompartments: [0, 0, 0])
    EventMachineTests.run(timeline, &system)
    let half = 2.0.squareRoot()
    for lane in 0..<8 {
      // Half an interval after or before the dose.
      let isShifted = lane == 5 || lane == 6
      #expect(abs(system.predictions[0][lane] - (isShifted ? half : 2)) < 1e-8, "lane \(lane)")
      #expect(abs(system.predictions[1][lane] - (isShifted ? 2 : half)) < 1e-8, "lane \(lane)")
      if !isShifted { #expect(abs(system.predictions[2][lane] - 1) < 1e-4, "lane \(lane)") }
    }
  }

  @Test("an infusion without end has no lag, whatever the parameter")
  func constantInfusion() {
    var models = [ReferenceModel](repeating: ReferenceModel(k10: 0.25, volume: 2), count: 8)
    for lane in 0..<8 { models[lane].lag = [0, 1, 3, 12, 100, 0.1, 7, 2][lane] }
    let timeline = EventTimeline(
      events: [
        Event(time: 5, action: .dose(0)), Event(time: 5, action: .observe(0)),
        Event(time: 9, action: .observe(1)),
      ], doses: [Dose(amount: 0, entry: .rate(10), steadyState: .replace)],
      observations: [.init(), .init()])
    let model = LinearModelTests.variants("one-compartment").first {
      $0.parameterNames == ["CL", "V", "tlag"]
    }!
    let found = ModelCase(model, references: models).predict(timeline)
    for lane in 0..<8 {
      // Rate over clearance until the record, at which the infusion ends.
      #expect(abs(found[0][lane] - 20) < 1e-12)
      #expect(abs(found[1][lane] - 20 * exp(-1)) < 1e-12)
    }
  }
}
