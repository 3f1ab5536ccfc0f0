/// `$PRIOR NWPRI`: normal priors of THETAs, inverse Wishart priors of blocks of OMEGA.
struct NormalWishartPrior: Sendable {
  /// Prior modes of the first THETAs.
  var theta: [Double] = []
  /// Prior variances of these.
  var thetaVariances: [Double] = []
  /// Prior modes of the first ETAs' variances.
  var omega: [Double] = []
  var degreesOfFreedom: [Double] = []
  var position: Position

  /// Reads the records with informative names, `$THETAP` and the like.
  static func read(
    _ record: ControlRecord, _ records: [ControlRecord], _ thetas: inout [Theta],
    _ omega: inout CovarianceBlocks
  ) throws(Fault) -> NormalWishartPrior {
    var reader = try WordReader(record)
    var counts: [String: Int] = [:]
    while let name = reader.name {
      guard
        name == "NWPRI" || name.hasPrefix("NTH") || name.hasPrefix("NET") || name.hasPrefix("NPEXP")
          || name == "PLEV"
      else {
        throw Fault(
          reader.position,
          "$PRIOR \(name) is not supported; normal and inverse Wishart priors (NWPRI) are.")
      }
      reader.advance()
      if reader.take(.equals) {
        guard let value = reader.number, let count = Int(exactly: value), 0...1000 ~= count else {
          throw reader.unexpected("a whole number up to 1000")
        }
        counts[name] = count
        reader.advance()
      }
      _ = reader.take(.comma)
    }
    func all(_ kind: RecordKind) -> [ControlRecord] { records.filter { $0.kind == kind } }
    if let own = counts["NTHETA"], all(.priorTheta).isEmpty, all(.priorOmega).isEmpty {
      return try counted(record, own, counts, &thetas, &omega)
    }
    guard !all(.priorTheta).isEmpty || !all(.priorOmega).isEmpty else {
      throw Fault(
        record.position,
        "$PRIOR NWPRI without $THETAP or $OMEGAP; write the priors in these records, not behind $THETA and $OMEGA."
      )
    }
    var prior = NormalWishartPrior(position: record.position)
    for one in all(.priorTheta) { prior.theta += try Theta.read(one).map(\.initial) }
    var variances = CovarianceBlocks()
    for one in all(.priorThetaVariance) { try variances.read(one) }
    for block in variances.blocks {
      for row in 0..<block.size {
        for column in 0..<row where block.value(row, column) != 0 {
          throw Fault(
            block.position, "priors of THETAs with covariances are not supported; write 0 for them."
          )
        }
        prior.thetaVariances.append(block.value(row, row))
      }
    }
    guard prior.theta.count == prior.thetaVariances.count else {
      throw Fault(
        record.position,
        "$THETAP has \(prior.theta.count) values and $THETAPV has \(prior.thetaVariances.count) variances."
      )
    }
    var blocks = CovarianceBlocks()
    for one in all(.priorOmega) { try blocks.read(one) }
    for block in blocks.blocks {
      for row in 0..<block.size {
        for column in 0..<row where block.value(row, column) != 0 {
          throw Fault(
            block.position,
            "a prior with covariances in $OMEGAP is not supported; write 0 for them.")
        }
        prior.omega.append(block.value(row, row))
      }
    }
    var degrees: [Double] = []
    for one in all(.priorOmegaDegrees) { degrees += try Theta.read(one).map(\.initial) }
    guard degrees.count == blocks.blocks.count else {
      throw Fault(
        record.position,
        "$OMEGAPD has \(degrees.count) values for \(blocks.blocks.count) blocks of $OMEGAP.")
    }
    for (block, value) in zip(blocks.blocks, degrees) {
      prior.degreesOfFreedom += Array(repeating: value, count: block.size)
    }
    return prior
  }

  /// Priors behind the model's own $THETA and $OMEGA: NTHP THETAs with their variances, NETP
  /// variances with their degrees of freedom.
  private static func counted(
    _ record: ControlRecord, _ own: Int, _ counts: [String: Int], _ thetas: inout [Theta],
    _ omega: inout CovarianceBlocks
  ) throws(Fault) -> NormalWishartPrior {
    var prior = NormalWishartPrior(position: record.position)
    let etas = counts["NETA"] ?? 0
    let thetaPriors = counts["NTHP"] ?? 0
    let omegaPriors = counts["NETP"] ?? 0
    guard own + thetaPriors <= thetas.count, etas + thetaPriors + omegaPriors <= omega.count else {
      throw Fault(
        record.position,
        "$PRIOR counts \(own + thetaPriors) THETAs and \(etas + thetaPriors + omegaPriors) ETAs with those of the priors; there are \(thetas.count) and \(omega.count)."
      )
    }
    prior.theta = thetas[own..<(own + thetaPriors)].map(\.initial)
    for i in 0..<thetaPriors {
      let eta = etas + i + 1
      prior.thetaVariances.append(omega.variance(eta))
      for j in 0..<i where omega.covariance(eta, etas + j + 1) != 0 {
        throw Fault(
          record.position, "priors of THETAs with covariances are not supported; write 0 for them.")
      }
    }
    var degrees = thetas[(own + thetaPriors)...].map(\.initial)[...]
    var last: Int?
    for i in 0..<omegaPriors {
      let eta = etas + thetaPriors + i + 1
      prior.omega.append(omega.variance(eta))
      if let block = omega.find(eta)?.block, block != last {
        last = block
        guard let value = degrees.popFirst() else {
          throw Fault(
            record.position,
            "the degrees of freedom of a prior of OMEGA are missing among the THETAs.")
        }
        prior.degreesOfFreedom.append(value)
      } else {
        prior.degreesOfFreedom.append(prior.degreesOfFreedom[i - 1])
      }
    }
    thetas.removeSubrange(own...)
    omega.keep(etas)
    return prior
  }
}
