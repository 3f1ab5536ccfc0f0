import PopulationModel

/// The words for distributions of effects.
enum DistributionWord: String, CaseIterable {
  case normal, lognormal
  case logitNormal = "logit-normal"
  case boxCox = "box-cox"

  /// Keys that some of them have.
  static let keys = ["bounds", "power"]
}

extension JobFileReader {
  /// The distribution of an effect, or the scale on which a fixed one is estimated.
  func distribution(_ keys: YAMLMapping) -> EffectDistribution? {
    guard let word = keys.required("distribution")?.choice(of: DistributionWord.self) else {
      return nil
    }
    if word != .logitNormal, let bounds = keys["bounds"] {
      bounds.report(
        "stands beside '\(word.rawValue)', expected 'logit-normal'; remove it.", atKey: true)
      return nil
    }
    if word != .boxCox, let power = keys["power"] {
      power.report("stands beside '\(word.rawValue)', expected 'box-cox'; remove it.", atKey: true)
      return nil
    }
    switch word {
    case .normal: return .normal
    case .lognormal: return .lognormal
    case .logitNormal:
      guard let bounds = keys["bounds"] else { return .logitNormal(lower: 0, upper: 1) }
      guard let items = bounds.list(of: "two numbers"),
        let numbers = items.every({ $0.number(.any) })
      else { return nil }
      guard numbers.count == 2, numbers[0] < numbers[1] else {
        bounds.report("is not two numbers in ascending order, expected as '[0, 1]'; correct it.")
        return nil
      }
      return .logitNormal(lower: numbers[0], upper: numbers[1])
    case .boxCox:
      guard let power = keys.required("power")?.number(.notZero) else { return nil }
      return .boxCox(power: power)
    }
  }
}
