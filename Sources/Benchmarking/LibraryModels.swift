import CBenchmark
import CompartmentModels
import Glibc
import NumericKernels
import PopulationModel

/// What a prediction of a library model costs for one sample and observation, for a subject with
/// ten observations after the last dose.
package struct LibraryFigures: Codable, Sendable, Equatable {
  package let model: String
  package let parameters: [String]
  package let doses: Int
  /// "steps": laid out once for the subject; "machine": by the event machine, which a lag needs.
  package let way: String
  package let nanoseconds: Double

  package init(
    model: String, parameters: [String], doses: Int, way: String, nanoseconds: Double
  ) {
    self.model = model
    self.parameters = parameters
    self.doses = doses
    self.way = way
    self.nanoseconds = nanoseconds
  }
}

/// The linear models of the library, with one dose and with ten.
package struct LibraryModels {
  /// Vectors of a batch, as the E-step has them.
  private static let vectors = 32
  private static let times = [0.25, 0.5, 1, 1.5, 2.5, 4, 6, 8, 12, 24]

  private static let values: [String: Double] = [
    "V": 10, "k": 0.2, "k12": 0.3, "k21": 0.15, "k13": 0.1, "k31": 0.05, "ka": 1.3, "tlag": 0.3,
  ]

  package static func measure(repetitions: Int = 2000) -> [LibraryFigures] {
    LinearModel.all.flatMap { entry in
      entry.variants
        .filter { $0.parameterNames.allSatisfy { values[$0] != nil } }
        .flatMap { model in
          [1, 10].flatMap { doses -> [LibraryFigures] in
            let timeline = timeline(doses: doses)
            let machine = measure(
              model, doses, "machine", model.prepareForMachine(timeline), repetitions)
            if model.parameterNames.contains("tlag") { return [machine] }
            return [measure(model, doses, "steps", model.prepare(timeline), repetitions), machine]
          }
        }
    }
  }

  /// A dose every twelve hours, and observations of the last of them.
  private static func timeline(doses: Int) -> EventTimeline {
    var events = (0..<doses).map { EventTimeline.Event(time: 12 * Double($0), action: .dose($0)) }
    for (j, time) in times.enumerated() {
      events.append(.init(time: 12 * Double(doses - 1) + time, action: .observe(j)))
    }
    return EventTimeline(
      events: events, doses: (0..<doses).map { _ in .init(amount: 100) },
      observations: times.map { _ in .init() })
  }

  private static func measure(
    _ model: LinearModel, _ doses: Int, _ way: String, _ prepared: any PreparedSubject,
    _ repetitions: Int
  ) -> LibraryFigures {
    let names = model.parameterNames
    let parameters = UnsafeMutablePointer<Lanes>.allocate(capacity: names.count * vectors)
    let predictions = UnsafeMutablePointer<Lanes>.allocate(capacity: times.count * vectors)
    predictions.initialize(repeating: Lanes.all(0), count: times.count * vectors)
    defer {
      parameters.deallocate()
      predictions.deallocate()
    }
    for (j, name) in names.enumerated() {
      for v in 0..<vectors {
        var lanes = Lanes.all(values[name]!)
        // Some spread, as the nodes of a subject have.
        for lane in 0..<8 { lanes[lane] *= 1 + 0.3 * sin(Double(37 * j + 8 * v + lane)) }
        (parameters + j * vectors + v).initialize(to: lanes)
      }
    }
    let least = leastSeconds(of: repetitions) {
      model.predict(prepared, parameters: parameters, count: vectors, predictions: predictions)
      cbenchmark_observe(predictions)
    }
    return LibraryFigures(
      model: model.name, parameters: names, doses: doses, way: way,
      nanoseconds: least / Double(8 * vectors * times.count) * 1e9)
  }
}
