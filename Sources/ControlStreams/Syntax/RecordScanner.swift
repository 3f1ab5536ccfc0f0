import Spelling

/// Cuts a control stream into records.
struct RecordScanner {
  private(set) var records: [ControlRecord] = []
  private(set) var faults = FaultList()

  init(_ text: String) {
    var pending: ControlRecord.Line?
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      let number = index + 1
      let line = line.last == "\r" ? line.dropLast() : line
      // A line of verbatim code may hold anything.
      let isVerbatim = line.first { !$0.isWhitespace } == "\""
      let cut = isVerbatim ? nil : line.firstIndex(of: ";")
      var content = String(cut.map { line[..<$0] } ?? line)
      var column = 1
      if var started = pending {
        started.text += " " + content
        pending = nil
        add(started)
        continue
      }
      if let dollar = content.firstIndex(where: { !$0.isWhitespace }), content[dollar] == "$" {
        let name = content[content.index(after: dollar)...].prefix { $0.isLetter || $0 == "_" }
        let place = Position(
          line: number, column: content.distance(from: content.startIndex, to: dollar) + 1)
        begin(String(name), at: place)
        column = place.column + name.count + 1
        content = String(content[name.endIndex...])
      }
      var next = ControlRecord.Line(number: number, column: column, text: content)
      if let last = content.lastIndex(where: { !$0.isWhitespace }), content[last] == "&" {
        next.text = String(content[..<last])
        pending = next
      } else {
        add(next)
      }
    }
    if let pending { add(pending) }
    if records.isEmpty, faults.faults.isEmpty {
      faults.add(
        Fault(
          .beginning,
          "there is no record, a control stream with $PROBLEM was expected."))
    }
  }

  private mutating func begin(_ name: String, at place: Position) {
    guard let kind = RecordKind(name: name) else {
      let nearest =
        RecordKind.allCases.map(\.rawValue).contains(name.uppercased())
        ? nil : nearestName(to: name.uppercased(), among: RecordKind.allCases.map(\.rawValue))
      faults.add(
        Fault(
          place,
          "$\(name.uppercased()) is not supported, and what it says cannot be left out"
            + (nearest.map { "; did you mean $\($0)?" }
              ?? "; remove the record, if the model can do without it.")))
      skips = true
      return
    }
    skips = false
    records.append(
      ControlRecord(kind: kind, position: place, name: "$" + name.uppercased(), lines: []))
  }

  /// Whether lines belong to a record that is not known.
  private var skips = false

  private mutating func add(_ line: ControlRecord.Line) {
    guard !skips else { return }
    guard !records.isEmpty else {
      if line.text.contains(where: { !$0.isWhitespace }) {
        faults.add(
          Fault(
            Position(line: line.number, column: 1),
            "text before the first record; a control stream begins with $PROBLEM."))
        skips = true
      }
      return
    }
    records[records.count - 1].lines.append(line)
  }
}

extension StringProtocol {
  /// The text without blanks at both ends.
  var trimmed: String {
    guard let first = firstIndex(where: { !$0.isWhitespace }),
      let last = lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(self[first...last])
  }
}
