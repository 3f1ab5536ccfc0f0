import Estimation
import Study

/// The estimates of one simulated data set by several methods, side by side: for the terminal, and
/// as Markdown.
package struct MethodsText: Sendable {
  private let methods: [StudyMethod]

  /// - Parameter methods: each with one data set.
  package init(_ methods: [StudyMethod]) { self.methods = methods }

  /// For the terminal.
  package var terminal: String {
    let rows = self.rows
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      "  " + row.enumerated().map { padded($1, widths[$0], right: $0 > 0) }.joined(separator: "  ")
    }.joined(separator: "\n") + "\n"
  }

  /// As Markdown.
  package var markdown: String {
    let rows = self.rows.map { "| " + $0.map(markdownText).joined(separator: " | ") + " |" }
    let rule = "|---|" + String(repeating: "---:|", count: methods.count + 2)
    return ([rows[0], rule] + rows.dropFirst()).joined(separator: "\n") + "\n"
  }

  private var rows: [[String]] {
    let all = methods.map { $0.replicates[0] }
    let errors = all.map(\.errors)
    var rows = [["parameter", "true", "in the sample"] + methods.map(\.name)]
    for (place, truth) in (errors.first { !$0.isEmpty } ?? []).enumerated()
    where truth.kind.isPrincipal || truth.parameter == "sigma" {
      rows.append(
        [
          truth.parameter, significant(truth.truth),
          truth.realised.map { significant($0) } ?? "",
        ]
          + errors.map { $0.isEmpty ? "" : significant($0[place].estimate) })
    }
    rows.append(["status", "", ""] + all.map(\.status))
    rows.append(
      ["subjects in the wrong class", "", ""] + all.map { $0.misclassified.map { "\($0)" } ?? "" })
    return rows
  }
}
