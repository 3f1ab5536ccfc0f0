import CVector
import KernelInterface
import NumericKernels

extension SubjectBlocks {
  /// Composes the prior's whitening with the envelopes' affine maps: ρΛ⁻¹(m − μ) and ρΛ⁻¹L.
  func prepareWeights(_ block: Int, _ k: Int, _ densities: ComponentDensities) {
    let record = record(block, k)
    let p = layout.p
    let inverse = densities.inverseFactor + k * layout.packed
    let mu = record + layout.priorMean
    for i in 0..<p {
      var sum = Lanes.all(0)
      for j in 0...i {
        let element = inverse[SymmetricMatrix.index(i, j)] * squareRootOfHalfLog2e
        sum += element * (record[layout.mean + j] - mu[j])
      }
      record[layout.offset + i] = sum
      for j in 0...i {
        var product = Lanes.all(0)
        for l in j...i {
          let element = inverse[SymmetricMatrix.index(i, l)] * squareRootOfHalfLog2e
          product += element * record[layout.factor + SymmetricMatrix.index(l, j)]
        }
        record[layout.whitening + SymmetricMatrix.index(i, j)] = product
      }
    }
  }

  /// log |L| of the envelopes.
  func measureEnvelopes(_ block: Int, _ k: Int) {
    let record = record(block, k)
    var sum = Lanes.all(0)
    for i in 0..<layout.p {
      sum += log(record[layout.factor + SymmetricMatrix.index(i, i)])
    }
    record[layout.logFactor] = sum
  }

  /// Makes conditional moments the envelopes, their covariances inflated.
  /// - Parameter moments: the record that has them, of these blocks or of others.
  ///   - chosen: above 0 in the lanes whose envelopes are renewed; the others count as usable.
  /// - Returns: whether each lane's covariance was positive definite and its effective sample size
  ///   at least `least` × T. The envelopes of other lanes stay as they were.
  func renewEnvelopes(
    _ block: Int, _ k: Int, from moments: UnsafeMutablePointer<Lanes>, chosen: Lanes,
    inflation: Double, least: (Double) -> Double
  ) -> SIMD8<Int64> {
    let record = record(block, k)
    let p = layout.p
    var isUsable = SIMD8<Int64>(repeating: 1)
    // In the place of the whitening, which is computed anew before it is needed.
    let factor = record + layout.whitening
    for e in 0..<layout.packed {
      factor[e] = moments[layout.posteriorCovariance + e] * inflation
    }
    for i in 0..<p {
      for j in 0...i {
        var sum = factor[SymmetricMatrix.index(i, j)]
        for l in 0..<j {
          sum -= factor[SymmetricMatrix.index(i, l)] * factor[SymmetricMatrix.index(j, l)]
        }
        if i == j {
          for lane in 0..<8 where !(sum[lane] > 0 && sum[lane].isFinite) { isUsable[lane] = 0 }
          factor[SymmetricMatrix.index(i, i)] = cvector_sqrt(sum)
        } else {
          factor[SymmetricMatrix.index(i, j)] = sum / factor[SymmetricMatrix.index(j, j)]
        }
      }
    }
    for lane in 0..<8 {
      guard chosen[lane] > 0 else {
        isUsable[lane] = 1
        continue
      }
      if !(moments[layout.effectiveSize][lane] >= least(moments[layout.samples][lane])) {
        isUsable[lane] = 0
      }
      guard isUsable[lane] == 1 else { continue }
      for i in 0..<p { record[layout.mean + i][lane] = moments[layout.posteriorMean + i][lane] }
      for e in 0..<layout.packed { record[layout.factor + e][lane] = factor[e][lane] }
    }
    return isUsable
  }

  /// Turns sums over weights into the integral, its quality and the conditional moments: W07 (11),
  /// E[φ] = m + L E[z], Cov[φ] = L Cov[z] Lᵀ.
  ///
  /// Where no sample has any weight, the integral is 0 and the moments are those of the envelope: a
  /// value, not a crash.
  /// - Parameter logResidualDensity: −½ log 2πσ²
  func finish(_ block: Int, _ k: Int, logResidualDensity: Double) {
    let record = record(block, k)
    let p = layout.p
    let sums = record + layout.sums
    let total = sums[WeightSums.total]
    let zero = Lanes.all(0)
    func orZero(_ x: Lanes, _ other: Lanes) -> Lanes { cvector_select_less(zero, total, x, other) }
    // (2π)^(p/2) is in both densities and cancels.
    let constant = logScales[block] + observationCounts[block] * logResidualDensity
    let logMean = log(total / record[layout.samples])
    let logIntegral =
      record[layout.reference] / (2 * halfLog2e) + logMean + record[layout.logPrior]
      + record[layout.logFactor]
      + constant
    record[layout.logIntegral] = orZero(logIntegral, Lanes.all(-.infinity))
    // Weights of about 1 in the next E-step.
    record[layout.reference] = orZero(
      fma(logMean, Lanes.all(2 * halfLog2e), record[layout.reference]), record[layout.reference])
    let perTotal = 1 / total
    let size = total * total / sums[WeightSums.squares]
    record[layout.effectiveSize] = orZero(size, zero)
    record[layout.relativeVariance] = orZero(
      larger(1 / size - 1 / record[layout.samples], zero), zero)
    record[layout.tailShape] = Lanes.all(PosteriorLayout.unknownShape)
    record[layout.largestShare] = orZero(sums[WeightSums.largest] * perTotal, zero)
    record[layout.residualSquares] = orZero(sums[WeightSums.residuals] * perTotal, zero)
    let columns = sums + WeightSums.count(p)
    for c in 0..<layout.directCount {
      record[layout.direct + c] = orZero(columns[c] * perTotal, zero)
    }
    // Standardised moments take the place of their sums.
    let first = sums + WeightSums.first
    let second = sums + WeightSums.second(p)
    for i in 0..<p { first[i] = orZero(first[i] * perTotal, zero) }
    for i in 0..<p {
      for j in 0...i {
        let e = SymmetricMatrix.index(i, j)
        second[e] = orZero(
          second[e] * perTotal - first[i] * first[j], Lanes.all(i == j ? 1 : 0))
      }
    }
    let factor = record + layout.factor
    for i in 0..<p {
      var sum = record[layout.mean + i]
      for j in 0...i { sum += factor[SymmetricMatrix.index(i, j)] * first[j] }
      record[layout.posteriorMean + i] = sum
      for j in 0...i {
        var product = zero
        for a in 0...i {
          for b in 0...j {
            let e = a >= b ? SymmetricMatrix.index(a, b) : SymmetricMatrix.index(b, a)
            product +=
              factor[SymmetricMatrix.index(i, a)] * second[e]
              * factor[SymmetricMatrix.index(j, b)]
          }
        }
        record[layout.posteriorCovariance + SymmetricMatrix.index(i, j)] = product
      }
    }
  }

  /// log S and τ of a block, from the integrals of its components.
  func combine(_ block: Int) {
    var top = record(block, 0)[layout.logIntegral]
    for k in 1..<max(1, componentCount) {
      top = larger(top, record(block, k)[layout.logIntegral])
    }
    // −∞ − −∞ is not a number: subjects without any likelihood get a top that is.
    let isPossible = Lanes.all(-1e308)
    let finiteTop = cvector_select_less(isPossible, top, top, Lanes.all(0))
    var sum = Lanes.all(0)
    for k in 0..<componentCount { sum += exp(record(block, k)[layout.logIntegral] - finiteTop) }
    let logSum = finiteTop + log(sum)
    logLikelihood[block] = logSum
    let finite = cvector_select_less(isPossible, logSum, logSum, Lanes.all(0))
    for k in 0..<componentCount {
      let record = record(block, k)
      record[layout.membership] = exp(record[layout.logIntegral] - finite)
    }
  }
}
