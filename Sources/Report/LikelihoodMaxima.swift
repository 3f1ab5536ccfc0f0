import Spelling

/// The different maxima of the likelihood, or of the posterior where there is a prior, at which the
/// starts of one data set ended, and how often each was found.
package struct LikelihoodMaxima: Sendable, Equatable {
  package struct Maximum: Sendable, Equatable {
    /// Of the best of its ends.
    package let minusTwoLogLikelihood: Double
    /// −2(log L + log p(ϕ̂)) of that end; `nil` without a prior.
    package let minusTwoLogPosterior: Double?
    /// How many starts ended there.
    package fileprivate(set) var starts: Int
  }

  /// By −2 log L, or −2 log posterior, the best first; empty if no start ended as it should.
  package let maxima: [Maximum]
  /// Of each start, the number of its maximum, from 1; `nil` if it did not end as it should.
  package let numbers: [Int?]
  /// Whether the second maximum is as high as the best, but elsewhere.
  package let hasEqualMaxima: Bool
  private let statuses: [String]
  /// A start that did not end as it should, and is lower than all maxima by so much.
  private let unfinished: Unfinished?

  private struct Unfinished: Equatable {
    let start: Int
    let gain: Double
  }

  /// - Parameters:
  ///   - starts: status and end of each, which is `nil` for those that did not end as they should.
  ///   - unfinished: the number of the start that is kept, where it is none of these, and what its
  ///     −2 log L (or posterior) is lower by than the best maximum.
  package init(
    _ starts: [(status: String, end: StartEnd?)], unfinished: (start: Int, gain: Double)? = nil
  ) {
    self.unfinished = unfinished.map { Unfinished(start: $0.start, gain: $0.gain) }
    var found: [(end: StartEnd, maximum: Maximum)] = []
    var numbers = [Int?](repeating: nil, count: starts.count)
    let ends = starts.indices.compactMap { place in starts[place].end.map { (place, $0) } }
      .sorted { ($0.1.objective, $0.0) < ($1.1.objective, $1.0) }
    for (place, end) in ends {
      // Each is compared with the best end of a maximum, so that a row of ends that are a little
      // apart does not become one.
      if let number = found.firstIndex(where: { $0.end.isSame(as: end) }) {
        found[number].maximum.starts += 1
        numbers[place] = number + 1
      } else {
        found.append(
          (
            end,
            Maximum(
              minusTwoLogLikelihood: end.minusTwoLogLikelihood,
              minusTwoLogPosterior: end.minusTwoLogPosterior, starts: 1)
          ))
        numbers[place] = found.count
      }
    }
    maxima = found.map(\.maximum)
    self.numbers = numbers
    hasEqualMaxima =
      found.count > 1
      && found[1].end.objective - found[0].end.objective
        < found[0].end.height(to: found[1].end)
    statuses = starts.map(\.status)
  }

  /// Starts that ended as they should.
  package var regularCount: Int { numbers.count { $0 != nil } }

  /// For a table of one data set.
  package var text: String {
    var parts: [String] = []
    let head = counted(numbers.count, "start") + ": "
    func value(_ maximum: Maximum) -> String {
      fixed(maximum.minusTwoLogPosterior ?? maximum.minusTwoLogLikelihood, 3)
    }
    func at(_ maximum: Maximum) -> String { "\(objectiveName) \(value(maximum))" }
    switch maxima.count {
    case 0: parts.append(head + "no maximum")
    case 1: parts.append(head + "one maximum, \(at(maxima[0])), found by \(maxima[0].starts)")
    default:
      parts.append(
        head + "\(maxima.count) maxima; the best, \(at(maxima[0])), found by \(maxima[0].starts)")
      let others = maxima.dropFirst().prefix(Self.namedMaxima).map {
        "\(value($0)) by \($0.starts)"
      }
      let more = maxima.count - 1 - others.count
      parts.append(
        "next " + others.joined(separator: ", ") + (more > 0 ? " and \(more) more" : ""))
    }
    for (status, words) in [
      ("not converged", "did not converge"), ("degenerate", "degenerate"), ("failed", "failed"),
    ] {
      let count = statuses.count { $0 == status }
      if count > 0 { parts.append("\(count) \(words)") }
    }
    return parts.joined(separator: "; ")
  }

  private var objectiveName: String {
    maxima.contains { $0.minusTwoLogPosterior != nil } ? "-2 log posterior" : "-2 log L"
  }

  /// For the line of one data set of many.
  package var clause: String {
    guard let best = maxima.first else { return "no maximum from \(numbers.count) starts" }
    let found = "found by \(best.starts) of \(counted(numbers.count, "start"))"
    return maxima.count == 1 ? "one maximum, \(found)" : "best of \(maxima.count) maxima, \(found)"
  }

  /// What a user should know before trusting the best one, with a remedy.
  package var warnings: [String] {
    var warnings: [String] = []
    if let unfinished {
      return [
        "start \(unfinished.start) did not end at a verified maximum, but its \(objectiveName) is lower than the best of the others' by \(fixed(unfinished.gain, 2)), "
          + "so its end is kept; raise `iterations` or `samples`, or start from its estimates."
      ]
    }
    if hasEqualMaxima {
      warnings.append(
        "starts end at the same \(objectiveName) with different estimates: either parts of the model "
          + "have changed places, as two peripheral compartments can, and the names alone differ, or "
          + "the data do not determine the estimates; then use a smaller model, or fix a parameter."
      )
    } else if let best = maxima.first, best.starts == 1, regularCount >= Self.fewStarts {
      warnings.append(
        "only 1 of the \(regularCount) starts that ended as they should found the best maximum, and a better one "
          + "may have been missed; raise `starts`, or give starting values near these estimates, and see whether "
          + "they are found again.")
    }
    return warnings
  }

  /// Maxima that are named beside the best.
  private static let namedMaxima = 4
  /// Fewer starts do not say how often a maximum is found.
  private static let fewStarts = 2
}
