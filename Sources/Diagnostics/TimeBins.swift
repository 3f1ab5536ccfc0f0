/// Observations by time, as a visual predictive check compares them.
///
/// Up to `distinctTimes` different times get a bin each, which is the design of most trials. Others
/// are cut into `binCount` bins, ten if it is not said and fewer if there would be less than twenty
/// observations in each, with about equal numbers of observations; equal times are never in
/// different bins.
struct TimeBins: Sendable {
  static let distinctTimes = 20
  private static let usualCount = 10
  private static let leastObservations = 20

  /// The bin of each observation, in the order of their times, none empty.
  let places: [Int]
  let count: Int

  init(_ times: [Double], binCount: Int? = nil) {
    let order = times.indices.sorted { (times[$0], $0) < (times[$1], $1) }
    var groups: [Range<Int>] = []
    for i in order.indices {
      if let last = groups.last, times[order[last.lowerBound]] == times[order[i]] {
        groups[groups.count - 1] = last.lowerBound..<i + 1
      } else {
        groups.append(i..<i + 1)
      }
    }
    let asked =
      binCount
      ?? (groups.count <= Self.distinctTimes
        ? groups.count : min(Self.usualCount, times.count / Self.leastObservations))
    let limit = max(1, asked)
    var places = [Int](repeating: 0, count: times.count)
    var count = 0
    var lastShare: Int?
    for (number, group) in groups.enumerated() {
      // The share in which the middle of the group lies, of `limit` equal shares of the
      // observations.
      let middle = group.lowerBound + group.upperBound
      let share =
        limit >= groups.count ? number : min(limit - 1, limit * middle / (2 * times.count))
      if let lastShare, share != lastShare { count += 1 }
      lastShare = share
      for i in group { places[order[i]] = count }
    }
    self.places = places
    self.count = times.isEmpty ? 0 : count + 1
  }
}
