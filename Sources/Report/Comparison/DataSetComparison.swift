/// Several fits of one data set side by side.
package struct DataSetComparison: Sendable {
  package let name: String
  /// One of each output, in the order in which they were given.
  package let fits: [ComparedFit]

  /// - Parameter dataSets: of each output, if it has the data set.
  init(name: String, outputs: [FitOutput], dataSets: [FitDocument.DataSet?]) {
    self.name = name
    let reference = dataSets.compactMap { $0 }.first { $0.fit != nil }
    fits = zip(outputs, dataSets).map { ComparedFit($0, $1, reference: reference) }
  }

  package enum Criterion: String, Sendable, CaseIterable {
    case likelihood = "-2 log L"
    case aic = "AIC"
    case bic = "BIC"
    case icl = "ICL"

    /// Those that know of the number of parameters, and so can choose a model.
    static let choosing: [Criterion] = [.aic, .bic, .icl]

    /// `nil`: documents of earlier versions have no ICL.
    func value(_ fit: FitDocument.Fit) -> Double? {
      switch self {
      case .likelihood: fit.minusTwoLogLikelihood
      case .aic: fit.aic
      case .bic: fit.bic
      case .icl: fit.icl
      }
    }
  }

  /// The fits that can be compared.
  var comparable: [ComparedFit] { fits.filter(\.isComparable) }

  /// Whether all outputs have a fit of the same data.
  package var isComplete: Bool { fits.allSatisfy(\.isComparable) }

  /// Place of the fit with the lowest value, of those that can be compared; `nil` if there are not
  /// two, or one has no value.
  package func best(by criterion: Criterion) -> Int? {
    let places = fits.indices.filter { fits[$0].isComparable && fits[$0].fit != nil }
    let values = places.compactMap { fits[$0].fit.flatMap(criterion.value) }
    guard places.count > 1, values.count == places.count else { return nil }
    return values.indices.min { values[$0] < values[$1] }.map { places[$0] }
  }

  /// Whether ICL says anything that BIC does not.
  var hasClasses: Bool { fits.contains { $0.componentCount > 1 && $0.fit?.icl != nil } }

  /// The same where the others are above it by more than two standard errors of the sampling; `nil`
  /// if any is not.
  func clearlyBest(by criterion: Criterion) -> Int? {
    guard let place = best(by: criterion), let least = fits[place].fit.flatMap(criterion.value)
    else { return nil }
    let isClear = fits.indices.allSatisfy { i in
      guard i != place, fits[i].isComparable, let value = fits[i].fit.flatMap(criterion.value)
      else { return true }
      let error = ComparedFit.differenceError(fits[place], fits[i]).map { 2 * $0 } ?? 0
      return value - least > error
    }
    return isClear ? place : nil
  }

  /// What each fit's criterion is above the best one; `nil` where it cannot be compared.
  package func differences(_ criterion: Criterion) -> [Double?] {
    guard let best = best(by: criterion), let least = fits[best].fit.flatMap(criterion.value)
    else { return fits.map { _ in nil } }
    return fits.map { fit in
      fit.isComparable ? fit.fit.flatMap(criterion.value).map { $0 - least } : nil
    }
  }

  /// Names of the parameters of any of the fits and of those derived from them, such that those of
  /// each fit are in their order; a name that is a parameter's in any fit, as `w.2` is of three
  /// components, is not among the derived ones.
  package var parameterNames: (parameters: [String], derived: [String]) {
    Self.names(fits.compactMap(\.fit))
  }

  static func names(_ fits: [FitDocument.Fit]) -> (parameters: [String], derived: [String]) {
    let parameters = merged(fits.map { $0.parameters.map(\.name) })
    let derived = merged(fits.map { $0.derived.map(\.name) })
    return (parameters, derived.filter { !parameters.contains($0) })
  }

  /// Names that are new stand before the next one that is known already: `mu.k.1` and `mu.k.2` of
  /// two components between `mu.k` of one and `mu.V` of both.
  static func merged(_ lists: [[String]]) -> [String] {
    var names: [String] = []
    for list in lists {
      var waiting: [String] = []
      for name in list {
        if let place = names.firstIndex(of: name) {
          names.insert(contentsOf: waiting, at: place)
          waiting = []
        } else {
          waiting.append(name)
        }
      }
      names += waiting
    }
    return names
  }
}

extension FitDocument.Fit {
  /// A parameter, or a quantity derived from them, by its name.
  func parameter(_ name: String) -> FitDocument.Parameter? {
    parameters.first { $0.name == name } ?? derived.first { $0.name == name }
  }
}
