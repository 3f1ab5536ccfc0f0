package import Estimation
import MessagePassing
import NumericKernels
package import PopulationModel

// What is found out about a fit once it has ended: it changes neither estimates nor log L.
extension ExpectationMaximization {
  /// Fits from `start`, and finds out what is said of a fit: intervals by profile likelihood where
  /// they are asked for, modes and shrinkage, and which subjects matter most; collective.
  ///
  /// The parameters are those of `fitToEnd`.
  /// - Throws: `EstimationError` if the likelihood is 0, `FitStopped` if `control` stops it,
  ///   `CommunicationError` if a rank is lost.
  package func fitAndDescribe(
    from start: PopulationParameters, startFromData: Bool = false,
    search: StartSearchSummary? = nil, begun: IterationState? = nil,
    control: (any FitControl)? = nil, observe: (IterationRecord) -> Void = { _ in }
  ) throws -> FitResult {
    try fitToEnd(
      from: start, startFromData: startFromData, search: search, begun: begun, control: control,
      observe: observe
    ).described(control)
  }

  /// Resumes a saved fit, to the same bits as without the interruption.
  package func fitAndDescribe(
    resuming saved: SavedFit, control: (any FitControl)? = nil,
    observe: (IterationRecord) -> Void = { _ in }
  ) throws -> FitResult {
    try fitToEnd(resuming: saved, control: control, observe: observe).described(control)
  }
}

extension EndedFit {
  fileprivate func described(_ control: (any FitControl)?) throws -> FitResult {
    var fit = result
    fit.profiles = fit.withDerived(try allProfiles(control))
    (fit.modes, fit.residualShrinkage) = try estimation.individualEstimates(of: fit, share: share)
    fit.influence = try SubjectInfluence(fit).map {
      try SubjectInfluence.summary($0, communicator: estimation.communicator)
    }
    return fit
  }

  /// The intervals by profile likelihood that were asked for; those that are not there yet are
  /// looked for. Where the fit is to stop, between two of them or within one, which is lost then,
  /// it is saved.
  private func allProfiles(_ control: (any FitControl)?) throws -> [ProfileInterval] {
    var profiles = self.profiles
    do {
      try addMissing(to: &profiles, control)
    } catch is ScoredLikelihood.Stopped {
      try control.map { try save(profiles: profiles, by: $0) }
      throw FitStopped()
    }
    return profiles
  }

  private func addMissing(to profiles: inout [ProfileInterval], _ control: (any FitControl)?) throws
  {
    let settings = estimation.settings
    guard settings.method.endsAtMaximum, settings.profiles != .none, result.stopReason.isRegular
    else { return }
    let quantities = result.quantities(settings.profiles)
    guard profiles.count < quantities.count else { return }
    let likelihood = try ProfileLikelihood(
      result, share: estimation.share, communicator: estimation.communicator,
      control: control)
    for quantity in quantities.dropFirst(profiles.count) {
      profiles.append(
        try likelihood?.interval(of: quantity)
          ?? ProfileInterval(name: quantity.name, low: nil, high: nil, gain: 0))
    }
  }
}
