import OutputFolders
import PopulationModel
import Report

/// Compares the files of an output folder with each other: files that were cut off, edited or mixed
/// up are refused, as figures of them would be wrong without a sign.
struct ResultCheck {
  /// The file that is looked at.
  let path: String

  /// A fault of the file.
  func fault(_ found: String) -> JobFailure {
    JobFailure(
      message: "\(path): \(found); the file is damaged or of another fit, fit again.", code: .data)
  }

  func require(_ isRight: Bool, _ found: @autoclosure () -> String) throws {
    if !isRight { throw fault(found()) }
  }

  /// The sizes of everything in a fit.
  func check(_ fit: FitDocument.Fit, of dataSet: FitDocument.DataSet, model: MixtureModel) throws {
    try check(fit.estimates, "estimates", of: dataSet, model: model)
    let q = fit.covariance.order.count
    for (name, matrix) in [
      ("outer_product", fit.covariance.outerProduct), ("observed", fit.covariance.observed),
      ("sandwich", fit.covariance.sandwich),
    ] {
      guard let matrix else { continue }
      try require(
        matrix.count == q && matrix.allSatisfy { $0.count == q },
        "the matrix covariance.\(name) of \(dataSet.name) is not \(q) by \(q), as the \(q) names in its order want"
      )
    }
    try require(
      fit.classCounts.count == model.componentCount,
      "class_counts of \(dataSet.name) has \(fit.classCounts.count) numbers where the model has \(model.componentCount) components"
    )
  }

  private func check(
    _ values: FitDocument.Values, _ name: String, of dataSet: FitDocument.DataSet,
    model: MixtureModel
  ) throws {
    let (k, p) = (model.componentCount, model.effectCount)
    func sized(_ part: String, _ found: Int, _ expected: Int, _ things: String) throws {
      try require(
        found == expected,
        "\(name).\(part) of \(dataSet.name) has \(found) \(things) where the model has \(expected)")
    }
    try sized("weights", values.weights.count, k, "weights")
    try sized("means", values.means.count, k, "components")
    try sized("covariances", values.covariances.count, k, "components")
    for mean in values.means { try sized("means", mean.count, p, "random effects") }
    for rows in values.covariances {
      try sized("covariances", rows.count, p, "random effects")
      for row in rows { try sized("covariances", row.count, p, "random effects") }
    }
    let all = values.weights + values.means.joined() + values.covariances.joined().joined()
    try require(
      all.allSatisfy(\.isFinite) && values.sigma2.isFinite,
      "\(name) of \(dataSet.name) has a value that is not a finite number")
  }
}
