import CompartmentModels
import Glibc
import NumericKernels
import PopulationModel
import Testing

@Suite("Coinciding rates and other limits of linear models")
struct CoincidenceTests {
  typealias Event = EventTimeline.Event

  /// A dose, and observations from early to late in all compartments that have a concentration.
  static func timeline(
    _ reference: ReferenceModel, entry: EventTimeline.Entry, into compartment: Int
  )
    -> EventTimeline
  {
    var events = [Event(time: 0, action: .dose(0))]
    var observations: [EventTimeline.ObservedPlace] = []
    for time in [1e-6, 0.01, 0.3, 1, 2.5, 7, 30] {
      for c in reference.central..<reference.compartmentCount {
        events.append(Event(time: time, action: .observe(observations.count)))
        observations.append(.init(compartment: c + 1))
      }
    }
    return EventTimeline(
      events: events, doses: [.init(amount: 10, entry: entry, compartment: compartment)],
      observations: observations)
  }

  @Test(
    "nothing is lost where rates coincide or nearly do",
    arguments: ["one-compartment oral", "two-compartment oral", "three-compartment oral"])
  func coincidence(_ name: String) {
    let model = LinearModelTests.variants(name).first {
      $0.parameterNames.contains("k") && !$0.parameterNames.contains("V1")
    }!
    var random = RandomNumbers(names: name)
    for exponent in 0...17 {
      let nearness = exponent == 17 ? 0 : pow(10, -Double(exponent))
      let references = (0..<8).map { lane in
        var reference = ReferenceModel()
        reference.hasDepot = true
        reference.k10 = random.scale(0.1, 2)
        reference.ka = 1
        let peripherals = name.hasPrefix("one") ? 0 : name.hasPrefix("two") ? 1 : 2
        for p in 0..<peripherals {
          let near = 1 + (random.chance(0.5) ? 1 : -0.5) * nearness
          // In the later lanes all rates lie together, with hardly any exchange.
          reference.exchange.append(
            lane < 4
              ? (
                random.scale(0.1, 2),
                p == 1 ? reference.exchange[0].back * near : random.scale(0.1, 2)
              )
              : (nearness + 1e-9, near))
        }
        if lane >= 4 { reference.k10 = 1 + nearness }
        if lane < 4 {
          // ka is one of the rates of disposition, or k21.
          let rates = Coefficients(reference).rates
          let targets = rates + reference.exchange.map(\.back)
          reference.ka = targets[lane % targets.count] * (1 + nearness)
        }
        reference.peripheralVolumes = reference.exchange.map { $0.out / $0.back }
        return reference
      }
      let modelCase = ModelCase(model, references: references)
      for entry in [EventTimeline.Entry.bolus, .duration(1.5)] {
        for compartment in 1...references[0].compartmentCount {
          let timeline = Self.timeline(references[0], entry: entry, into: compartment)
          let predictions = modelCase.predict(timeline)
          for lane in 0..<8 {
            let expected = ReferenceHistory.predict(timeline, references[lane])
            for (j, value) in expected.enumerated() {
              #expect(
                abs(predictions[j][lane] - value) <= 1e-11 * abs(value),
                "10^-\(exponent), lane \(lane), into \(compartment), \(j): \(predictions[j][lane]) \(value)"
              )
            }
          }
        }
      }
    }
  }

  @Test("three compartments with extreme rates are those of two or one")
  func limits() throws {
    let three = LinearModelTests.variants("three-compartment")[2]
    #expect(three.parameterNames == ["V", "k", "k12", "k21", "k13", "k31"])
    let two = LinearModelTests.variants("two-compartment")[2]
    #expect(two.parameterNames == ["V", "k", "k12", "k21"])
    let timeline = EventTimeline(
      events: [Event(time: 0, action: .dose(0))]
        + (0..<6).map { Event(time: [0.1, 1, 3, 10, 30, 100][$0], action: .observe($0)) },
      doses: [.init(amount: 1)], observations: (0..<6).map { _ in .init() })
    func predict(_ model: LinearModel, _ values: [Double]) -> [Double] {
      var parameters = values.map { Lanes.all($0) }
      var predictions = [Lanes](repeating: Lanes.all(0), count: 6)
      model.predict(
        model.prepare(timeline), parameters: &parameters, count: 1, predictions: &predictions)
      return predictions.map { $0[0] }
    }
    let expected = predict(two, [2, 0.3, 0.5, 0.2])
    // No exchange with the third compartment, whatever its rate is.
    for back in [0, 1e-8, 0.2, 0.3, 1, 1e6] {
      for (a, b) in zip(predict(three, [2, 0.3, 0.5, 0.2, 0, back]), expected) {
        #expect(abs(a - b) < 1e-13 * b, "k31 = \(back)")
      }
      for (a, b) in zip(predict(three, [2, 0.3, 0, back, 0.5, 0.2]), expected) {
        #expect(abs(a - b) < 1e-13 * b, "k21 = \(back)")
      }
    }
    // Two equal peripheral compartments are one with twice the rate from the centre.
    for (a, b) in zip(predict(three, [2, 0.3, 0.25, 0.2, 0.25, 0.2]), expected) {
      #expect(abs(a - b) < 1e-13 * b)
    }
    // No exchange at all, and no elimination.
    for (t, a) in zip([0.1, 1, 3, 10, 30, 100], predict(three, [2, 0.3, 0, 0.3, 0, 0.3])) {
      #expect(abs(a - Glibc.exp(-0.3 * t) / 2) < 1e-13 * a)
    }
    #expect(predict(two, [2, 0, 0, 1]).allSatisfy { abs($0 - 0.5) < 1e-15 })
    // Outside the domain: no value, and no crash.
    for values in [
      [2, -0.3, 0.5, 0.2, 0.1, 0.1], [2, 0.3, -0.5, 0.2, 0.1, 0.1], [2, .nan, 0.5, 0.2, 0.1, 0.1],
    ] {
      #expect(predict(three, values).allSatisfy { $0.isNaN })
    }
    #expect(predict(two, [0, 0.3, 0.5, 0.2]).allSatisfy { !$0.isFinite })
  }
}
