/// Collects what is found in a text.
struct Diagnostics {
  let source: SourceText
  private(set) var found: [(offset: Int, diagnostic: ModelDiagnostic)] = []
  private(set) var errorCount = 0

  init(_ source: SourceText) { self.source = source }

  /// Whether no more faults are told.
  var isFull: Bool { errorCount >= ModelTextError.limit }

  mutating func error(_ span: SourceText.Span, _ message: String) {
    guard !isFull else { return }
    errorCount += 1
    add(span, message, .error)
  }

  mutating func warning(_ span: SourceText.Span, _ message: String) {
    guard found.count - errorCount < ModelTextError.limit else { return }
    add(span, message, .warning)
  }

  private mutating func add(
    _ span: SourceText.Span, _ message: String, _ severity: ModelDiagnostic.Severity
  ) {
    let (line, column) = source.place(span.start)
    found.append(
      (
        span.start,
        ModelDiagnostic(
          severity: severity, line: line, column: column,
          length: max(1, source.characters(span.start, span.end)), message: message)
      ))
  }

  /// In the order of their places.
  func sorted(_ severity: ModelDiagnostic.Severity) -> [ModelDiagnostic] {
    found.enumerated().filter { $0.element.diagnostic.severity == severity }
      .sorted { ($0.element.offset, $0.offset) < ($1.element.offset, $1.offset) }
      .map(\.element.diagnostic)
  }
}

extension String {
  /// At most 40 characters, so that a message stays readable.
  var clipped: String { count <= 40 ? self : prefix(37) + "…" }

  /// A name or piece of text as messages show it.
  var quoted: String { "`" + clipped + "`" }
}

/// The one of `candidates` that `name` is most likely a misspelling of, or `nil` when none is near: equal but for upper and
/// lower case, or one edit for every three characters.
func nearestName(to name: String, among candidates: [String]) -> String? {
  guard name.count <= 40 else { return nil }
  let lowercased = name.lowercased()
  if let same = candidates.first(where: { $0.lowercased() == lowercased }) { return same }
  var nearest: (name: String, distance: Int)?
  for candidate in candidates {
    let length = min(name.count, candidate.count)
    guard length > 1, abs(name.count - candidate.count) <= 3 else { continue }
    let distance = editDistance(Array(lowercased.utf8), Array(candidate.lowercased().utf8))
    if distance <= max(1, length / 3), distance < nearest?.distance ?? .max {
      nearest = (candidate, distance)
    }
  }
  return nearest?.name
}

/// Least number of insertions, removals, replacements and exchanges of neighbours (optimal string alignment).
private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
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
