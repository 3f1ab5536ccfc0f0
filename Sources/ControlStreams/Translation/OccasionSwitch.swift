/// Which ETA counts in which occasion: `IF (OCC.EQ.1) IOV = ETA(3)`.
struct OccasionSwitch {
  var covariate: String
  /// The covariate's values, and the ETA of each.
  var values: [Double]
  var etas: [Int]
}

extension OccasionSwitch {
  /// - Returns: `nil` unless a value is one of several ETAs of the same variance, by a column.
  init?(_ value: Value, _ omega: CovarianceBlocks, _ data: DataColumns) {
    if let flags = Self.flags(value, omega, data) {
      self = flags
      return
    }
    let covariates = Set(
      value.all.compactMap { part -> String? in
        if case .comparison(.equal, .name(let name), .number) = part { name } else { nil }
      })
    let found = covariates.sorted().lazy.compactMap { Self.switched(value, by: $0, omega, data) }
    guard let first = found.first else { return nil }
    self = first
  }

  /// An expression that is another ETA for each value of a covariate, or 0.
  private static func switched(
    _ value: Value, by covariate: String, _ omega: CovarianceBlocks, _ data: DataColumns
  ) -> OccasionSwitch? {
    var numbers: [Double] = []
    for case .comparison(.equal, .name(covariate), .number(let x)) in value.all
    where !numbers.contains(x) {
      numbers.append(x)
    }
    // An ELSE stands for what else is in the data.
    for x in data.values(covariate) ?? [] where !numbers.contains(x) { numbers.append(x) }
    var occasions = OccasionSwitch(covariate: covariate, values: [], etas: [])
    for x in numbers.sorted() {
      switch value.replacing({ $0 == .name(covariate) ? .number(x) : nil }) {
      case .eta(let i):
        occasions.values.append(x)
        occasions.etas.append(i)
      case .undefined, .number(0): break
      default: return nil
      }
    }
    guard occasions.etas.count > 1, Set(occasions.etas).count == occasions.etas.count,
      areSame(occasions.etas, omega)
    else { return nil }
    return occasions
  }

  /// OCC1·η₁ + OCC2·η₂ of two columns of which one is 1 and the other one 0 in each row.
  private static func flags(
    _ value: Value, _ omega: CovarianceBlocks, _ data: DataColumns
  ) -> OccasionSwitch? {
    var columns: [String] = []
    var etas: [Int] = []
    for term in value.terms {
      guard case .product(let factors) = term, factors.count == 2 else { return nil }
      for (a, b) in [(factors[0], factors[1]), (factors[1], factors[0])] {
        guard case .name(let column) = a, case .eta(let i) = b else { continue }
        columns.append(column)
        etas.append(i)
      }
    }
    guard columns.count == 2, value.terms.count == 2, areSame(etas, omega),
      data.areComplementary(columns[0], columns[1])
    else { return nil }
    return OccasionSwitch(covariate: columns[1], values: [0, 1], etas: etas)
  }

  /// Whether ETAs have one variance by SAME.
  private static func areSame(_ etas: [Int], _ omega: CovarianceBlocks) -> Bool {
    let origins = etas.compactMap { omega.origin(of: $0) }
    return origins.count == etas.count && Set(origins).count == 1
  }
}
