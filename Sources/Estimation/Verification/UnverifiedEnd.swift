/// The end of a fit that converged by its own integrals, which independent ones do not bear out.
package struct UnverifiedEnd: Sendable, Equatable, Codable {
  package let iterations: Int
  /// IDs of the first subjects whose integrals differ or are not known well enough, and how many
  /// there are.
  package let subjects: [String]
  package let subjectCount: Int
  /// How far the maximum is by the scores, those of the fit or independent ones, in standard
  /// errors; 0 if they agree.
  package let shift: Double
  /// Whether variances are so near 0 that the scores of their means are lost in rounding.
  package let hasVanished: Bool

  package init(
    iterations: Int, subjects: [String] = [], subjectCount: Int = 0, shift: Double = 0,
    hasVanished: Bool = false
  ) {
    self.iterations = iterations
    self.subjects = subjects
    self.subjectCount = subjectCount
    self.shift = shift
    self.hasVanished = hasVanished
  }
}

extension UnverifiedEnd: CustomStringConvertible {
  package var description: String {
    var text = "not verified after \(iterations) iteration\(iterations == 1 ? "" : "s"): "
    if hasVanished {
      return text
        + "a variance has become so small that the scores of its mean are lost in rounding; start from "
        + "a larger variance, or make the effect one of `fixed-effects`"
    }
    if subjectCount > 0 {
      text +=
        "independent integrals of \(subjectCount == 1 ? "subject" : "\(subjectCount) subjects") "
        + subjects.joined(separator: ", ") + (subjectCount > subjects.count ? ", …" : "")
        + " differ from those of the fit or are not precise enough"
      if shift > 0 { text += ", and " }
    }
    if shift > 0 {
      text +=
        "the scores put the maximum \(shift.inWords) standard errors away"
    }
    return text
      + "; raise `samples`, use `nodes: sobol` with `tails: student`, or start from these estimates"
  }
}
