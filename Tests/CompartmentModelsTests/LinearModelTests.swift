import CompartmentModels
import Glibc
import NumericKernels
import PopulationModel
import Testing

@Suite("Linear models against their differential equations")
struct LinearModelTests {
  static let names = [
    "one-compartment", "one-compartment oral", "two-compartment", "two-compartment oral",
    "three-compartment", "three-compartment oral",
  ]

  static func variants(_ name: String) -> [LinearModel] {
    LinearModel.all.first { $0.name == name }!.variants
  }

  @Test("there are the models of the catalogue", arguments: names)
  func catalogue(_ name: String) {
    let variants = Self.variants(name)
    #expect(Set(variants.map { Set($0.parameterNames) }).count == variants.count)
    #expect(variants.allSatisfy { $0.name == name })
    #expect(variants.allSatisfy { $0.parameterKinds.count == $0.parameterNames.count })
    #expect(variants.count % 16 == 0)
  }

  @Test("all histories of all models are those of the differential equations", arguments: names)
  func histories(_ name: String) {
    let variants = Self.variants(name)
    var random = RandomNumbers(names: name)
    for repetition in 0..<400 {
      let modelCase = ModelCase.random(variants[random.below(variants.count)], &random)
      let timeline = EventTimeline.random(for: modelCase, &random)
      let predictions = modelCase.predict(timeline, count: 1 + repetition % 3)
      for lane in [0, 3, 7] {
        let expected = ReferenceHistory.predict(timeline, modelCase.references[lane])
        let size = expected.max() ?? 0
        for (j, value) in expected.enumerated() {
          let error = abs(predictions[j][lane] - value) / (abs(value) + 1e-6 * size + 1e-300)
          #expect(
            error < 1e-12,
            """
            \(modelCase.model.parameterNames) \(timeline) observation \(j) lane \(lane): \
            \(predictions[j][lane]), expected \(value)
            """)
          if !(error < 1e-12) { return }
        }
      }
    }
  }
}

extension RandomNumbers {
  init(names name: String) { self.init(name.utf8.reduce(7) { $0 &* 31 &+ Int($1) }) }
}
