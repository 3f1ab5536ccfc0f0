/// The one of `candidates` that `name` is most likely a misspelling of, or nil when none is near.
///
/// Near is: equal but for upper and lower case, or at most one edit for every three characters (at
/// least one) where an edit inserts, removes or replaces a character or exchanges two neighbours.
/// Of equally near candidates the first is taken. Nobody means anything by a name of more than 40
/// characters.
package func nearestName(to name: String, among candidates: [String]) -> String? {
  guard name.count <= 40 else { return nil }
  let lowercased = name.lowercased()
  if let sameLetters = candidates.first(where: { $0.lowercased() == lowercased }) {
    return sameLetters
  }
  var nearest: (name: String, distance: Int)?
  for candidate in candidates {
    let length = min(name.count, candidate.count)
    // One edit turns any name of one letter into any other, which says nothing.
    guard length > 1 || abs(name.count - candidate.count) == 1 else { continue }
    let distance = editDistance(Array(lowercased), Array(candidate.lowercased()))
    if distance <= max(1, length / 3), distance < nearest?.distance ?? .max {
      nearest = (candidate, distance)
    }
  }
  return nearest?.name
}

/// Least number of insertions, removals, replacements and exchanges of neighbours from `a` to `b`,
/// no place being edited twice (optimal string alignment).
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
  var beforePrevious: [Int] = []
  var previous = Array(0...b.count)
  for i in 1...a.count {
    var current = [i]
    for j in 1...b.count {
      let replaced = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
      var best = min(previous[j] + 1, current[j - 1] + 1, replaced)
      if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
        best = min(best, beforePrevious[j - 2] + 1)
      }
      current.append(best)
    }
    (beforePrevious, previous) = (previous, current)
  }
  return previous[b.count]
}
