// What NONMEM takes and no job can have, seen when all of the model is known.
extension JobWriter {
  /// Refuses start values outside of their range, and components that do not differ.
  func check() throws(Fault) {
    for form in model.forms {
      for value in typical(form) {
        let isInside =
          switch form.distribution {
          case .normal: value.isFinite
          case .lognormal: value > 0 && value.isFinite
          case .logitNormal: value > 0 && value < 1
          }
        guard !isInside else { continue }
        let range =
          switch form.distribution {
          case .normal: "a finite number"
          case .lognormal: "a finite number above 0"
          case .logitNormal: "a number between 0 and 1"
          }
        throw Fault(
          place(form.theta),
          "the typical value of \(form.name) starts at \(number(value)), \(range) was expected; give its THETA another start value."
        )
      }
    }
    for output in model.outputs {
      for part in output.residual.parts {
        for value in deviations(part) where !(value > 0 && value.isFinite) {
          throw Fault(
            part.theta == nil ? sigmaPlace(part.epsilon) : place(part.theta),
            "a standard deviation of the residual error of \(output.name) starts at \(number(value)), a number above 0 was expected; give it such a start value, or leave the term out of Y."
          )
        }
      }
    }
    for (index, weight) in model.weights.enumerated() where model.components > 1 {
      guard !(weight > 0 && weight < 1) else { continue }
      throw Fault(
        stream.mixturePosition,
        "P(\(index + 1)) starts at \(number(weight)), a number between 0 and 1 was expected; give its THETAs other start values."
      )
    }
    let hasMixture =
      model.components == 1 || !model.mixtureEffects.isEmpty
      || model.fixedEffects.contains(where: \.isPerComponent)
    guard hasMixture else {
      throw Fault(
        stream.mixturePosition,
        "the subpopulations of $MIX do not differ in a parameter, expected one in $PK that depends on MIXNUM, as IF (MIXNUM.EQ.2) TVCL = THETA(2)."
      )
    }
  }

  /// Where the first THETA of a value is given.
  private func place(_ value: Value?) -> Position {
    (value?.leafThetas.first).map { stream.thetas[$0 - 1].position } ?? .beginning
  }

  private func sigmaPlace(_ epsilon: Int) -> Position {
    stream.sigma.block(of: epsilon)?.position ?? .beginning
  }
}
