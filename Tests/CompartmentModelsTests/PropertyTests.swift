import CompartmentModels
import Glibc
import NumericKernels
import PopulationModel
import Testing

@Suite("Properties of linear models")
struct PropertyTests {
  @Test(
    "the sum of two histories has the sum of their predictions", arguments: LinearModelTests.names)
  func superposition(_ name: String) {
    let variants = LinearModelTests.variants(name)
    var random = RandomNumbers(names: name)
    for _ in 0..<60 {
      let modelCase = ModelCase.random(variants[random.below(variants.count)], &random)
      let times = (0..<8).map { _ in random.uniform(0, 40) }.sorted()
      let entries: [EventTimeline.Entry] = [.bolus, .rate(7), .duration(3.3)]
      let doses = (0..<4).map { _ in
        (
          random.uniform(0, 20),
          EventTimeline.Dose(amount: random.scale(1, 50), entry: entries[random.below(3)])
        )
      }
      func history(_ chosen: [(Double, EventTimeline.Dose)]) -> [[Double]] {
        let sorted = chosen.sorted { $0.0 < $1.0 }
        let events =
          sorted.enumerated().map { EventTimeline.Event(time: $1.0, action: .dose($0)) }
          + times.enumerated().map { EventTimeline.Event(time: $1, action: .observe($0)) }
        return modelCase.predict(
          EventTimeline(
            events: events.sorted { $0.time < $1.time }, doses: sorted.map(\.1),
            observations: times.map { _ in .init() }))
      }
      let whole = history(doses)
      let parts = [history([doses[0], doses[1]]), history([doses[2]]), history([doses[3]])]
      for j in times.indices {
        for lane in 0..<8 {
          let sum = parts.reduce(0) { $0 + $1[j][lane] }
          #expect(abs(whole[j][lane] - sum) <= 1e-12 * sum)
        }
      }
    }
  }

  @Test(
    "a change of the units of time and amount is one of the results",
    arguments: LinearModelTests.names)
  func units(_ name: String) {
    let variants = LinearModelTests.variants(name)
    var random = RandomNumbers(names: name)
    for _ in 0..<100 {
      let modelCase = ModelCase.random(variants[random.below(variants.count)], &random)
      let timeline = EventTimeline.random(for: modelCase, &random)
      // Hours and milligrams to minutes and micrograms.
      let (hour, gram) = (60.0, 1000.0)
      let references = modelCase.references.map { reference in
        var scaled = reference
        scaled.k10 /= hour
        scaled.ka /= hour
        scaled.exchange = reference.exchange.map { ($0.out / hour, $0.back / hour) }
        scaled.lag *= hour
        scaled.duration *= hour
        scaled.rate *= gram / hour
        return scaled
      }
      var other = timeline
      for e in other.events.indices { other.events[e].time *= hour }
      for d in other.doses.indices {
        other.doses[d].amount *= gram
        other.doses[d].interval *= hour
        switch other.doses[d].entry {
        case .rate(let rate): other.doses[d].entry = .rate(rate * gram / hour)
        case .duration(let duration): other.doses[d].entry = .duration(duration * hour)
        default: break
        }
      }
      let before = modelCase.predict(timeline)
      let after = ModelCase(modelCase.model, references: references).predict(other)
      for j in before.indices {
        for lane in 0..<8 {
          let value = gram * before[j][lane]
          #expect(abs(after[j][lane] - value) <= 1e-9 * abs(value) + 1e-14)
        }
      }
    }
  }

  @Test("no lane sees another one, bit for bit", arguments: LinearModelTests.names)
  func lanes(_ name: String) {
    let variants = LinearModelTests.variants(name)
    var random = RandomNumbers(names: name)
    for _ in 0..<150 {
      let modelCase = ModelCase.random(variants[random.below(variants.count)], &random)
      let timeline = EventTimeline.random(for: modelCase, &random)
      let together = modelCase.predict(timeline)
      for lane in [0, 5] {
        // All lanes the same; and among lanes without sense, with other lags.
        var strange = modelCase.references
        for other in 0..<8 where other != lane {
          strange[other].k10 = other % 3 == 0 ? -1 : .nan
          strange[other].lag = other % 2 == 0 ? 0.77 * Double(other) : -1
          strange[other].rate = other % 2 == 0 ? 0 : 1e5
        }
        let alone = [ReferenceModel](repeating: modelCase.references[lane], count: 8)
        let isMacro = modelCase.isMacro
        for references in isMacro ? [alone] : [alone, strange] {
          let predictions = ModelCase(modelCase.model, references: references).predict(timeline)
          for j in together.indices {
            #expect(
              predictions[j][lane].bitPattern == together[j][lane].bitPattern,
              "\(modelCase.model.parameterNames) \(timeline) \(j)")
          }
        }
      }
    }
  }
}
