/// Jobs that are done in a moment: two components of k of a bolus model, with start values.
package enum SmallJob {
  /// On a data file.
  /// - Parameters:
  ///   - data: what follows `files:`.
  ///   - estimation: lines of the section, the first without its two spaces.
  package static func onFile(_ data: String, estimation: String) -> String {
    text("data:\n  files: \(data)\n", estimation, "")
  }

  /// On data sets that are simulated.
  package static func simulated(dataSets: Int, subjects: Int, estimation: String) -> String {
    text(
      "", estimation,
      """
      simulation:
        data-sets: \(dataSets)
        subjects: \(subjects)
        doses: [{time: 0, amount: 100}]
        times: [1.5, 2, 3, 4, 5.5]
        values:
          weights: [0.8, 0.2]
          typical: {V: 20, k: [0.3, 0.6]}
          variance: {V: 4, k: 0.0036}
          sigma: .1
        seed: 2007

      """)
  }

  private static func text(_ data: String, _ estimation: String, _ simulation: String) -> String {
    """
    popmix: 1
    job: small
    \(data)model:
      structure: one-compartment bolus
      random-effects:
        V: {distribution: normal, membership: shared}
        k: {distribution: normal, membership: mixture}
      residual-error: proportional
      start:
        weights: [0.5, 0.5]
        typical: {V: 18, k: [0.25, 0.7]}
        variance: {V: 9, k: 0.01}
        sigma: 0.2
    mixture:
      components: 2
    estimation:
      \(estimation)
    \(simulation)output: out

    """
  }
}
