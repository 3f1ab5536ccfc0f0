import Spelling
import Yams

/// `mixture.components: 1..4`: a job that is to be done with several numbers of components.
///
/// Each number makes a job of its own, whose text has the number where this one has the range, so
/// that its results are those of any job.
package struct ComponentRange {
  package let numbers: ClosedRange<Int>
  /// Whether the job says how many starts each fit has.
  package let givesStarts: Bool
  private let text: String
  /// What stands there.
  private let written: String
  private let place: String.Index

  /// Starts of a fit with two components or more, where the job does not say how many: a criterion
  /// that compares maxima is of no use if one of them was missed.
  package static let defaultStarts = 10

  /// - Returns: `nil` if the job file has no range, or is no YAML.
  /// - Throws: `JobError.invalid` if a range is written that is none.
  package init?(in text: String, path: String) throws(JobError) {
    guard let root = try? composedYAML(text),
      let scalar = root.mapping?["mixture"]?.mapping?["components"]?.scalar,
      scalar.string.contains(".."), let mark = scalar.mark
    else { return nil }
    let position = YAMLDocument(text: text, path: path).position(of: mark)
    func fault(_ message: String) -> JobError {
      .invalid([
        JobDiagnostic(
          path: path, line: position.line, column: position.column, message: message)
      ])
    }
    let parts = scalar.string.split(separator: "..", omittingEmptySubsequences: false)
    let ends = parts.map {
      StrictNumber.integer(String($0.filter { $0 != " " }), as: Int.self)
    }
    guard scalar.style == .plain, ends.count == 2, let first = ends[0], let last = ends[1],
      first >= 1, last <= 64, first < last
    else {
      throw fault(
        "'mixture.components' is \(quoted(scalar.string)), expected a number from 1 to 64, or a range such as 1..4; correct it."
      )
    }
    numbers = first...last
    if root.mapping?["simulation"] != nil {
      throw fault(
        "'mixture.components' is a range beside 'simulation', expected one number, as what is drawn has one; simulate by a job of "
          + "its own.")
    }
    if root.mapping?["bootstrap"] != nil {
      throw fault(
        "'mixture.components' is a range beside 'bootstrap', expected one number; first choose the number, then give it to a bootstrap."
      )
    }
    if root.mapping?["nonmem"]?.mapping?["root"] != nil {
      throw fault(
        "'mixture.components' is a range beside 'nonmem.root', expected one number, as each number would have the same files; remove "
          + "'root', by which they stand in the folder of each number.")
    }
    givesStarts = root.mapping?["estimation"]?.mapping?["starts"] != nil
    self.text = text
    written = scalar.string
    guard let place = Self.index(of: mark, written: scalar.string, in: text) else {
      throw fault(
        "'mixture.components' is a range that stands in more than one line; write it in one.")
    }
    self.place = place
  }

  /// Where in the text the scalar stands; lines are what YAML 1.1 takes for them.
  private static func index(of mark: Mark, written: String, in text: String) -> String.Index? {
    let scalars = text.unicodeScalars
    var index = scalars.startIndex
    if scalars.first == "\u{FEFF}" { index = scalars.index(after: index) }
    var line = 1
    while line < mark.line {
      guard index < scalars.endIndex else { return nil }
      let scalar = scalars[index]
      index = scalars.index(after: index)
      switch scalar {
      case "\r":
        if index < scalars.endIndex, scalars[index] == "\n" { index = scalars.index(after: index) }
        line += 1
      case "\n", "\u{85}", "\u{2028}", "\u{2029}": line += 1
      default: break
      }
    }
    guard
      let start = scalars.index(index, offsetBy: mark.column - 1, limitedBy: scalars.endIndex),
      scalars[start...].starts(with: written.unicodeScalars)
    else { return nil }
    return start
  }

  /// The job's text with one number of components; what follows stands where it stood.
  package func text(components: Int) -> String {
    let number = "\(components)"
    let count = written.unicodeScalars.count
    let scalars = text.unicodeScalars
    let end = scalars.index(place, offsetBy: count)
    return String(text[..<place]) + number + String(repeating: " ", count: count - number.count)
      + String(text[end...])
  }
}
