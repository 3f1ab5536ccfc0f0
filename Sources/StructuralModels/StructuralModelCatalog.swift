import CompartmentModels
package import PopulationModel

/// The structural models that there are, by name and parameters.
package enum StructuralModelCatalog {
  /// All models: name in the job file, and the model for each set of parameters that it may be
  /// written in, the usual ones first.
  package static let models: [(name: String, variants: [any StructuralModel])] =
    [
      (
        OneCompartmentBolus(.volumeAndRate).name,
        [OneCompartmentBolus(.volumeAndRate), OneCompartmentBolus(.clearanceAndVolume)]
      )
    ] + LinearModel.all.map { ($0.name, $0.variants) }

  /// The model of that name whose parameters are exactly `parameters`, in any order.
  package static func model(named name: String, parameters: [String]) throws(ModelError)
    -> any StructuralModel
  {
    for entry in models where entry.name == name {
      for variant in entry.variants where variant.parameterNames.sorted() == parameters.sorted() {
        return variant
      }
    }
    throw .unknownStructure(name: name, parameters: parameters)
  }
}

extension MixtureModel {
  /// - Throws: `ModelError.unknownStructure` if the effects are not the structural model's
  ///   parameters.
  package init(
    structuralName: String, effects: [RandomEffect], residual: ResidualErrorModel,
    componentCount: Int, mixtureCovariance: CovarianceForm, sharedCovariance: CovarianceForm,
    covarianceSharing: CovarianceSharing, fixed: FixedParameters? = nil
  ) throws(ModelError) {
    let structural = try StructuralModelCatalog.model(
      named: structuralName, parameters: effects.map(\.name))
    let names = structural.parameterNames
    self.init(
      structural: structural, effects: effects, outputs: [OutputModel(error: residual)],
      componentCount: componentCount,
      mixtureCovariance: mixtureCovariance, sharedCovariance: sharedCovariance,
      covarianceSharing: covarianceSharing,
      fixed: fixed
        ?? FixedParameters(componentCount: componentCount, effectCount: effects.count),
      structuralPlace: effects.map { effect in names.firstIndex(of: effect.name)! })
  }
}
