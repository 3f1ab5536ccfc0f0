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
