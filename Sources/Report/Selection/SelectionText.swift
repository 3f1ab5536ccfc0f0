import PopulationData
import Spelling
import Study

/// Fits of one data set with several numbers of components: for the terminal, and as Markdown.
package struct SelectionText: Sendable {
  private let result: SelectionResult
  private var selection: ComponentSelection { result.selection }

  package init(_ result: SelectionResult) { self.result = result }

  /// For the terminal.
  package var terminal: String {
    let lines = textTable([Self.header] + selection.candidates.map(cells))
    return
      (["\(result.dataSet)", ""] + lines.map { "  " + $0 } + [""]
      + (sentences + warnings.map { "Warning: \($0)" }).map { "  " + $0 })
      .joined(separator: "\n") + "\n"
  }

  /// As Markdown.
  package var markdown: String {
    var lines = ["## \(markdownText(result.dataSet))", ""]
    lines += markdownTable([Self.header] + selection.candidates.map(cells))
    for sentence in sentences + warnings.map({ "Warning: \($0)" }) {
      lines += ["", markdownText(sentence)]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static let header = [
    "components", "-2 log L", "error", "parameters", "AIC", "BIC", "ICL", "entropy", "relative",
    "least weight", "status",
  ]

  private func cells(_ candidate: ComponentSelection.Candidate) -> [String] {
    [
      "\(candidate.components)", fixed(candidate.minusTwoLogLikelihood, 2),
      candidate.samplingError.map { significant($0, 1) } ?? "", "\(candidate.parameters)",
      fixed(candidate.aic, 2), fixed(candidate.bic, 2), fixed(candidate.icl, 2),
      fixed(candidate.entropy, 1), candidate.relativeEntropy.map { fixed($0, 2) } ?? "",
      fixed(candidate.leastWeight, 3), candidate.status,
    ]
  }

  /// What is chosen.
  private var sentences: [String] {
    var sentences = selection.choices.map { choice in
      "\(choice.criterion.label) chooses \(counted(choice.components, "component"))"
    }
    for test in selection.tests {
      let ratio =
        "likelihood ratio of \(test.components) and \(test.components + 1): \(fixed(test.ratio, 2))"
      sentences.append(
        "\(ratio), p = \(significant(test.probability, 2)) by \(counted(test.replicates.count, "data set")) drawn from the smaller model: "
          + (test.isRejected
            ? "\(counted(test.components + 1, "component")) or more"
            : "no reason for more than \(counted(test.components, "component"))"))
    }
    return sentences
  }

  /// What the figures cannot say.
  var warnings: [String] {
    var warnings: [String] = []
    for choice in selection.choices where !choice.indistinguishable.isEmpty {
      let all = ([choice.components] + choice.indistinguishable).sorted().map { "\($0)" }
      warnings.append(
        "\(all.dropLast().joined(separator: ", ")) and \(all.last ?? "") components cannot be distinguished by \(choice.criterion.label): "
          + "the difference is within the sampling error of -2 log L; give a smaller 'estimation.precision', or more samples."
      )
    }
    for test in selection.tests where test.isUndecided {
      warnings.append(
        "\(test.components) and \(test.components + 1) components cannot be distinguished by \(counted(test.replicates.count, "replicate")): "
          + "p is within the chance of their number of the level \(significant(test.level, 2)); give more in 'likelihood-ratio-test.replicates'."
      )
    }
    for test in selection.tests where test.failed > 0 {
      warnings.append(
        "\(counted(test.failed, "data set")) of the test of \(test.components) against \(test.components + 1) components could not be fitted and \(test.failed == 1 ? "does" : "do") not count."
      )
    }
    for missed in selection.missedMaxima {
      warnings.append(
        "the fit with \(counted(missed.larger, "component")) has a -2 log L that is \(fixed(missed.by, 2)) higher than that with "
          + "\(missed.smaller), which its maximum cannot have; give more 'estimation.starts'.")
    }
    for candidate in selection.candidates where !candidate.isRegular {
      warnings.append(
        "the fit with \(counted(candidate.components, "component")) is \(candidate.status), and no criterion chooses it."
      )
    }
    return warnings
  }

  /// How often each number is chosen, where there are many data sets.
  package static func totals(_ results: [SelectionResult]) -> String {
    var counts: [(name: String, chosen: [Int?])] = ComponentSelection.Criterion.allCases.map {
      criterion in
      (
        criterion.label,
        results.map { own in
          own.selection.choices.first { $0.criterion == criterion }?.components
        }
      )
    }
    if results.contains(where: { !$0.selection.tests.isEmpty }) {
      counts.append(("likelihood ratio", results.map(\.selection.chosenByTests)))
    }
    let numbers = Set(results.flatMap { $0.selection.candidates.map(\.components) }).sorted()
    let rows = counts.map { name, chosen in
      [name] + numbers.map { k in "\(chosen.count { $0 == k })" }
    }
    let header = ["chosen by"] + numbers.map { "\($0)" }
    return
      (["\(counted(results.count, "data set")), by the number of components that is chosen", ""]
      + textTable([header] + rows).map { "  " + $0 }).joined(separator: "\n") + "\n"
  }
}

/// `components.csv`
package struct SelectionTables: Sendable {
  private let results: [SelectionResult]

  package init(_ results: [SelectionResult]) { self.results = results }

  /// A row for each number of components of each data set.
  package var candidates: [UInt8] {
    var text = CSVText()
    text.row([
      "data_set", "components", "status", "minus_two_log_likelihood", "sampling_error",
      "free_parameters", "aic", "bic", "icl", "entropy", "relative_entropy", "least_weight",
      "chosen.aic", "chosen.bic", "chosen.icl", "chosen.test", "likelihood_ratio", "p",
    ])
    for result in results {
      let selection = result.selection
      let byTests = selection.chosenByTests
      for candidate in selection.candidates {
        text.add(result.dataSet)
        text.add(candidate.components)
        text.add(candidate.status)
        text.add(candidate.minusTwoLogLikelihood)
        text.add(candidate.samplingError)
        text.add(candidate.parameters)
        text.add(candidate.aic)
        text.add(candidate.bic)
        text.add(candidate.icl)
        text.add(candidate.entropy)
        text.add(candidate.relativeEntropy)
        text.add(candidate.leastWeight)
        for criterion in ComponentSelection.Criterion.allCases {
          let choice = selection.choices.first { $0.criterion == criterion }
          text.add(choice?.components == candidate.components ? 1 : 0)
        }
        text.add(byTests.map { $0 == candidate.components ? 1.0 : 0 })
        // Against one component more.
        let test = selection.tests.first { $0.components == candidate.components }
        text.add(test?.ratio)
        text.add(test?.probability)
        text.endRow()
      }
    }
    return text.bytes
  }
}
