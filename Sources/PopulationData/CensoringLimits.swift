/// The limits of quantification that the censored values of a data set show, by output.
///
/// A measured value does not have the limit below which it would have been reported as censored.
/// The other values show it, see ``ranges(of:)``: what a simulation needs to censor its values as
/// the data are censored.
public struct CensoringLimits: Sendable, Equatable, Codable {
  /// A limit, and the far end of the interval behind it, which is infinite if there is none.
  public struct Limit: Sendable, Equatable, Codable {
    /// The value that a censored observation is reported with.
    public var value: Double
    /// The other end of the interval in which it lies.
    public var end: Double

    public init(value: Double, end: Double) {
      self.value = value
      self.end = end
    }
  }

  /// Limits of values below them, by number of the output; ascending, each once.
  public private(set) var lower: [Int: [Limit]] = [:]
  /// Limits of values above them, likewise.
  public private(set) var upper: [Int: [Limit]] = [:]
  /// The lowest measured value, by number of the output.
  public private(set) var lowest: [Int: Double] = [:]

  /// No limit.
  public init() {}

  /// Those of all observations of the subjects.
  public init(_ subjects: [Subject]) {
    for subject in subjects {
      for occasion in subject.occasions {
        for observation in occasion.observations {
          add(observation.censoring, at: observation.value, output: observation.output)
        }
      }
    }
  }

  /// Whether nothing is censored.
  public var isEmpty: Bool { lower.isEmpty && upper.isEmpty }

  /// Adds the limits of other subjects; the order of additions does not matter.
  public mutating func add(_ other: CensoringLimits) {
    for (output, limits) in other.lower {
      for limit in limits { Self.insert(limit, into: &lower[output, default: []]) }
    }
    for (output, value) in other.lowest { add(.none, at: value, output: output) }
    for (output, limits) in other.upper {
      for limit in limits { Self.insert(limit, into: &upper[output, default: []]) }
    }
  }

  /// Adds one observation.
  public mutating func add(
    _ censoring: Observation.Censoring, at value: Double, output: Int
  ) {
    switch censoring {
    case .none: lowest[output] = min(lowest[output] ?? .infinity, value)
    case .below(let end):
      Self.insert(Limit(value: value, end: end), into: &lower[output, default: []])
    case .above(let end):
      Self.insert(Limit(value: value, end: end), into: &upper[output, default: []])
    }
  }

  /// Of several ends of one limit the farthest below, or the nearest above, is kept.
  private static func insert(_ limit: Limit, into limits: inout [Limit]) {
    // There are few, and most observations have the one that came last.
    let place = limits.firstIndex { $0.value >= limit.value } ?? limits.count
    if place < limits.count, limits[place].value == limit.value {
      limits[place].end = min(limits[place].end, limit.end)
    } else {
      limits.insert(limit, at: place)
    }
  }
}

/// How a value of one observation would have been reported.
public struct ReportedRange: Sendable, Equatable {
  /// Values below it are reported as below it; `nil` if any value would have been reported.
  public var lower: CensoringLimits.Limit?
  /// Values above it are reported as above it.
  public var upper: CensoringLimits.Limit?
  /// Values below it are not in the data (`below-limit: conditional`).
  public var least: Double?

  /// Every value is reported as it is.
  public static let whole = ReportedRange()

  public init(
    lower: CensoringLimits.Limit? = nil, upper: CensoringLimits.Limit? = nil,
    least: Double? = nil
  ) {
    self.lower = lower
    self.upper = upper
    self.least = least
  }

  /// Whether some values would have been censored.
  public var isLimited: Bool { lower != nil || upper != nil }

  /// What would have been reported of a value.
  public func reported(_ value: Double) -> (value: Double, censoring: Observation.Censoring) {
    if let lower, value < lower.value { return (lower.value, .below(lower: lower.end)) }
    if let upper, value > upper.value { return (upper.value, .above(upper: upper.end)) }
    return (value, .none)
  }
}

extension CensoringLimits {
  /// How other values of a subject's observations would have been reported, in their order.
  ///
  /// A censored observation has its own limit. Any other has that of the subject's nearest censored
  /// observation of the same output, as far as its value allows it: a value below a limit shows
  /// that the limit does not hold there. A subject without one has the data set's highest limit
  /// that is not above any of its measured values of the output; limits above values are chosen
  /// likewise.
  public func ranges(of subject: Subject) -> [ReportedRange] {
    let observations = subject.occasions.flatMap(\.observations)
    guard !isEmpty else { return observations.map { ReportedRange(least: $0.limit) } }
    var outputs: [Int: SubjectLimits] = [:]
    for observation in observations {
      outputs[observation.output, default: SubjectLimits()].add(observation)
    }
    var places: [Int: Int] = [:]
    return observations.map { observation in
      let place = places[observation.output, default: 0]
      places[observation.output] = place + 1
      let own = outputs[observation.output]!
      var range = ReportedRange(least: observation.limit)
      range.lower =
        SubjectLimits.nearest(own.lower, to: place) { $0 <= observation.value }
        ?? lower[observation.output]?.last { $0.value <= own.lowest }
      range.upper =
        SubjectLimits.nearest(own.upper, to: place) { $0 >= observation.value }
        ?? upper[observation.output]?.first { $0.value >= own.highest }
      switch observation.censoring {
      case .none: break
      case .below(let end): range.lower = Limit(value: observation.value, end: end)
      case .above(let end): range.upper = Limit(value: observation.value, end: end)
      }
      return range
    }
  }
}

/// What one subject's observations of one output show.
private struct SubjectLimits {
  /// With their places among the observations of the output.
  var lower: [(place: Int, limit: CensoringLimits.Limit)] = []
  var upper: [(place: Int, limit: CensoringLimits.Limit)] = []
  /// Of the measured values.
  var lowest = Double.infinity
  var highest = -Double.infinity
  private var count = 0

  mutating func add(_ observation: Observation) {
    let value = observation.value
    switch observation.censoring {
    case .none:
      lowest = min(lowest, value)
      highest = max(highest, value)
    case .below(let end):
      lower.append((count, CensoringLimits.Limit(value: value, end: end)))
    case .above(let end):
      upper.append((count, CensoringLimits.Limit(value: value, end: end)))
    }
    count += 1
  }

  /// The limit of the nearest place, of two the earlier one.
  static func nearest(
    _ limits: [(place: Int, limit: CensoringLimits.Limit)], to place: Int,
    where isPossible: (Double) -> Bool
  ) -> CensoringLimits.Limit? {
    limits.filter { isPossible($0.limit.value) }
      .min { (abs($0.place - place), $0.place) < (abs($1.place - place), $1.place) }?.limit
  }
}
