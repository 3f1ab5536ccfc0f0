/// One individual: doses and observations that share one vector of random effects.
public struct Subject: Sendable, Equatable {
  /// The ID as first written in the file.
  public var id: String
  /// Place among the subjects of the data set, from 0, in the order of their first rows.
  public var index: Int
  /// Occasions in the order of the rows; none is empty.
  public var occasions: [Occasion]
  /// Line of the subject's first row.
  public var line: Int
  /// Values of the covariates that the format names, in its order, by row; what happens has the
  /// number of its row.
  ///
  /// There is at least one row, and only one if the covariates are constant; it is empty if there
  /// are no covariates.
  public var covariates: [[Double]]

  public init(
    id: String, index: Int, occasions: [Occasion], line: Int = 0,
    covariates: [[Double]] = Subject.noCovariates
  ) {
    self.id = id
    self.index = index
    self.occasions = occasions
    self.line = line
    self.covariates = covariates
  }

  /// One row without values; all subjects without covariates share it.
  public static let noCovariates: [[Double]] = [[]]

  /// Whether there are covariates.
  public var hasCovariates: Bool { covariates.first?.isEmpty == false }

  /// Number of observations over all occasions.
  @inlinable public var observationCount: Int {
    // By place, and without a closure: what takes occasions out of the array, or the array out of
    // the subject, counts references.
    var count = 0
    for place in occasions.indices { count += occasions[place].observations.count }
    return count
  }

  /// Number of observations that were measured, and are not known by an interval only.
  public var measuredCount: Int {
    occasions.indices.reduce(0) { sum, place in
      sum + occasions[place].observations.count { !$0.isCensored }
    }
  }

  /// Whether all that happens to the subject are boluses without steady states.
  public var hasPlainBolusesOnly: Bool {
    occasions.indices.allSatisfy { o in
      occasions[o].doses.allSatisfy(\.isPlainBolus)
        && !occasions[o].others.contains { $0.compartment < 0 }
    }
  }

  /// Number of doses over all occasions, additional doses counted one by one.
  public var doseCount: Int {
    occasions.indices.reduce(0) { $0 + occasions[$1].doses.count }
  }
}

extension Subject {
  /// Line of the first record at which a row of covariates holds; that of the subject if no record
  /// has it.
  public func line(ofCovariates row: Int) -> Int {
    var found: Int?
    for occasion in occasions {
      occasion.forEachHappening { happening in
        let (own, line) =
          switch happening {
          case .dose(let place): (occasion.doses[place].covariates, occasion.doses[place].line)
          case .observation(let place):
            (occasion.observations[place].covariates, occasion.observations[place].line)
          case .other(let place): (occasion.others[place].covariates, occasion.others[place].line)
          }
        if own == row, found == nil { found = line }
      }
    }
    return found ?? line
  }

  /// Line of the first record that turns a compartment on or off (EVID 2); nil if there is none.
  public func line(turning compartment: Int) -> Int? {
    occasions.lazy.flatMap(\.others).first { abs($0.compartment) == compartment }?.line
  }
}
