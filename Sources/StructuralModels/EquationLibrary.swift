import CompartmentModels
import ModelLanguage

/// The linear models that `linCmt` may mean, taken from the library.
enum EquationLibrary {
  /// A way to write a linear model, as the language and as the library know it.
  struct Entry: Sendable {
    var definition: LibraryModel
    /// Without optional parameters.
    var model: LinearModel
  }

  static let entries: [Entry] = LinearModel.all.flatMap { family in
    family.variants.compactMap { variant -> Entry? in
      // V1 is a synonym of V in the language.
      guard variant.parameterNames == variant.necessaryParameters,
        !variant.parameterNames.contains("V1")
      else { return nil }
      return Entry(definition: definition(variant), model: variant)
    }
  }

  private static func definition(_ model: LinearModel) -> LibraryModel {
    let names = model.parameterNames
    func place(_ name: String) -> Int? { names.firstIndex(of: name) }
    let absorption = place("ka")
    let central = absorption == nil ? 0 : 1
    let volume = place("V")
    let disposition = names.count - (absorption == nil ? 0 : 1)
    let compartments =
      (absorption == nil ? [] : ["depot"])
      + ["central", "peripheral1", "peripheral2"]
      .prefix(disposition / 2)
    var flows: [LibraryModel.Flow] = []
    if let absorption {
      flows.append(LibraryModel.Flow(from: 0, to: central, rate: absorption))
    }
    if let clearance = place("CL"), let volume {
      flows.append(LibraryModel.Flow(from: central, to: nil, rate: clearance, over: volume))
      let exchanges = [(place("Q") ?? place("Q2"), place("V2")), (place("Q3"), place("V3"))]
      for (number, exchange) in exchanges.enumerated() {
        guard let clearance = exchange.0, let peripheral = exchange.1 else { continue }
        let other = central + 1 + number
        flows.append(
          LibraryModel.Flow(from: central, to: other, rate: clearance, over: volume))
        flows.append(
          LibraryModel.Flow(from: other, to: central, rate: clearance, over: peripheral))
      }
    } else if let elimination = place("k") {
      flows.append(LibraryModel.Flow(from: central, to: nil, rate: elimination))
      for (number, rates) in [("k12", "k21"), ("k13", "k31")].enumerated() {
        guard let outward = place(rates.0), let inward = place(rates.1) else { continue }
        let other = central + 1 + number
        flows.append(LibraryModel.Flow(from: central, to: other, rate: outward))
        flows.append(LibraryModel.Flow(from: other, to: central, rate: inward))
      }
    } else {
      // Exponents and coefficients say nothing of compartments.
      flows = []
    }
    return LibraryModel(
      parameters: names, compartments: Array(compartments), observed: central, volume: volume,
      flows: flows)
  }

  /// The library's model with optional parameters for the properties of its first compartment, in
  /// the order of its own names.
  static func model(_ entry: Entry, with properties: [CompartmentProperty]) -> LinearModel? {
    let names = Set(entry.model.parameterNames + properties.compactMap(parameterName))
    guard let family = LinearModel.all.first(where: { $0.name == entry.model.name }) else {
      return nil
    }
    return family.variants.first {
      Set($0.parameterNames) == names && $0.parameterNames.count == names.count
    }
  }

  /// What a property is where parameters vary.
  static func input(_ property: CompartmentProperty) -> VaryingLinearModel.Input {
    switch property {
    case .initial: .initialAmount
    case .lag: .lag
    case .bioavailability: .bioavailability
    case .rate: .rate
    case .duration: .duration
    }
  }

  /// What the library calls a property.
  static func parameterName(_ property: CompartmentProperty) -> String? {
    switch property {
    case .initial: nil
    case .lag: "tlag"
    case .bioavailability: "F"
    case .rate: "rate"
    case .duration: "dur"
    }
  }
}
