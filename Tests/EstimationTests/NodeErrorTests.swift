import Estimation
import Glibc
import PopulationModel
import Testing

@Suite("Errors that the nodes leave")
struct NodeErrorTests {
  struct Spread {
    /// Standard deviations over seeds: of −2 log L, then of the estimates.
    let observed: [Double]
    /// Root mean squares of the errors that the fits report, in the same order.
    let reported: [Double]

    init(_ reference: ReferenceCase, _ settings: EstimationSettings, seeds: Int) throws {
      var values: [[Double]] = []
      var errors: [[Double]] = []
      for seed in 1...seeds {
        var settings = settings
        settings.seed = UInt64(seed)
        // The errors that the nodes report of themselves, which choose the subjects that get more.
        settings.verifies = false
        let fit = try reference.fit(settings)
        let error = try #require(fit.samplingError)
        values.append([fit.minusTwoLogLikelihood] + fit.free.values(in: fit.estimates))
        errors.append([error.minusTwoLogLikelihood] + (try #require(error.estimates)))
      }
      let n = Double(seeds)
      observed = values[0].indices.map { j in
        let mean = values.reduce(0) { $0 + $1[j] } / n
        let square = values.reduce(0) { $0 + ($1[j] - mean) * ($1[j] - mean) }
        return (square / (n - 1)).squareRoot()
      }
      reported = errors[0].indices.map { j in
        (errors.reduce(0) { $0 + $1[j] * $1[j] } / n).squareRoot()
      }
    }
  }

  /// Over 50 seeds a standard deviation is known to a tenth of itself.
  @Test(
    "reported errors are those seen over 50 seeds, within a factor of 1.5",
    arguments: [
      (EstimationSettings.Nodes.lattice, 64, 3.0), (.lattice, 128, 3), (.sobol, 64, 1.5),
      (.independent, 256, 1.5),
    ], ["wang_000", "clv_mix_full"])
  func honest(nodes: (EstimationSettings.Nodes, Int, Double), name: String) throws {
    var settings = EstimationSettings.exact(nodes.1)
    settings.nodes = nodes.0
    settings.envelopeInflation = nodes.2
    let reference = try ReferenceCase(name)
    let spread = try Spread(reference, settings, seeds: 50)
    let names = ["-2 log L"] + FreeParameters(reference.model).names
    for (j, name) in names.enumerated() {
      let ratio = spread.observed[j] / spread.reported[j]
      #expect(ratio > 1 / 1.5 && ratio < 1.5, "\(name): \(ratio)")
    }
  }

  @Test(
    "reported errors of a rule's nodes are as large as their distance from the exact fit",
    arguments: ReferenceCase.names, [3, 5])
  func quadrature(name: String, order: Int) throws {
    let reference = try ReferenceCase(name)
    var settings = EstimationSettings.exact(order * order)
    settings.nodes = .gaussHermite
    settings.envelopeInflation = 1
    settings.verifies = false
    let fit = try reference.fit(settings)
    let error = try #require(fit.samplingError)
    let distance = abs(fit.logLikelihood - reference.exact.loglik)
    #expect(2 * distance < 2 * error.minusTwoLogLikelihood + 1e-5, "\(order)")
    #expect(error.minusTwoLogLikelihood < 20 * distance + 1e-2)
    let exact = reference.exactValues(reference.exact.estimates)
    let standardErrors = reference.exactValues(reference.exact.se.opg)
    for (j, value) in fit.free.values(in: fit.estimates).enumerated() {
      #expect(
        abs(value - exact[j]) < 5 * error.estimates![j] + 1e-5 * standardErrors[j],
        "\(fit.free.names[j])")
    }
  }

  @Test(
    "a precision that is asked for is reached, by more nodes where they are needed",
    arguments: [EstimationSettings.Nodes.lattice, .gaussHermite], [0.02, 0.001])
  func precision(nodes: EstimationSettings.Nodes, precision: Double) throws {
    let reference = try ReferenceCase("wang_001")
    var settings = EstimationSettings.exact(nodes == .gaussHermite ? 9 : 32)
    settings.nodes = nodes
    settings.envelopeInflation = nodes == .gaussHermite ? 1 : 3
    settings.precision = precision
    let fit = try reference.fit(settings)
    let error = try #require(fit.samplingError)
    #expect(error.minusTwoLogLikelihood <= precision)
    #expect(error.largestShare! <= precision)
    #expect(error.samples.lowerBound == settings.samples)
    #expect(abs(fit.logLikelihood - reference.exact.loglik) < 2 * precision)
    if precision < 0.01 {
      #expect(error.samples.upperBound > settings.samples)
    }
  }

  @Test(
    "nodes that there is no memory for give the same bits as kept ones",
    arguments: [EstimationSettings.Nodes.lattice, .gaussHermite, .independent])
  func memory(nodes: EstimationSettings.Nodes) throws {
    var settings = EstimationSettings.exact(64)
    settings.nodes = nodes
    settings.precision = 0.01
    if nodes == .gaussHermite { (settings.samples, settings.envelopeInflation) = (9, 1) }
    let reference = try ReferenceCase("wang_002")
    let kept = try reference.fit(settings)
    settings.memoryLimit = 0
    let computed = try reference.fit(settings)
    #expect(kept.estimates == computed.estimates)
    #expect(kept.iterations == computed.iterations)
    #expect(kept.posteriors.map(\.values) == computed.posteriors.map(\.values))
    #expect(kept.samplingError == computed.samplingError)
    // Between nothing and all: kept until the finer nodes need more.
    settings.memoryLimit = 64 * 200 * 5 * 8
    let partly = try reference.fit(settings)
    #expect(kept.estimates == partly.estimates)
  }

  @Test(
    "heavier tails and a share of the prior lead to the same fit",
    arguments: [EstimationSettings.Nodes.lattice, .sobol, .independent],
    [(nil, 0.25), (4.0, 0), (4.0, 0.25)] as [(Double?, Double)])
  func envelopes(nodes: EstimationSettings.Nodes, envelope: (Double?, Double)) throws {
    let (degreesOfFreedom, share) = envelope
    let reference = try ReferenceCase("vk_mix_homo_full")
    var settings = EstimationSettings.exact(2048)
    settings.nodes = nodes
    settings.envelopeDegreesOfFreedom = degreesOfFreedom
    settings.priorShare = share
    settings.envelopeInflation = 1.5
    let fit = try reference.fit(settings)
    let error = try #require(fit.samplingError)
    #expect(
      abs(fit.logLikelihood - reference.exact.loglik)
        < 2.5 * error.minusTwoLogLikelihood / 2 + 1e-4)
    #expect(error.largestShare! < (nodes == .independent ? 0.1 : 0.02))
  }
}

@Suite("The exact method as it is by default")
struct DefaultFitTests {
  @Test("its fits are the exact ones", arguments: ReferenceCase.names)
  func references(name: String) throws {
    let reference = try ReferenceCase(name)
    var settings = EstimationSettings.exact(25)
    settings.nodes = .gaussHermite
    settings.envelopeInflation = 1
    settings.tolerance = 1e-5
    settings.precision = 0.002
    let fit = try reference.fit(settings)
    let error = try #require(fit.samplingError).minusTwoLogLikelihood / 2
    #expect(error < 0.004)
    #expect(abs(fit.logLikelihood - reference.exact.loglik) < 4 * error)
    let exact = reference.exactValues(reference.exact.estimates)
    let errors = reference.exactValues(reference.exact.se.opg)
    for (j, value) in fit.free.values(in: fit.estimates).enumerated() {
      #expect(abs(value - exact[j]) < 0.005 * errors[j], "\(fit.free.names[j])")
    }
    // How often predictions were made: 100 iterations would show that nothing is kept or
    // accelerated.
    #expect(fit.iterations.count < 60)
    #expect(fit.covariance.remainingDistance! < 1e-3)
  }

  @Test(
    "acceleration changes how long it takes, not where it ends", arguments: ["k3_mix", "wang_003"])
  func acceleration(name: String) throws {
    let reference = try ReferenceCase(name)
    var settings = EstimationSettings.exact(128)
    settings.tolerance = 1e-7
    let accelerated = try reference.fit(settings)
    settings.isAccelerated = false
    let plain = try reference.fit(settings)
    #expect(2 * accelerated.iterations.count < plain.iterations.count)
    // Their last envelopes are not the same, which their nodes' errors account for.
    let errors = try #require(plain.samplingError?.estimates)
    for (j, value) in plain.free.values(in: plain.estimates).enumerated() {
      let other = accelerated.free.values(in: accelerated.estimates)[j]
      #expect(abs(value - other) < 3 * errors[j])
    }
  }
}
