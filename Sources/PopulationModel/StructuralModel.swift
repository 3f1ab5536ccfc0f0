public import NumericKernels
public import PopulationData

/// Predictions h(θ) of one subject for a batch of parameter vectors.
///
/// A model is asked for a whole batch at once, so that the cost of the call does not count; inside
/// the batch it works on `Lanes`, in structure-of-arrays order.
public protocol StructuralModel: Sendable {
  /// What job files call it.
  var name: String { get }

  /// The text of a model that is written as equations; else `nil`.
  var equations: String? { get }

  /// The parameters θ by name, in the order in which `predict` takes them.
  var parameterNames: [String] { get }

  /// What each parameter measures, in the same order: it gives a first guess its size from the
  /// units of the data.
  var parameterKinds: [ParameterKind] { get }

  /// The form of its predictions in which kernels of their own compute them, of subjects that
  /// `decays(_:)` has found fit for it; `nil` if there is none.
  var decay: DecayForm? { get }

  /// Whether the predictions of a subject are those of `decay`.
  func decays(_ subject: Subject) -> Bool

  /// What the model computes once of a subject's events, before any prediction; `nil` if
  /// `EventProgram.steps` is all it needs.
  func prepare(_ subject: Subject) -> (any PreparedSubject)?

  /// Predicts all observations of one subject for `count` vectors of eight parameter values each.
  /// - Parameters:
  ///   - program: the subject's events.
  ///   - parameters: parameter j of the batch's vector v stands at `j * count + v`; natural units.
  ///   - count: the number of `Lanes` vectors.
  ///   - predictions: observation j of vector v goes to `j * count + v`. A value that is not finite
  ///     says that θ is outside the model's domain.
  func predict(
    _ program: borrowing EventProgram, parameters: UnsafePointer<Lanes>, count: Int,
    predictions: UnsafeMutablePointer<Lanes>)

  /// Refuses a subject whose events the model cannot follow.
  func validate(_ subject: Subject, residual: ResidualErrorModel) throws(ModelError)

  /// Why the model has no finite predictions of a subject; `nil` if it has, or cannot say.
  /// - Parameter parameters: θ, in natural units and the order of `parameterNames`.
  func trouble(of subject: Subject, parameters: [Double]) -> PredictionTrouble?
}

extension StructuralModel {
  public var equations: String? { nil }

  public var decay: DecayForm? { nil }

  public func decays(_ subject: Subject) -> Bool { decay != nil }

  public func prepare(_ subject: Subject) -> (any PreparedSubject)? { nil }

  public func trouble(of subject: Subject, parameters: [Double]) -> PredictionTrouble? { nil }
}

/// What a model knows of one subject's events; each model has its own class of them.
public protocol PreparedSubject: AnyObject, Sendable {}

/// What a structural parameter measures.
public enum ParameterKind: Sendable {
  /// Amount per concentration.
  case volume
  /// Per time.
  case rate
  /// Volume per time.
  case clearance
  case time
  /// A share, about 1.
  case fraction
  /// Anything else, about 1.
  case number
  /// Concentration per amount.
  case perVolume
  /// Amount per time.
  case amountRate
  /// Nothing is known of it, neither its size nor its sign.
  case unknown
}

/// A subject or a setting that does not fit the model.
public enum ModelError: Error, Equatable, Sendable {
  /// A dose or an observation names a compartment that the model does not have.
  case compartment(subject: String, line: Int, found: Int, isDose: Bool)
  /// Under proportional error and its like an observation before any dose has probability 0: its
  /// prediction is 0.
  case observationBeforeDose(subject: String, line: Int, time: Double, ResidualErrorModel)
  /// A value that has no logarithm, under lognormal error.
  case notPositive(subject: String, line: Int, value: Double)
  /// A dose, an observation or another event is of a kind that the model does not follow.
  case unfollowed(subject: String, line: Int, UnfollowedEvent)
  /// An observation is censored, and nothing is said of what that means.
  case censored(subject: String, line: Int)
  /// An observation is of an output that the model does not have.
  case unknownOutput(subject: String, line: Int, found: Int, known: [Int])
  /// A record that the model cannot follow; the reason is a clause that ends with what to do.
  case record(subject: String, line: Int?, reason: String)
  /// There is no such structural model, or not with these parameters.
  case unknownStructure(name: String, parameters: [String])

  /// Line of the data file, if the error belongs to one.
  public var line: Int? {
    switch self {
    case .compartment(_, let line, _, _), .observationBeforeDose(_, let line, _, _),
      .notPositive(_, let line, _),
      .unfollowed(_, let line, _), .censored(_, let line), .unknownOutput(_, let line, _, _):
      line
    case .record(_, let line, _): line
    case .unknownStructure: nil
    }
  }
}

/// An event of a kind that not all models follow.
public enum UnfollowedEvent: Equatable, Sendable, CustomStringConvertible {
  case infusion, steadyState
  /// A compartment that is turned off.
  case turnedOff(Int)
  /// An observation of an output other than the first.
  case output(Int)

  public var description: String {
    switch self {
    case .infusion: "the dose is an infusion (RATE, DUR)"
    case .steadyState: "the dose is one of a steady state (SS)"
    case .turnedOff(let compartment): "compartment \(compartment) is turned off (EVID 2)"
    case .output(let output): "the observation is of output \(output) (DVID)"
    }
  }
}

extension ModelError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .compartment(let subject, _, let found, let isDose):
      """
      subject \(subject): CMT of \(isDose ? "a dose" : "an observation") is \(found), expected 0 or 1, \
      the only compartment of this model; correct CMT or leave the row out with `ignore`.
      """
    case .observationBeforeDose(let subject, _, let time, let residual):
      """
      subject \(subject): the observation at TIME \(plain(time)) stands before the first dose, where the model \
      predicts 0, which \(residual.rawValue) error cannot explain; leave the row out with `ignore`, set its MDV \
      to 1, write it as below the limit of quantification (CENS 1), or use `residual-error: additive`.
      """
    case .unfollowed(let subject, _, .output(let output)):
      """
      subject \(subject): \(UnfollowedEvent.output(output)), and this model has one output only; leave the \
      rows of other outputs out with `ignore`, or use a model that has them.
      """
    case .unfollowed(let subject, _, let event):
      """
      subject \(subject): \(event.description), beyond the boluses of this model; use the structure `one-compartment`, \
      which takes infusions and steady states, or leave the row out with `ignore`.
      """
    case .notPositive(let subject, _, let value):
      """
      subject \(subject): DV is \(plain(value)), and lognormal error is one of values above 0; leave the row out with \
      `ignore`, take it as censored (CENS), or use another `residual-error`.
      """
    case .censored(let subject, _):
      """
      subject \(subject): the observation is censored (CENS), and the job does not say what that means; write \
      `below-limit: interval` under `data` (the likelihood of the interval, M3), or `conditional`, `ignore` or `replace`.
      """
    case .unknownOutput(let subject, _, let found, let known):
      """
      subject \(subject): DVID of an observation is \(found), expected \
      \(known.map { "\($0)" }.joined(separator: " or ")), the outputs under `residual-error`; correct DVID, add the \
      output, or leave the row out with `ignore`.
      """
    case .record(let subject, _, let reason): "subject \(subject): \(reason)."
    case .unknownStructure(let name, let parameters):
      "no structural model \(name) with the parameters \(parameters.joined(separator: ", "))."
    }
  }
}

/// A number without a needless ".0".
private func plain(_ value: Double) -> String {
  let text = "\(value)"
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}
