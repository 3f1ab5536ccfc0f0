/// Several outputs side by side, data set by data set.
package struct FitComparison: Sendable {
  package let outputs: [FitOutput]
  /// In the order of the first output, then those that only later ones have.
  package let dataSets: [DataSetComparison]

  /// Data sets belong together by their names; where every output has one only, whatever they are
  /// called.
  package init(_ outputs: [FitOutput]) {
    self.outputs = outputs
    if outputs.allSatisfy({ $0.document.dataSets.count == 1 }) {
      let dataSets = outputs.map { $0.document.dataSets[0] }
      self.dataSets = [
        DataSetComparison(name: dataSets[0].name, outputs: outputs, dataSets: dataSets)
      ]
      return
    }
    let tables = outputs.map { output in
      Dictionary(output.document.dataSets.map { ($0.name, $0) }) { first, _ in first }
    }
    var names: [String] = []
    var known: Set<String> = []
    for output in outputs {
      for dataSet in output.document.dataSets where known.insert(dataSet.name).inserted {
        names.append(dataSet.name)
      }
    }
    dataSets = names.map { name in
      DataSetComparison(name: name, outputs: outputs, dataSets: tables.map { $0[name] })
    }
  }

  private init(outputs: [FitOutput], dataSets: [DataSetComparison]) {
    self.outputs = outputs
    self.dataSets = dataSets
  }

  /// The comparison of one data set; `nil` if no output has it.
  package func only(_ name: String) -> FitComparison? {
    let found = dataSets.filter { dataSet in
      dataSet.name == name || dataSet.fits.contains { $0.dataSet?.name == name }
    }
    return found.isEmpty ? nil : FitComparison(outputs: outputs, dataSets: found)
  }

  /// How many results of the data sets failed, and how many there are.
  package var failures: (failed: Int, all: Int) {
    let statuses = dataSets.flatMap { $0.fits.compactMap(\.dataSet?.status) }
    return (statuses.count { $0 == "failed" }, statuses.count)
  }

  package var summary: ComparisonSummary? {
    dataSets.count > 1 ? ComparisonSummary(self) : nil
  }
}
