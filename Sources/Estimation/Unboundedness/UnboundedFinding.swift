/// A way in which the likelihood of a model has no maximum, and the data that make it so.
package struct UnboundedFinding: Sendable, Equatable, Codable {
  package enum Kind: String, Sendable, Codable {
    /// Values of 0 are measured where the prediction is 0, or is 0 with some probability, and only
    /// an additive error gives them a variance: their density ∝ 1/a has no bound as a → 0.
    case zeroPredictions
    /// Values of 0 are measured where the prediction is 0, or is 0 with some probability, and the
    /// residual error has no variance: their density is infinite whatever the parameters are.
    case infiniteDensity
    /// Values of 0 are measured where the variance follows the prediction f, which goes to 0: their
    /// density ∝ 1/f has no bound.
    case vanishingPredictions
    /// Values of 0 are measured where the variance follows the prediction, and stay predicted: no
    /// finding that ends a fit, as the likelihood is at a maximum.
    case zeroValues
    /// More values than random effects can account for are fitted exactly: their density ∝ σ^(−m)
    /// has no bound as σ → 0.
    case exactFit
    /// A covariate of the weights tells the components apart without an error: log L rises to its
    /// supremum as coefficients go to ±∞.
    case separation
  }

  /// A row of the data file.
  package struct Row: Sendable, Equatable, Codable {
    /// ID of the subject.
    package let subject: String
    /// Line of the file, 0 of data that come from no file.
    package let line: Int

    package init(subject: String, line: Int) {
      self.subject = subject
      self.line = line
    }
  }

  package let kind: Kind
  /// Names of the parameters, or of the covariates' coefficients, that have no estimate.
  package let parameters: [String]
  /// The first rows that make it, in the order of the data.
  package let rows: [Row]
  /// How many rows make it.
  package let rowCount: Int

  /// How many rows are named.
  package static let namedRows = 5

  package init(kind: Kind, parameters: [String], rows: [Row], rowCount: Int) {
    self.kind = kind
    self.parameters = parameters
    self.rows = rows
    self.rowCount = rowCount
  }
}

extension UnboundedFinding: CustomStringConvertible {
  /// What is unbounded, why, and what to do; without a full stop.
  package var description: String {
    switch kind {
    case .zeroPredictions:
      "the likelihood has no maximum: DV is 0 where the model predicts 0, or next to it, in "
        + "\(rowList), and the density of such values grows without limit as \(parameterList) "
        + "\(goes) to 0; \(Self.leaveOut), use `residual-error: additive`, or fix "
        + "\(parameterList) or give \(them) a prior (`prior: sigma:`)"
    case .infiniteDensity:
      "the likelihood is infinite: DV is 0 where the model predicts 0 in \(rowList), and the "
        + "residual error has no variance there; \(Self.leaveOut), or use `residual-error: additive`"
    case .vanishingPredictions:
      "the likelihood has no maximum: DV is 0 in \(rowList), where the residual variance follows "
        + "the prediction, and the density of such values grows without limit as their predictions "
        + "go to 0; \(Self.leaveOut), or use `residual-error: additive` or `combined`"
    case .zeroValues:
      "DV is 0 in \(rowList), where the residual variance follows the prediction: such values are "
        + "1/σ standard deviations from any prediction, and the lower that is the higher their "
        + "density, so that σ and the predictions follow them; \(Self.leaveOut), or use "
        + "`residual-error: additive` or `combined`"
    case .exactFit:
      "the likelihood has no maximum: the model fits \(rowList) exactly, and their density grows "
        + "without limit as \(parameterList) \(goes) to 0; fix \(parameterList) or give \(them) a "
        + "prior (`prior: sigma:`), let components share the residual error, or look whether the "
        + "values were measured"
    case .separation:
      "there are no finite estimates of \(parameterList): the covariates of the weights separate "
        + "the components, and log L rises to a limit as the coefficients go to infinity; "
        + "\(parameters.count == 1 ? "its" : "their") values mean nothing, while -2 log L is that "
        + "limit; leave the covariate out of `weight-covariates`, or fit the groups on their own"
    }
  }

  private static let leaveOut =
    "leave the rows out (`ignore`, or MDV 1), write them as below the limit of quantification "
    + "(CENS 1 with the limit in DV)"

  private var goes: String { parameters.count == 1 ? "goes" : "go" }
  private var them: String { parameters.count == 1 ? "it" : "them" }

  private var parameterList: String {
    parameters.count < 2
      ? parameters.joined()
      : parameters.dropLast().joined(separator: ", ") + " and " + parameters[parameters.count - 1]
  }

  /// `20 rows (subject 1, line 2; subject 2, line 8; …)`
  private var rowList: String {
    let named = rows.map { row in
      "subject \(row.subject)" + (row.line > 0 ? ", line \(row.line)" : "")
    }
    return "\(rowCount) row\(rowCount == 1 ? "" : "s") (\(named.joined(separator: "; "))"
      + (rowCount > rows.count ? "; …)" : ")")
  }
}
