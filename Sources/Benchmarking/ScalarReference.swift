import Glibc
package import PopulationData
package import PopulationModel

/// The published algorithm as W07 writes it, in plain code: one sample after another, with the C
/// library's functions and new samples in each iteration. It is what the times of all other ways
/// are compared with.
///
/// It knows the published example's model only: one compartment, one bolus, a normal V that is
/// shared, a normal k that follows the mixture, proportional error. The envelopes of the first
/// iteration, of which W07 is silent, are found by a mode search; the last E-step is at the
/// estimates.
package struct ScalarReference: Sendable {
  package struct Result: Sendable {
    package let estimates: PopulationParameters
    package let logLikelihood: Double
  }

  let subjects: [ScalarSubject]
  /// Times since the dose and values of all observations, subject after subject.
  let times: [Double]
  let values: [Double]

  /// - Returns: `nil` if a subject's observations do not all follow one single dose.
  package init?(_ dataset: Dataset) {
    var subjects: [ScalarSubject] = []
    var times: [Double] = []
    var values: [Double] = []
    for subject in dataset.subjects {
      guard subject.occasions.count == 1, subject.doseCount == 1 else { return nil }
      let occasion = subject.occasions[0]
      let dose = occasion.doses[0]
      let first = times.count
      for observation in occasion.observations {
        guard observation.precedingDoses == 1 else { return nil }
        times.append(observation.time - dose.time)
        values.append(observation.value)
      }
      subjects.append(ScalarSubject(dose: dose.amount, observations: first..<times.count))
    }
    self.subjects = subjects
    self.times = times
    self.values = values
  }

  /// - Parameters:
  ///   - start: in the order V, k.
  ///   - samples: T, for each subject and component.
  package func fit(
    from start: PopulationParameters, samples: Int, iterations: Int, seed: UInt64
  ) -> Result {
    var parameters = ScalarParameters(start)
    var generator = BoxMullerGenerator(seed: seed)
    var buffers = SampleBuffers(samples: samples)
    var envelopes = initialEnvelopes(parameters)
    for _ in 0..<iterations {
      let sums = expectation(parameters, &envelopes, &generator, &buffers)
      parameters.maximize(sums, subjectCount: subjects.count, observationCount: values.count)
    }
    let last = expectation(parameters, &envelopes, &generator, &buffers)
    let estimates = parameters.population
    return Result(
      estimates: estimates.permuted(estimates.stableOrder(mixtureEffects: [1])),
      logLikelihood: last.logLikelihood)
  }

  /// The E-step (11): the sums of (7)–(10) over the subjects. The envelopes become those of the
  /// next iteration.
  private func expectation(
    _ parameters: ScalarParameters, _ envelopes: inout [ScalarEnvelope],
    _ generator: inout BoxMullerGenerator, _ buffers: inout SampleBuffers
  ) -> ScalarSums {
    let components = parameters.components.count
    var sums = ScalarSums(componentCount: components)
    var integrals = [ComponentIntegral](repeating: ComponentIntegral(), count: components)
    for (i, subject) in subjects.enumerated() {
      var largest = -Double.infinity
      for k in 0..<components {
        let place = i * components + k
        integrals[k] = integral(
          subject, parameters, component: k, envelopes[place], &generator, &buffers)
        envelopes[place].follow(integrals[k])
        largest = max(largest, integrals[k].logValue)
      }
      var sum = 0.0
      for k in 0..<components { sum += exp(integrals[k].logValue - largest) }
      let logLikelihood = largest + log(sum)
      sums.logLikelihood += logLikelihood
      for k in 0..<components {
        sums.add(
          integrals[k], component: k, membership: exp(integrals[k].logValue - logLikelihood),
          volumeCentre: parameters.volumeMean, rateCentre: parameters.components[k].rateMean)
      }
    }
    return sums
  }

  /// The integral of one subject and component by importance sampling, with the moments of the
  /// conditional distribution.
  private func integral(
    _ subject: ScalarSubject, _ parameters: ScalarParameters, component k: Int,
    _ envelope: ScalarEnvelope, _ generator: inout BoxMullerGenerator,
    _ buffers: inout SampleBuffers
  ) -> ComponentIntegral {
    let samples = buffers.logWeights.count
    let component = parameters.components[k]
    let observations = Double(subject.observations.count)
    let log2Pi = log(2 * Double.pi)
    let logResidualConstant = -0.5 * observations * (log2Pi + log(parameters.residualVariance))
    let logPriorConstant =
      -log2Pi - 0.5 * log(parameters.volumeVariance) - 0.5 * log(component.rateVariance)
    let logEnvelopeConstant = -log2Pi - log(envelope.factor00) - log(envelope.factor11)

    var largest = -Double.infinity
    for l in 0..<samples {
      let (z0, z1) = generator.next()
      let volume = envelope.volume + envelope.factor00 * z0
      let rate = envelope.rate + envelope.factor10 * z0 + envelope.factor11 * z1
      let concentration = subject.dose / volume
      var logPredictions = 0.0
      var squares = 0.0
      for j in subject.observations {
        let prediction = concentration * exp(-rate * times[j])
        let residual = (values[j] - prediction) / prediction
        squares += residual * residual
        logPredictions += log(abs(prediction))
      }
      let logLikelihood =
        logResidualConstant - logPredictions - 0.5 * squares / parameters.residualVariance
      let volumeDistance = volume - parameters.volumeMean
      let rateDistance = rate - component.rateMean
      let logPrior =
        logPriorConstant
        - 0.5 * volumeDistance * volumeDistance / parameters.volumeVariance
        - 0.5 * rateDistance * rateDistance / component.rateVariance
      let logEnvelope = logEnvelopeConstant - 0.5 * (z0 * z0 + z1 * z1)
      var logWeight = logLikelihood + logPrior - logEnvelope
      if !logWeight.isFinite { (logWeight, squares) = (-.infinity, 0) }
      largest = max(largest, logWeight)
      buffers.logWeights[l] = logWeight
      buffers.volumes[l] = volume
      buffers.rates[l] = rate
      buffers.squares[l] = squares
    }
    // Every sample is outside the model's domain.
    guard largest.isFinite else { return ComponentIntegral() }

    var sum = 0.0
    var result = ComponentIntegral()
    for l in 0..<samples {
      let weight = exp(buffers.logWeights[l] - largest)
      buffers.logWeights[l] = weight
      sum += weight
      result.volume += weight * buffers.volumes[l]
      result.rate += weight * buffers.rates[l]
      result.squares += weight * buffers.squares[l]
    }
    result.volume /= sum
    result.rate /= sum
    result.squares /= sum
    for l in 0..<samples {
      let volumeDistance = buffers.volumes[l] - result.volume
      let rateDistance = buffers.rates[l] - result.rate
      result.covariance00 += buffers.logWeights[l] * volumeDistance * volumeDistance
      result.covariance10 += buffers.logWeights[l] * volumeDistance * rateDistance
      result.covariance11 += buffers.logWeights[l] * rateDistance * rateDistance
    }
    result.covariance00 /= sum
    result.covariance10 /= sum
    result.covariance11 /= sum
    result.logValue = log(component.weight) + largest + log(sum / Double(samples))
    return result
  }
}

/// One subject's dose, and where its observations stand.
struct ScalarSubject: Sendable {
  let dose: Double
  let observations: Range<Int>
}

/// What is kept of the samples of one subject and component.
private struct SampleBuffers {
  /// log v, and then v over its largest value.
  var logWeights: [Double]
  var volumes: [Double]
  var rates: [Double]
  /// Σ (y − h)²/h²
  var squares: [Double]

  init(samples: Int) {
    logWeights = [Double](repeating: 0, count: samples)
    volumes = logWeights
    rates = logWeights
    squares = logWeights
  }
}

/// Standard normal numbers in pairs by Box and Muller, from uniforms by SplitMix64 (Steele, Lea &
/// Flood 2014).
struct BoxMullerGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  private mutating func uniform() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var x = state
    x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
    x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
    x ^= x >> 31
    return (Double(x >> 11) + 0.5) * 0x1p-53
  }

  mutating func next() -> (Double, Double) {
    let radius = (-2 * log(uniform())).squareRoot()
    let angle = 2 * Double.pi * uniform()
    return (radius * cos(angle), radius * sin(angle))
  }
}
