/// `$PRIOR NWPRI`: normal priors of THETAs, inverse Wishart priors of blocks of OMEGA.
struct NormalWishartPrior: Sendable {
  /// Prior modes of the first THETAs.
  var theta: [Double] = []
  /// Prior variances of the same THETAs.
  var thetaVariances: [Double] = []
  /// Prior modes of the first ETAs' variances.
  var omega: [Double] = []
  /// Degrees of freedom of the same variances.
  var degreesOfFreedom: [Double] = []
  var position: Position

  /// Reads a prior, from records with informative names or from the last THETAs and ETAs.
  /// - Parameters:
  ///   - records: all records of the control stream.
  ///   - thetas: those of the control stream; a prior among them is taken away.
  ///   - omega: likewise.
  static func read(
    _ record: ControlRecord, _ records: [ControlRecord], _ thetas: inout [Theta],
    _ omega: inout CovarianceBlocks
  ) throws(Fault) -> NormalWishartPrior {
    let counts = try Counts(record)
    let hasRecords = records.contains { $0.kind == .priorTheta || $0.kind == .priorOmega }
    var prior = NormalWishartPrior(position: record.position)
    if hasRecords {
      try prior.readThetas(records)
      try prior.readOmega(records)
    } else if counts.thetas != nil {
      try prior.take(counts, &thetas, &omega)
    } else {
      throw Fault(
        record.position,
        "$PRIOR NWPRI without $THETAP or $OMEGAP; write the priors in these records, not behind $THETA and $OMEGA."
      )
    }
    return prior
  }

  // MARK: records of the prior

  /// Reads `$THETAP` and `$THETAPV`.
  private mutating func readThetas(_ records: [ControlRecord]) throws(Fault) {
    for one in records where one.kind == .priorTheta {
      theta += try Theta.read(one).map(\.initial)
    }
    var variances = CovarianceBlocks()
    for one in records where one.kind == .priorThetaVariance { try variances.read(one) }
    thetaVariances = try Self.diagonal(
      variances, "priors of THETAs with covariances are not supported; write 0 for them.")
    guard theta.count == thetaVariances.count else {
      throw Fault(
        position,
        "$THETAP has \(theta.count) values and $THETAPV has \(thetaVariances.count) variances.")
    }
  }

  /// Reads `$OMEGAP` and `$OMEGAPD`, whose degrees of freedom are those of whole blocks.
  private mutating func readOmega(_ records: [ControlRecord]) throws(Fault) {
    var modes = CovarianceBlocks()
    for one in records where one.kind == .priorOmega { try modes.read(one) }
    omega = try Self.diagonal(
      modes, "a prior with covariances in $OMEGAP is not supported; write 0 for them.")
    var degrees: [Double] = []
    for one in records where one.kind == .priorOmegaDegrees {
      degrees += try Theta.read(one).map(\.initial)
    }
    guard degrees.count == modes.blocks.count else {
      throw Fault(
        position,
        "$OMEGAPD has \(degrees.count) values for \(modes.blocks.count) blocks of $OMEGAP."
      )
    }
    for (block, value) in zip(modes.blocks, degrees) {
      degreesOfFreedom += Array(repeating: value, count: block.size)
    }
  }

  /// The variances of blocks, whose covariances have to be 0.
  private static func diagonal(
    _ blocks: CovarianceBlocks, _ refusal: String
  ) throws(Fault) -> [Double] {
    var variances: [Double] = []
    for block in blocks.blocks {
      for row in 0..<block.size {
        for column in 0..<row where block.value(row, column) != 0 {
          throw Fault(block.position, refusal)
        }
        variances.append(block.value(row, row))
      }
    }
    return variances
  }

  // MARK: priors among THETAs and ETAs

  /// The numbers of `NWPRI NTHETA=2 NETA=2 NTHP=2 NETP=0`.
  private struct Counts {
    /// The number of the model's own THETAs, NTHETA.
    private(set) var thetas: Int?
    /// The number of the model's own ETAs, NETA.
    private(set) var etas = 0
    /// The number of THETAs with a prior, NTHP.
    private(set) var thetaPriors = 0
    /// The number of ETAs with a prior, NETP.
    private(set) var omegaPriors = 0

    init(_ record: ControlRecord) throws(Fault) {
      var reader = try WordReader(record)
      while let name = reader.name {
        guard
          name == "NWPRI" || name == "PLEV"
            || ["NTH", "NET", "NPEXP"].contains(where: { name.hasPrefix($0) })
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
          set(name, count)
          reader.advance()
        }
        _ = reader.take(.comma)
      }
    }

    private mutating func set(_ name: String, _ count: Int) {
      switch name {
      case "NTHETA": thetas = count
      case "NETA": etas = count
      case "NTHP": thetaPriors = count
      case "NETP": omegaPriors = count
      default: break
      }
    }
  }

  /// Takes the priors behind the model's own THETAs and ETAs away from these: modes and variances
  /// of THETAs, modes and degrees of freedom of variances.
  private mutating func take(
    _ counts: Counts, _ thetas: inout [Theta], _ etas: inout CovarianceBlocks
  ) throws(Fault) {
    let own = counts.thetas ?? 0
    let thetaCount = own + counts.thetaPriors
    let etaCount = counts.etas + counts.thetaPriors + counts.omegaPriors
    guard thetaCount <= thetas.count, etaCount <= etas.count else {
      throw Fault(
        position,
        "$PRIOR counts \(thetaCount) THETAs and \(etaCount) ETAs with those of the priors; there are \(thetas.count) and \(etas.count)."
      )
    }
    theta = thetas[own..<thetaCount].map(\.initial)
    for i in 0..<counts.thetaPriors {
      let eta = counts.etas + i + 1
      thetaVariances.append(etas.variance(eta))
      for j in 0..<i where etas.covariance(eta, counts.etas + j + 1) != 0 {
        throw Fault(
          position, "priors of THETAs with covariances are not supported; write 0 for them.")
      }
    }
    var degrees = thetas[thetaCount...].map(\.initial)[...]
    var last: Int?
    for i in 0..<counts.omegaPriors {
      let eta = counts.etas + counts.thetaPriors + i + 1
      omega.append(etas.variance(eta))
      if let block = etas.find(eta)?.block, block != last {
        last = block
        guard let value = degrees.popFirst() else {
          throw Fault(
            position, "the degrees of freedom of a prior of OMEGA are missing among the THETAs.")
        }
        degreesOfFreedom.append(value)
      } else {
        degreesOfFreedom.append(degreesOfFreedom[i - 1])
      }
    }
    thetas.removeSubrange(own...)
    etas.keep(counts.etas)
  }
}
