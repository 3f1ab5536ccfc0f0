import NumericKernels
import PopulationModel
import StructuralModels
import Testing

@Suite("Free parameters")
struct FreeParametersTests {
  static func model(
    _ memberships: [EffectMembership], components: Int, form: CovarianceForm = .full,
    sharing: CovarianceSharing = .perComponent, fixed: FixedParameters? = nil
  ) throws -> MixtureModel {
    try MixtureModel(
      structuralName: "one-compartment bolus",
      effects: zip(["V", "CL"], memberships).map {
        RandomEffect(name: $0, distribution: .lognormal, membership: $1)
      },
      residual: .proportional, componentCount: components, mixtureCovariance: form,
      sharedCovariance: form, covarianceSharing: sharing, fixed: fixed)
  }

  @Test("means come first, those of the mixture by component, then covariances, weights and σ²")
  func order() throws {
    #expect(
      FreeParameters(try Self.model([.shared, .mixture], components: 3)).names == [
        "mu.CL.1", "mu.CL.2", "mu.CL.3", "mu.V", "omega.CL.CL.1", "omega.CL.CL.2",
        "omega.CL.CL.3", "omega.V.V", "w.1", "w.2", "sigma2",
      ])
    #expect(
      FreeParameters(try Self.model([.mixture, .mixture], components: 2)).names == [
        "mu.V.1", "mu.CL.1", "mu.V.2", "mu.CL.2", "omega.V.V.1", "omega.CL.V.1", "omega.CL.CL.1",
        "omega.V.V.2", "omega.CL.V.2", "omega.CL.CL.2", "w.1", "sigma2",
      ])
    #expect(
      FreeParameters(try Self.model([.mixture, .mixture], components: 2, sharing: .equal)).names
        == [
          "mu.V.1", "mu.CL.1", "mu.V.2", "mu.CL.2", "omega.V.V", "omega.CL.V", "omega.CL.CL",
          "w.1", "sigma2",
        ])
    #expect(
      FreeParameters(try Self.model([.mixture, .mixture], components: 2, form: .diagonal)).names
        == [
          "mu.V.1", "mu.CL.1", "mu.V.2", "mu.CL.2", "omega.V.V.1", "omega.CL.CL.1",
          "omega.V.V.2", "omega.CL.CL.2", "w.1", "sigma2",
        ])
  }

  @Test("one component has no numbers in names and no weight", arguments: EffectMembership.allCases)
  func oneComponent(membership: EffectMembership) throws {
    #expect(
      FreeParameters(try Self.model([membership, membership], components: 1)).names
        == ["mu.V", "mu.CL", "omega.V.V", "omega.CL.V", "omega.CL.CL", "sigma2"])
  }

  @Test("fixed parameters are not free")
  func fixed() throws {
    var fixed = FixedParameters(componentCount: 2, effectCount: 2)
    fixed.weights = true
    fixed.residualVariance = true
    fixed.means[1] = [true, true]
    fixed.variances[0] = [true, true]
    let model = try Self.model([.mixture, .mixture], components: 2, fixed: fixed)
    #expect(
      FreeParameters(model).names
        == ["mu.V.1", "mu.CL.1", "omega.V.V.2", "omega.CL.V.2", "omega.CL.CL.2"])
    #expect(FreeParameters(model.with()).count == 12)
  }

  /// All values different, but for what the model makes equal.
  static func parameters(_ model: MixtureModel) -> PopulationParameters {
    let numbers: [Double] = (0..<model.componentCount).map(Double.init)
    let total = numbers.reduce(0) { $0 + $1 + 1 }
    let weights: [Double] = numbers.map { ($0 + 1) / total }
    let means: [[Double]] = numbers.map { [1 + 0.125 * $0, 2 + 0.25 * $0] }
    let covariances = numbers.map { number -> SymmetricMatrix in
      SymmetricMatrix(dimension: 2, elements: [4 + number, 0.5, 3 + number])
    }
    return PopulationParameters(
      weights: weights, means: means, covariances: covariances, residualVariance: 0.25)
  }

  @Test(
    "setting a parameter changes it and only it, in every component that has it",
    arguments: [[EffectMembership.shared, .mixture], [.mixture, .mixture]],
    CovarianceSharing.allCases)
  func set(memberships: [EffectMembership], sharing: CovarianceSharing) throws {
    let model = try Self.model(memberships, components: 3, sharing: sharing)
    let free = FreeParameters(model)
    let before = Self.parameters(model)
    #expect(free.values(in: before).count == free.count)
    for (place, parameter) in free.list.enumerated() {
      var after = before
      free.set(parameter, to: 0.0625, in: &after)
      #expect(free.value(parameter, in: after) == 0.0625)
      for (other, value) in free.values(in: before).enumerated() where other != place {
        #expect(free.values(in: after)[other] == value, "\(free.names[place])")
      }
      #expect(abs(after.weights.reduce(0, +) - 1) < 1e-15)
      switch parameter {
      case .mean(let effect, nil): #expect(after.means.allSatisfy { $0[effect] == 0.0625 })
      case .covariance(let i, let j, nil):
        #expect(after.covariances.allSatisfy { $0[i, j] == 0.0625 && $0[j, i] == 0.0625 })
      case .mean(let effect, let component?):
        for k in 0..<3 where k != component {
          #expect(after.means[k][effect] == before.means[k][effect])
        }
      case .covariance(let i, let j, let component?):
        for k in 0..<3 where k != component {
          #expect(after.covariances[k][i, j] == before.covariances[k][i, j])
        }
      case .weight, .residualVariance, .weightCoefficient, .coefficient, .direct: break
      }
    }
  }

  @Test("the stable order is by the first mixture mean, then the next")
  func stableOrder() {
    let parameters = PopulationParameters(
      weights: [0.1, 0.2, 0.3, 0.4], means: [[9, 2, 5], [9, 1, 7], [9, 1, 6], [9, 1, 6]],
      covariances: (0..<4).map { SymmetricMatrix(diagonal: [1, 1, Double($0 + 1)]) },
      residualVariance: 1)
    #expect(parameters.stableOrder(mixtureEffects: [1, 2]) == [2, 3, 1, 0])
    #expect(parameters.stableOrder(mixtureEffects: [2]) == [0, 2, 3, 1])
    #expect(parameters.stableOrder(mixtureEffects: []) == [0, 1, 2, 3])
    let permuted = parameters.permuted([2, 3, 1, 0])
    #expect(permuted.weights == [0.3, 0.4, 0.2, 0.1])
    #expect(permuted.means == [[9, 1, 6], [9, 1, 6], [9, 1, 7], [9, 2, 5]])
    #expect(permuted.covariances.map { $0[2, 2] } == [3, 4, 2, 1])
    #expect(permuted.residualVariance == 1)
  }
}
