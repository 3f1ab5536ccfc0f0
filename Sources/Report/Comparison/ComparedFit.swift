/// What one output says of a data set, beside what others say of it.
package struct ComparedFit: Sendable {
  /// Whether −2 log L, AIC and BIC can be set beside those of the first output that has a fit.
  package enum Comparability: String, Sendable, CaseIterable {
    /// Fits of the same observations: times, values and what is known of them.
    case comparable
    /// Other records of the same file.
    case otherRecords = "other records"
    case otherData = "other data"
    /// There is no fingerprint to tell.
    case unknown
    case failed
    /// The output does not have the data set.
    case missing
  }

  package let output: FitOutput
  package let dataSet: FitDocument.DataSet?
  package let comparability: Comparability
  /// Whether the model was given other doses or events than that of the first fit, with the same
  /// observations.
  package let hasOtherDesign: Bool

  package var label: String { output.label }
  package var fit: FitDocument.Fit? { dataSet?.fit }
  package var componentCount: Int { output.document.model.components }
  package var freeParameterCount: Int { output.document.model.freeParameters.count }
  package var isComparable: Bool { comparability == .comparable }
  /// converged, completed, at boundary, flat, not converged, degenerate, failed, or missing.
  package var status: String { dataSet?.status ?? "missing" }
  /// Whether −2 log L is that of an end of the iterations as it should be.
  var isRegular: Bool { ["converged", "completed", "flat", "at boundary"].contains(status) }

  /// Method and where its nodes come from.
  package var method: String {
    let estimation = output.document.estimation
    return estimation.method == "paper"
      ? "paper" : "\(estimation.method), \(fit?.nodes ?? estimation.nodes)"
  }

  /// - Parameter reference: the data set that it is compared with.
  init(_ output: FitOutput, _ dataSet: FitDocument.DataSet?, reference: FitDocument.DataSet?) {
    self.output = output
    self.dataSet = dataSet
    guard let dataSet else {
      comparability = .missing
      hasOtherDesign = false
      return
    }
    guard let reference, dataSet.fit != nil else {
      comparability = .failed
      hasOtherDesign = false
      return
    }
    let isSame = Self.areOfSameObservations(dataSet, reference)
    let isSameFile = dataSet.sha256 != nil && dataSet.sha256 == reference.sha256
    comparability =
      isSame.map { $0 ? .comparable : isSameFile ? .otherRecords : .otherData } ?? .unknown
    let designs = [dataSet.designFingerprint, reference.designFingerprint].compactMap { $0 }
    hasOtherDesign = isSame == true && Set(designs).count == 2
  }

  /// Whether the likelihoods are densities of the same values. Covariates and doses do not count,
  /// which are the model's; documents of earlier versions have one fingerprint of all only.
  /// - Returns: `nil` if it is not known.
  private static func areOfSameObservations(_ a: FitDocument.DataSet, _ b: FitDocument.DataSet)
    -> Bool?
  {
    if let first = a.fingerprint, first == b.fingerprint { return true }
    if let first = a.observationsFingerprint, let second = b.observationsFingerprint {
      return first == second
    }
    guard let first = a.fingerprint, let second = b.fingerprint else { return nil }
    return first == second
  }

  /// Standard error of the difference of −2 log L between two fits, whose nodes are independent;
  /// `nil` if one of them is not known.
  static func differenceError(_ a: ComparedFit, _ b: ComparedFit) -> Double? {
    guard let first = a.fit?.samplingError?.minusTwoLogLikelihood,
      let second = b.fit?.samplingError?.minusTwoLogLikelihood
    else { return nil }
    return (first * first + second * second).squareRoot()
  }

  /// Whether the other fit's model is a special case of this one's: the same but for fewer
  /// components, with no parameter fixed in either.
  func contains(_ other: ComparedFit) -> Bool {
    let ours = output.document.model
    let theirs = other.output.document.model
    let fits = [fit, other.fit]
    return ours.components > theirs.components && ours.structure == theirs.structure
      && ours.residualError == theirs.residualError && ours.outputs == theirs.outputs
      && ours.fixedEffects == theirs.fixedEffects && ours.covariates == theirs.covariates
      && ours.weightCovariates == theirs.weightCovariates
      && ours.tiedVariances == theirs.tiedVariances && ours.equations == theirs.equations
      && ours.censored == theirs.censored
      && ours.mixtureCovariance == theirs.mixtureCovariance
      && ours.sharedCovariance == theirs.sharedCovariance
      && ours.covarianceAcrossComponents == theirs.covarianceAcrossComponents
      && ours.randomEffects.map { [$0.name, $0.distribution, $0.membership] }
        == theirs.randomEffects.map { [$0.name, $0.distribution, $0.membership] }
      && fits.allSatisfy { $0?.parameters.allSatisfy { !$0.fixed } ?? false }
  }
}
