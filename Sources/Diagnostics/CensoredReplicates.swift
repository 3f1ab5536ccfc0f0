import NumericKernels
import PopulationData

/// What is known of one subject's observations, and how others in their place would have been
/// reported.
struct CensoredRows {
  let observations: [Observation]
  let ranges: [ReportedRange]
  /// Addresses of the numbers that choose among what lies beyond a limit.
  let observed: RandomAddress
  let replicates: RandomAddress
}

extension ReplicateCloud {
  /// Puts drawn values in place of those beyond a limit: T. H. T. Nguyen, E. Comets & F. Mentré, J
  /// Pharmacokinet Pharmacodyn 39 (2012) 499–518.
  ///
  /// Of a censored observation is known that its prediction distribution error pd lies below F(L),
  /// the share of replicates below its limit L. So pd is drawn uniformly from 0 to F(L), and y =
  /// F⁻¹(pd) is a value for it. Replicates below the limit are drawn anew in the same way, each by
  /// a number of its own, as a drawn value keeps nothing of the subject's other observations: so
  /// the observed vector stays one like the others if the model is right. Limits above values
  /// likewise. Where no replicate lies beyond the limit of a censored observation, it is the limit
  /// that is compared.
  func drawCensored(_ rows: CensoredRows, observed: inout [Double]) {
    for (j, range) in rows.ranges.enumerated() where range.isLimited {
      let censoring = rows.observations[j].censoring
      if let limit = range.lower {
        let own = drawBeyond(rows, row: j) { $0 .< limit.value }
        if case .below = censoring { observed[j] = own ?? limit.value }
      }
      if let limit = range.upper {
        let own = drawBeyond(rows, row: j) { $0 .> limit.value }
        if case .above = censoring { observed[j] = own ?? limit.value }
      }
    }
  }

  /// Draws anew what lies beyond a limit.
  /// - Returns: a value for a censored observation; `nil` if no replicate lies there.
  private func drawBeyond(
    _ rows: CensoredRows, row j: Int, where isBeyond: (Lanes) -> SIMDMask<SIMD8<Int64>>
  ) -> Double? {
    let own = values + j * vectors
    var beyond: [Double] = []
    for v in 0..<vectors {
      let isOut = isBeyond(own[v]) .& (weights[v] .> 0)
      for lane in 0..<8 where isOut[lane] { beyond.append(own[v][lane]) }
    }
    guard !beyond.isEmpty else { return nil }
    beyond.sort()
    /// F⁻¹ of these values, between the middles of their steps a straight line.
    func value(_ u: Double) -> Double {
      let place = min(max(u * Double(beyond.count) - 0.5, 0), Double(beyond.count - 1))
      let step = Int(place)
      guard step + 1 < beyond.count else { return beyond[step] }
      return beyond[step] + (place - Double(step)) * (beyond[step + 1] - beyond[step])
    }
    for v in 0..<vectors {
      let isOut = isBeyond(own[v]) .& (weights[v] .> 0)
      guard any(isOut) else { continue }
      let (even, odd) = rows.replicates.uniforms(firstSample: 8 * v, pair: j / 2)
      let u = j % 2 == 0 ? even : odd
      for lane in 0..<8 where isOut[lane] { own[v][lane] = value(u[lane]) }
    }
    return value(rows.observed.uniform(sample: 0, dimension: j))
  }
}
