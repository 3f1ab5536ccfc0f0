import NumericKernels
import PopulationData
import PopulationModel

/// The E-step's integrals of one subject and one component by importance sampling: W07 (11).
///
/// The sums are taken in the standardised variable z with φ = m + Lz and mapped to φ afterwards: one affine map less a sample,
/// and better conditioned. Weights are relative to a running maximum, so that one pass is enough.
final class ImportanceSampler {
  /// Vectors of eight samples in a batch: with five observations a batch's predictions stay in the first-level cache.
  static let batchCapacity = 32

  private let kernel: LikelihoodKernel
  private let source: NodeSource
  private let settings: EstimationSettings
  private let p: Int
  private let logWeights: UnsafeMutablePointer<Lanes>
  /// Σv, Σv², Σv·(residual squares), Σv·z, Σv·zzᵀ
  private let sums: UnsafeMutablePointer<Lanes>
  private let sumCount: Int
  /// Λ⁻¹L and Λ⁻¹(m − μ): z to the prior's standardised variable.
  private let whitening: UnsafeMutablePointer<Double>
  private let offset: UnsafeMutablePointer<Double>
  private let zMean: UnsafeMutablePointer<Double>
  private let zCovariance: UnsafeMutablePointer<Double>

  init(kernel: LikelihoodKernel, settings: EstimationSettings) {
    self.kernel = kernel
    self.settings = settings
    p = kernel.model.effectCount
    source = NodeSource(
      settings: settings, dimensions: p, capacity: Self.batchCapacity)
    let packed = SymmetricMatrix.elementCount(p)
    sumCount = 3 + p + packed
    logWeights = .allocate(capacity: Self.batchCapacity)
    logWeights.initialize(repeating: Lanes.all(0), count: Self.batchCapacity)
    sums = .allocate(capacity: sumCount)
    sums.initialize(repeating: Lanes.all(0), count: sumCount)
    whitening = .allocate(capacity: packed)
    whitening.initialize(repeating: 0, count: packed)
    zCovariance = .allocate(capacity: packed)
    zCovariance.initialize(repeating: 0, count: packed)
    offset = .allocate(capacity: p)
    offset.initialize(repeating: 0, count: p)
    zMean = .allocate(capacity: p)
    zMean.initialize(repeating: 0, count: p)
  }

  deinit {
    logWeights.deallocate()
    sums.deallocate()
    whitening.deallocate()
    zCovariance.deallocate()
    offset.deallocate()
    zMean.deallocate()
  }

  /// Integrates one component of one subject.
  /// - Parameters:
  ///   - density: w_k N(μ_k, Σ_k).
  ///   - mean: m of the envelope, p values.
  ///   - factor: L of the envelope, packed.
  ///   - address: of the samples; its subject and component also address the lattice's shift.
  ///   - row: the subject's row, in which the part of component `k` is written.
  func integrate(
    _ program: borrowing EventProgram, density: borrowing ComponentDensity,
    residualVariance: Double,
    mean: UnsafePointer<Double>, factor: UnsafePointer<Double>, address: RandomAddress,
    component k: Int,
    layout: PosteriorLayout, row: UnsafeMutablePointer<Double>
  ) {
    prepare(density, mean: mean, factor: factor, address: address)
    let samples = settings.samples
    let vectors = (samples + 7) / 8
    var maximum = LikelihoodKernel.outside
    sums.update(repeating: Lanes.all(0), count: sumCount)
    var first = 0
    while first < vectors {
      let count = min(Self.batchCapacity, vectors - first)
      source.draw(firstVector: first, count: count, address: address)
      placeEffects(count: count, mean: mean, factor: factor)
      kernel.evaluate(program, count: count, residualVariance: residualVariance)
      maximum = weigh(firstVector: first, count: count, samples: samples, maximum: maximum)
      if maximum > LikelihoodKernel.outside { accumulate(count: count, maximum: maximum) }
      first += count
    }
    // Constants of log v: log w_k − log |Λ| + log |L| − (m/2) log 2πσ²; (2π)^(p/2) is in both densities and cancels.
    var logFactor = 0.0
    for i in 0..<p { logFactor += log(factor[SymmetricMatrix.index(i, i)]) }
    let constant =
      density.logScale + logFactor
      + LikelihoodKernel.constant(
        observationCount: program.observed.count, residualVariance: residualVariance)
    finish(
      maximum: maximum, constant: constant, samples: samples, mean: mean, factor: factor,
      component: k, layout: layout, row: row)
  }

  private func prepare(
    _ density: borrowing ComponentDensity, mean: UnsafePointer<Double>,
    factor: UnsafePointer<Double>,
    address: RandomAddress
  ) {
    density.inverseFactor.withUnsafeBufferPointer { inverse in
      density.mean.withUnsafeBufferPointer { mu in
        for i in 0..<p {
          var sum = 0.0
          for j in 0...i { sum += inverse[SymmetricMatrix.index(i, j)] * (mean[j] - mu[j]) }
          offset[i] = sum
          for j in 0...i {
            var product = 0.0
            for l in j...i {
              product += inverse[SymmetricMatrix.index(i, l)] * factor[SymmetricMatrix.index(l, j)]
            }
            whitening[SymmetricMatrix.index(i, j)] = product
          }
        }
      }
    }
    source.randomize(address)
  }

  /// φ = m + Lz
  private func placeEffects(
    count: Int, mean: UnsafePointer<Double>, factor: UnsafePointer<Double>
  ) {
    for i in 0..<p {
      let target = kernel.effects + i * count
      for v in 0..<count {
        var phi = Lanes.all(mean[i])
        for j in 0...i { phi += factor[SymmetricMatrix.index(i, j)] * source.nodes[j * count + v] }
        target[v] = phi
      }
    }
  }

  /// log v of the batch without its constants, and the new maximum, to which the sums so far are rescaled.
  private func weigh(firstVector: Int, count: Int, samples: Int, maximum: Double) -> Double {
    var top = Lanes.all(LikelihoodKernel.outside)
    for v in 0..<count {
      var prior = Lanes.all(0)
      for i in 0..<p {
        var u = Lanes.all(offset[i])
        for j in 0...i { u += whitening[SymmetricMatrix.index(i, j)] * source.nodes[j * count + v] }
        let z = source.nodes[i * count + v]
        prior += z * z - u * u
      }
      var logWeight = kernel.logLikelihood[v] + 0.5 * prior
      if let quadrature = source.quadrature {
        logWeight += quadrature.logWeights[firstVector + v]
      }
      let beyond = 8 * (firstVector + v + 1) - samples
      if beyond > 0 {
        for lane in (8 - beyond)..<8 { logWeight[lane] = LikelihoodKernel.outside }
      }
      logWeight.replace(
        with: Lanes.all(LikelihoodKernel.outside), where: .!(logWeight .> LikelihoodKernel.outside))
      logWeights[v] = logWeight
      top = larger(top, logWeight)
    }
    let newMaximum = Swift.max(maximum, top.largest)
    if newMaximum > maximum, maximum > LikelihoodKernel.outside {
      let scale = exp(maximum - newMaximum)
      for i in 0..<sumCount { sums[i] *= scale }
      sums[1] *= scale
    }
    return newMaximum
  }

  private func accumulate(count: Int, maximum: Double) {
    let second = 3 + p
    for v in 0..<count {
      let weight = exp(logWeights[v] - maximum)
      sums[0] += weight
      sums[1] += weight * weight
      sums[2] += weight * kernel.residualSquares[v]
      for i in 0..<p {
        let weighted = weight * source.nodes[i * count + v]
        sums[3 + i] += weighted
        for j in 0...i {
          sums[second + SymmetricMatrix.index(i, j)] += weighted * source.nodes[j * count + v]
        }
      }
    }
  }

  private func finish(
    maximum: Double, constant: Double, samples: Int, mean: UnsafePointer<Double>,
    factor: UnsafePointer<Double>, component k: Int, layout: PosteriorLayout,
    row: UnsafeMutablePointer<Double>
  ) {
    let total = sums[0].treeSum
    guard maximum > LikelihoodKernel.outside, total > 0, total.isFinite else {
      // No sample has any weight: a value, not a crash. The moments stay those of the envelope.
      row[layout.logIntegral(k)] = -.infinity
      row[layout.effectiveSampleSize(k)] = 0
      row[layout.relativeVariance(k)] = 0
      row[layout.residualSquares(k)] = 0
      for i in 0..<p { row[layout.mean(k) + i] = mean[i] }
      for i in 0..<p {
        for j in 0...i {
          var sum = 0.0
          for l in 0...j {
            sum += factor[SymmetricMatrix.index(i, l)] * factor[SymmetricMatrix.index(j, l)]
          }
          row[layout.covariance(k) + SymmetricMatrix.index(i, j)] = sum
        }
      }
      return
    }
    let squares = sums[1].treeSum
    row[layout.logIntegral(k)] = maximum + constant + log(total / Double(samples))
    row[layout.effectiveSampleSize(k)] = total * total / squares
    row[layout.relativeVariance(k)] = Swift.max(0, squares / (total * total) - 1 / Double(samples))
    row[layout.residualSquares(k)] = sums[2].treeSum / total
    for i in 0..<p { zMean[i] = sums[3 + i].treeSum / total }
    for i in 0..<p {
      for j in 0...i {
        let place = SymmetricMatrix.index(i, j)
        zCovariance[place] = sums[3 + p + place].treeSum / total - zMean[i] * zMean[j]
      }
    }
    // E[φ] = m + L E[z], Cov[φ] = L Cov[z] Lᵀ
    for i in 0..<p {
      var sum = mean[i]
      for j in 0...i { sum += factor[SymmetricMatrix.index(i, j)] * zMean[j] }
      row[layout.mean(k) + i] = sum
      for j in 0...i {
        var product = 0.0
        for a in 0...i {
          for b in 0...j {
            let place = a >= b ? SymmetricMatrix.index(a, b) : SymmetricMatrix.index(b, a)
            product +=
              factor[SymmetricMatrix.index(i, a)] * zCovariance[place]
              * factor[SymmetricMatrix.index(j, b)]
          }
        }
        row[layout.covariance(k) + SymmetricMatrix.index(i, j)] = product
      }
    }
  }
}
