import Report

/// Texts of small `fit.json` files.
struct FixtureFit {
  var name = "a.csv"
  var sha256: String? = "00"
  var fingerprint: String? = "f1"
  var observations: String?
  var design: String?
  var status = "converged"
  var minusTwoLogLikelihood: Double? = 100
  var error: Double? = 0.01
  var logPrior: Double?
  /// Name, estimate, standard error; fixed without.
  var parameters: [(String, Double, Double?)] = [("mu.k", 0.3, 0.01), ("sigma2", 0.01, 0.001)]
  var derived: [(String, Double, Double?)] = []
  var warnings: [String] = []
  var entropy: Double? = 0

  private func list(_ parameters: [(String, Double, Double?)]) -> String {
    parameters.map { name, estimate, error in
      """
      {"name": "\(name)", "estimate": \(estimate), "fixed": \(error == nil), \
      \(error.map { "\"standard_error\": \($0)," } ?? "") "interval_scale": "plain"}
      """
    }.joined(separator: ", ")
  }

  func text(freeParameters q: Int) -> String {
    func optional(_ key: String, _ value: String?) -> String {
      value.map { "\"\(key)\": \"\($0)\"," } ?? ""
    }
    let values = #"{"weights": [1], "means": [[1]], "covariances": [[[1]]], "sigma2": 1}"#
    let fit = minusTwoLogLikelihood.map { value in
      """
      , "fit": {"log_likelihood": \(-value / 2), "minus_two_log_likelihood": \(value),
        "nonmem_objective": \(value - 918.94), "aic": \(value + 2 * Double(q)),
        "bic": \(value + 4.6 * Double(q)),
        \(entropy.map { "\"icl\": \(value + 4.6 * Double(q) + 2 * $0)," } ?? "")
        \(logPrior.map { "\"log_prior\": \($0), \"log_posterior\": \($0 - value / 2)," } ?? "")
        \(error.map { #""sampling_error": {"minus_two_log_likelihood": \#($0), "samples_least": 1, "samples_most": 1},"# } ?? "")
        "parameters": [\(list(parameters))], "derived": [\(list(derived))],
        "estimates": \(values), "start": \(values), "start_from_data": false, "nodes": "lattice",
        "covariance": {"order": [], "total_score": []}, "class_counts": [1],
        "expected_misclassifications": 0, "warnings": [\(warnings.map { "\"\($0)\"" }.joined(separator: ", "))],
        "iterations": []}
      """
    }
    return """
      {"name": "\(name)", "start": 1, \(optional("sha256", sha256)) \(optional("fingerprint", fingerprint))
      \(optional("observations_fingerprint", observations)) \(optional("design_fingerprint", design))
      "subjects": 100, "observations": 500, "not_used": [], "status": "\(status)",
      "reason": "a reason"\(fit ?? "")}
      """
  }
}

/// The text of a `fit.json` with these fits.
func fixtureDocument(
  components: Int = 1, freeParameters q: Int = 5, method: String = "exact", version: Int = 2,
  _ fits: [FixtureFit]
) -> String {
  """
  {"schema": "popmix-fit", "schema_version": \(version), "popmix_version": "0.1.0", "job": "job",
  "job_text": "", "model": {"structure": "one-compartment bolus",
    "random_effects": [{"name": "k", "distribution": "normal", "membership": "mixture"}],
    "residual_error": "proportional", "components": \(components),
    "mixture_covariance": "diagonal", "shared_covariance": "diagonal",
    "covariance_across_components": "per-component",
    "free_parameters": [\((0..<q).map { "\"p\($0)\"" }.joined(separator: ", "))]},
  "estimation": {"method": "\(method)", "nodes": "lattice", "samples": 1, "iterations": 1, "seed": 1,
    "envelope": {"inflation": 1, "tails": "normal", "prior_share": 0}},
  "data_sets": [\(fits.map { $0.text(freeParameters: q) }.joined(separator: ", "))]}
  """
}

/// Outputs a, b, … with these documents.
func fixtureComparison(_ documents: String...) throws -> FitComparison {
  let found = try documents.enumerated().map { i, text in
    (
      path: "out/\(["a", "b", "c", "d"][i])",
      document: try FitDocument(json: Array(text.utf8), path: "fit.json")
    )
  }
  return FitComparison(FitOutput.labelled(found))
}
