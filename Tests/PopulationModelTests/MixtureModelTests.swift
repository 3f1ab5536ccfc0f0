import PopulationModel
import StructuralModels
import Testing

@Suite("Mixture models")
struct MixtureModelTests {
  static func effect(_ name: String, _ membership: EffectMembership = .mixture) -> RandomEffect {
    RandomEffect(name: name, distribution: .normal, membership: membership)
  }

  static func model(_ effects: [RandomEffect], mixture: CovarianceForm, shared: CovarianceForm)
    throws(ModelError) -> MixtureModel
  {
    try MixtureModel(
      structuralName: "one-compartment bolus", effects: effects, residual: .additive,
      componentCount: 2, mixtureCovariance: mixture, sharedCovariance: shared,
      covarianceSharing: .perComponent)
  }

  @Test("effects find their place in the structural model in any order")
  func structuralPlace() throws {
    let a = try Self.model(
      [Self.effect("k"), Self.effect("V")], mixture: .full, shared: .full)
    #expect(a.structural.parameterNames == ["V", "k"])
    #expect(a.structuralPlace == [1, 0])
    let b = try Self.model(
      [Self.effect("CL"), Self.effect("V")], mixture: .full, shared: .full)
    #expect(b.structural.parameterNames == ["CL", "V"])
    #expect(b.structuralPlace == [0, 1])
  }

  @Test("effects that are not the model's parameters are refused with their names")
  func unknownStructure() {
    let error = ModelError.unknownStructure(
      name: "one-compartment bolus", parameters: ["CL", "k"])
    #expect(throws: error) {
      try Self.model([Self.effect("CL"), Self.effect("k")], mixture: .full, shared: .full)
    }
    #expect(
      error.description
        == "no structural model one-compartment bolus with the parameters CL, k.")
    #expect(error.line == nil)
    #expect(throws: ModelError.unknownStructure(name: "bolus", parameters: ["V", "k"])) {
      try StructuralModelCatalog.model(named: "bolus", parameters: ["V", "k"])
    }
    #expect(
      throws: ModelError.unknownStructure(name: "one-compartment bolus", parameters: ["V", "V"])
    ) {
      try StructuralModelCatalog.model(named: "one-compartment bolus", parameters: ["V", "V"])
    }
  }

  @Test("Σ is 0 between the blocks, and off the diagonal of a diagonal block")
  func blocks() throws {
    let mixed = try Self.model(
      [Self.effect("V", .shared), Self.effect("k")], mixture: .full, shared: .full)
    #expect(!mixed.isInBlock(0, 1) && !mixed.isInBlock(1, 0))
    #expect(mixed.isInBlock(0, 0) && mixed.isInBlock(1, 1))
    #expect(mixed.mixtureEffects == [1] && mixed.sharedEffects == [0])
    for form in CovarianceForm.allCases {
      let other: CovarianceForm = form == .full ? .diagonal : .full
      let mixing = try Self.model(
        [Self.effect("V"), Self.effect("k")], mixture: form, shared: other)
      #expect(mixing.isInBlock(0, 1) == (form == .full))
      let shared = try Self.model(
        [Self.effect("V", .shared), Self.effect("k", .shared)], mixture: other, shared: form)
      #expect(shared.isInBlock(1, 0) == (form == .full))
      #expect(shared.isInBlock(1, 1))
    }
  }

  @Test("a changed model keeps what is not changed and fixes nothing")
  func with() throws {
    var fixed = FixedParameters(componentCount: 2, effectCount: 2)
    fixed.weights = true
    let model = try Self.model(
      [Self.effect("k"), Self.effect("V", .shared)], mixture: .diagonal, shared: .full
    ).with(fixed: fixed)
    #expect(model.fixed == fixed)
    let single = model.with(componentCount: 1)
    #expect(single.componentCount == 1)
    #expect(single.fixed == FixedParameters(componentCount: 1, effectCount: 2))
    #expect(single.effects == model.effects)
    #expect(single.structuralPlace == [1, 0])
    #expect(single.mixtureCovariance == .diagonal && single.sharedCovariance == .full)
    #expect(model.with(mixtureCovariance: .full).mixtureCovariance == .full)
  }
}
