import PopulationData

extension FitComparison {
  /// A row for each output and data set, for scripts; with a header.
  package var csv: String {
    let both = DataSetComparison.names(
      outputs.compactMap { $0.document.dataSets.lazy.compactMap(\.fit).first })
    let names = both.parameters + both.derived
    var text = CSVText()
    text.row(
      [
        "data_set", "output", "path", "job", "method", "components", "free_parameters", "status",
        "comparable", "subjects", "observations", "minus_two_log_likelihood",
        "sampling_error.minus_two_log_likelihood", "nonmem_objective", "aic", "aic_difference",
        "bic", "bic_difference", "icl", "icl_difference",
      ] + names.flatMap { [$0, "se.\($0)"] })
    for dataSet in dataSets {
      let differences = DataSetComparison.Criterion.choosing.map { dataSet.differences($0) }
      for (i, fit) in dataSet.fits.enumerated() {
        add(fit, name: dataSet.name, differences: differences.map { $0[i] }, names, to: &text)
      }
    }
    return String(decoding: text.bytes, as: UTF8.self)
  }

  private func add(
    _ compared: ComparedFit, name: String, differences: [Double?], _ names: [String],
    to text: inout CSVText
  ) {
    let document = compared.output.document
    for field in [
      compared.dataSet?.name ?? name, compared.label, compared.output.path, document.job,
      document.estimation.method,
    ] { text.add(field) }
    text.add(compared.componentCount)
    text.add(compared.freeParameterCount)
    text.add(compared.status)
    text.add(compared.isComparable ? 1 : 0)
    for count in [compared.dataSet?.subjects, compared.dataSet?.observations] {
      if let count { text.add(count) } else { text.add("") }
    }
    let fit = compared.fit
    text.add(fit?.minusTwoLogLikelihood)
    text.add(fit?.samplingError?.minusTwoLogLikelihood)
    text.add(fit?.nonmemObjective)
    text.add(fit?.aic)
    text.add(differences[0])
    text.add(fit?.bic)
    text.add(differences[1])
    text.add(fit?.icl)
    text.add(differences[2])
    let parameters = (fit?.parameters ?? []) + (fit?.derived ?? [])
    let table = Dictionary(parameters.map { ($0.name, $0) }) { first, _ in first }
    for name in names {
      text.add(table[name]?.estimate)
      text.add(table[name]?.standardError)
    }
    text.endRow()
  }
}
