import Spelling
import Study

/// The bootstrap of one data set's fit: for the terminal, and as Markdown.
package struct BootstrapText: Sendable {
  private let result: BootstrapResult
  private let kind: String
  private var summary: BootstrapSummary { result.summary }

  /// - Parameter kind: `nonparametric` or `parametric`.
  package init(_ result: BootstrapResult, kind: String) {
    self.result = result
    self.kind = kind
  }

  /// For the terminal.
  package var terminal: String {
    let lines = textTable([Self.header] + summary.parameters.map(cells))
    return ([headline, ""] + lines.map { "  " + $0 } + [""] + notes.map { "  " + $0 })
      .joined(separator: "\n") + "\n"
  }

  /// As Markdown.
  package var markdown: String {
    var lines = ["## \(markdownText(result.dataSet))", "", markdownText(headline), ""]
    lines += markdownTable([Self.header] + summary.parameters.map(cells))
    for note in notes { lines += ["", markdownText(note)] }
    return lines.joined(separator: "\n") + "\n"
  }

  private static let header = [
    "parameter", "estimate", "SE", "bootstrap SE", "bias", "median", "2.5 %", "97.5 %",
  ]

  private func cells(_ parameter: BootstrapSummary.Parameter) -> [String] {
    [
      parameter.name, significant(parameter.estimate),
      parameter.standardError.map { significant($0, 3) } ?? "",
      parameter.deviation.map { significant($0, 3) } ?? "", significant(parameter.bias, 2),
      significant(parameter.median), significant(parameter.interval.low),
      significant(parameter.interval.high),
    ]
  }

  private var headline: String {
    let statuses = summary.statuses.map { "\($0.count) \($0.status)" }.joined(separator: ", ")
    return
      "\(result.dataSet): \(counted(summary.replicates.count, "\(kind) replicate")): \(statuses)"
  }

  private var notes: [String] {
    var notes: [String] = []
    let irregular = summary.replicates.count { !$0.isRegular }
    if summary.used < summary.replicates.count {
      notes.append("\(summary.used) of \(summary.replicates.count) replicates count")
    }
    if irregular > 0 {
      notes.append(
        "Warning: \(counted(irregular, "replicate")) did not end as \(irregular == 1 ? "it" : "they") should and \(irregular == 1 ? "does" : "do") not count, "
          + "which makes the intervals too narrow if they are the extreme ones; look at their data sets, or give a prior."
      )
    }
    if summary.ambiguous > 0 {
      notes.append(
        "Warning: in \(counted(summary.ambiguous, "replicate")) it is not clear which component is which (margin below "
          + "\(LabelAlignment.leastMargin)); \(summary.ambiguous == 1 ? "it does" : "they do") not count. Components that overlap so much are no safe finding."
      )
    }
    if summary.relabelled > 0 {
      notes.append(
        "in \(counted(summary.relabelled, "replicate")) the components stood in another order than in the fit, and were named by its "
          + "subjects")
    }
    if let margin = summary.leastMargin, summary.used > 0 {
      notes.append("least margin of the naming of components: \(fixed(margin, 2)) of 1")
    }
    // Each end of the interval has to lie well within what was drawn.
    if (1..<200).contains(summary.used) {
      notes.append(
        "few replicates: the ends of the intervals are the \(ordinal(max(1, Int(0.025 * Double(summary.used - 1)) + 1))) value from outside, give 1000"
      )
    }
    notes.append(
      "SE is that of the fit, from the outer product of the scores; bias is mean - estimate")
    return notes
  }

  private func ordinal(_ number: Int) -> String {
    switch (number % 10, number % 100) {
    case (1, let two) where two != 11: "\(number)st"
    case (2, let two) where two != 12: "\(number)nd"
    case (3, let two) where two != 13: "\(number)rd"
    default: "\(number)th"
    }
  }
}
