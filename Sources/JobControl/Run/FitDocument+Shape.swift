import OutputFolders
import PopulationModel
import Report

extension FitDocument.Fit {
  /// Whether its numbers are those of a model of this shape, as those of a file that somebody has
  /// edited may not be.
  func hasShape(of model: MixtureModel) -> Bool {
    let (components, p) = (model.componentCount, model.effectCount)
    let q = FreeParameters(model).list.count
    func have(_ lists: [[Double]]?, _ count: Int) -> Bool {
      guard let lists else { return count == 0 }
      return lists.count == components && lists.allSatisfy { $0.count == count }
    }
    let matrices = [covariance.outerProduct, covariance.observed, covariance.sandwich]
    return estimates.weights.count == components && have(estimates.means, p)
      && estimates.covariances.count == components
      && estimates.covariances.allSatisfy { $0.count == p && $0.allSatisfy { $0.count == p } }
      && have(estimates.direct, model.direct.count)
      && have(estimates.coefficients, model.covariateEffects.count)
      && have(estimates.weightCoefficients, model.weightCovariates.count)
      && [0, q].contains(covariance.totalScore.count)
      && matrices.allSatisfy { matrix in
        guard let matrix else { return true }
        return matrix.count == q && matrix.allSatisfy { $0.count == q }
      }
  }
}

extension FitDocument {
  /// Refuses a document whose fits are not of a model of this shape.
  func require(shapeOf model: MixtureModel, path: String) throws(JobFailure) {
    for dataSet in dataSets where dataSet.fit?.hasShape(of: model) == false {
      throw JobFailure(
        message:
          "\(path): the fit of \(dataSet.name) has other numbers of values than the model wants; fit again, with --restart.",
        code: .data)
    }
  }
}
