import ModelLanguage
import Synchronization

/// Remembers at which intervals a model's differential equations repeat themselves, as subjects
/// have the same ones mostly.
final class PeriodMemory: Sendable {
  private let answers = Mutex<[[Double]: Bool]>([:])

  /// Whether the derivatives at all times before `end` are what they are a whole number of
  /// intervals later.
  func repeats(
    _ model: CompiledModel, every interval: Double, until end: Double, _ covariates: [Double]
  ) -> Bool {
    let key = [interval, end] + covariates
    if let known = answers.withLock({ $0[key] }) { return known }
    let answer = model.derivativesRepeat(every: interval, until: end, covariates: covariates)
    answers.withLock { answers in
      if answers.count > 10_000 { answers.removeAll() }
      answers[key] = answer
    }
    return answer
  }
}
