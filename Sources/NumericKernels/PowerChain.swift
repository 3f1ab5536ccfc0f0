/// An addition chain for times: powers e^(−kt) of all of them by few exponentials.
package struct PowerChain {
  package struct Link: Equatable {
    package let time: Double
    /// Places of two links before it whose times add up to this one.
    package let factors: (Int, Int)?

    package static func == (a: Link, b: Link) -> Bool {
      a.time == b.time && a.factors?.0 == b.factors?.0 && a.factors?.1 == b.factors?.1
    }
  }

  /// In ascending order of time.
  package let links: [Link]
  /// The link of each of the given times; −1 for 0.
  package let places: [Int]

  /// - Parameters:
  ///   - times: between events, none negative; they count as equal within the rounding of the
  ///     clock.
  ///   - errorLimit: rounding errors that a power may have, in units in the last place.
  package init(_ times: [Double], errorLimit: Int = 16) {
    let tolerance = 2 * times.reduce(0, +).ulp
    var links: [Link] = []
    var errors: [Int] = []
    var places = [Int](repeating: -1, count: times.count)
    for place in times.indices.sorted(by: { times[$0] < times[$1] }) where times[place] > 0 {
      let time = times[place]
      if let last = links.last, time - last.time <= tolerance {
        places[place] = links.count - 1
        continue
      }
      // From both ends inwards: the sum of the two grows with `low` and falls with `high`.
      var best: (Int, Int)?
      var bestError = errorLimit
      var (low, high) = (0, links.count - 1)
      while low <= high {
        let difference = links[low].time + links[high].time - time
        let error = errors[low] + errors[high] + 1
        if abs(difference) <= tolerance, error < bestError {
          (best, bestError) = ((low, high), error)
        }
        if difference > 0 { high -= 1 } else { low += 1 }
      }
      links.append(Link(time: time, factors: best))
      errors.append(best == nil ? 1 : bestError)
      places[place] = links.count - 1
    }
    self.links = links
    self.places = places
  }
}
