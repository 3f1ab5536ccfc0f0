import CVector
public import NumericKernels
public import PopulationData
public import PopulationModel

/// One, two or three compartments with elimination from the central one, doses into it or into a
/// depot from which they are absorbed; all processes are of first order. The prediction is the
/// central concentration.
///
/// Compartments are numbered from 1: the depot if there is one, the central compartment, then the
/// peripheral ones.
///
/// M. Gibaldi, D. Perrier, "Pharmacokinetics", 2nd edition, New York 1982, chapters 1 and 2.
public struct LinearModel: StructuralModel {
  public let name: String
  let shape: LinearShape

  init(name: String, shape: LinearShape) {
    self.name = name
    self.shape = shape
  }

  public var parameterNames: [String] { shape.parameters.names }
  public var parameterKinds: [ParameterKind] { shape.parameters.kinds }

  /// Names of the parameters without which there is no model; the others may be left out.
  public var necessaryParameters: [String] {
    let count = shape.parameters.dispositionCount
    return parameterNames.prefix(count) + (shape.hasDepot ? ["ka"] : [])
  }

  /// Parameters that each of the models may have: lag and share of doses into the default
  /// compartment, duration of its infusions with RATE −2, and rate of those with RATE −1.
  public static let optionalParameters = ["tlag", "F", "dur", "rate"]

  /// All models by name, each with all sets of parameters: those without optional ones first.
  public static let all: [(name: String, variants: [LinearModel])] = {
    var models: [(name: String, variants: [LinearModel])] = []
    for (count, number) in [(1, "one"), (2, "two"), (3, "three")] {
      for hasDepot in [false, true] {
        let name = "\(number)-compartment" + (hasDepot ? " oral" : "")
        var variants: [LinearModel] = []
        for optional in subsets(of: [.lag, .bioavailability, .duration, .rate]) {
          for disposition in LinearParameters.dispositions(compartmentCount: count) {
            let parameters = LinearParameters(
              disposition: disposition.form, names: disposition.names,
              inputs: (hasDepot ? [.absorption] : []) + optional)
            variants.append(
              LinearModel(
                name: name,
                shape: LinearShape(modeCount: count, hasDepot: hasDepot, parameters: parameters)))
          }
        }
        models.append((name, variants))
      }
    }
    return models
  }()

  /// By size.
  private static func subsets(of inputs: [LinearParameters.Input]) -> [[LinearParameters.Input]] {
    (0..<1 << inputs.count)
      .map { bits in inputs.indices.filter { bits >> $0 & 1 == 1 }.map { inputs[$0] } }
      .sorted { $0.count < $1.count }
  }

  /// Of one compartment without a depot and without parameters of the dose.
  public var decay: DecayForm? {
    guard shape.modeCount == 1, !shape.hasDepot, shape.parameters.inputs.isEmpty else { return nil }
    switch shape.parameters.disposition {
    case .clearances:
      return DecayForm(volumePlace: 1, ratePlace: 0, isClearance: true, refusesGrowth: true)
    case .rates:
      return DecayForm(volumePlace: 0, ratePlace: 1, isClearance: false, refusesGrowth: true)
    case .coefficients: return nil
    }
  }

  public func decays(_ subject: Subject) -> Bool {
    decay != nil && subject.hasPlainBolusesOnly
  }

  public func prepare(_ subject: Subject) -> (any PreparedSubject)? {
    prepare(EventTimeline(subject))
  }

  /// What `prepare(_:)` makes of a subject, from the timeline; its compartments are those of the
  /// model.
  public func prepare(_ timeline: EventTimeline) -> any PreparedSubject {
    LinearProgram(timeline, shape: shape)
  }

  /// As `prepare(_:)` of a timeline, for the event machine even where nothing depends on the
  /// parameters: the slow way to the same predictions.
  package func prepareForMachine(_ timeline: EventTimeline) -> any PreparedSubject {
    LinearProgram(timeline, shape: shape, isGeneral: true)
  }

  public func predict(
    _ program: borrowing EventProgram, parameters: UnsafePointer<Lanes>, count: Int,
    predictions: UnsafeMutablePointer<Lanes>
  ) {
    if program.decays, let decay {
      decay.predict(program, parameters: parameters, count: count, predictions: predictions)
      return
    }
    guard let prepared = program.prepared else {
      preconditionFailure("the program was made for this model")
    }
    predict(prepared, parameters: parameters, count: count, predictions: predictions)
  }

  /// As `predict(_:parameters:count:predictions:)`, of what `prepare` has made.
  /// - Parameter trouble: takes why the first sample has no predictions, if `prepared` was made for
  ///   the machine.
  public func predict(
    _ prepared: any PreparedSubject, parameters: UnsafePointer<Lanes>, count: Int,
    predictions: UnsafeMutablePointer<Lanes>, trouble: UnsafeMutablePointer<EventTrouble?>? = nil
  ) {
    guard let program = prepared as? LinearProgram else {
      preconditionFailure("the program was made for this model")
    }
    program.predict(
      parameters: parameters, count: count, predictions: predictions, trouble: trouble)
  }
}

extension LinearShape {
  /// Computes what does not depend on the events: rates and shares of the modes, and what else
  /// `LinearSystem` keeps.
  ///
  /// Where a rate constant is negative or not a number, the shares are NaN, and so all predictions.
  /// - Parameter hasModes: whether modes are wanted; else the rate of elimination takes the place
  ///   of the first rate, and 1 that of shares, if the parameters are not coefficients.
  @inline(__always)
  func placeConstants(
    _ constants: UnsafeMutablePointer<Lanes>, parameters: UnsafePointer<Lanes>, count: Int, v: Int,
    hasModes: Bool = true
  ) {
    let zero = Lanes.all(0)
    let (rates, shares) = (constants, constants + 3)
    let (inward, outward, perVolume) = (constants + 7, constants + 9, constants + 11)
    func value(_ place: Int) -> Lanes { parameters[place * count + v] }
    var sense = zero
    func require(_ rate: Lanes) {
      sense = cvector_select_less(rate, Lanes.all(.infinity), sense, Lanes.all(.nan))
      sense = cvector_select_less(rate, zero, Lanes.all(.nan), sense)
    }
    switch self.parameters.disposition {
    case .coefficients:
      for i in 0..<modeCount {
        shares[i] = value(2 * i)
        rates[i] = value(2 * i + 1)
        require(rates[i])
      }
      perVolume[0] = Lanes.all(1)
    case .clearances, .rates:
      var constants = RateConstants(elimination: zero)
      let volume: Lanes
      if self.parameters.disposition == .clearances {
        volume = value(1)
        constants.elimination = value(0) / volume
        if modeCount > 1 {
          constants.outward.0 = value(2) / volume
          constants.inward.0 = value(2) / value(3)
          perVolume[1] = 1 / value(3)
        }
        if modeCount > 2 {
          constants.outward.1 = value(4) / volume
          constants.inward.1 = value(4) / value(5)
          perVolume[2] = 1 / value(5)
        }
      } else {
        volume = value(0)
        constants.elimination = value(1)
        // Volumes in which the concentrations are equal when exchange is.
        if modeCount > 1 {
          constants.outward.0 = value(2)
          constants.inward.0 = value(3)
          perVolume[1] = value(3) / (value(2) * volume)
        }
        if modeCount > 2 {
          constants.outward.1 = value(4)
          constants.inward.1 = value(5)
          perVolume[2] = value(5) / (value(4) * volume)
        }
      }
      require(constants.elimination)
      perVolume[0] = 1 / volume
      if modeCount > 1 {
        require(constants.outward.0)
        require(constants.inward.0)
      }
      if modeCount > 2 {
        require(constants.outward.1)
        require(constants.inward.1)
      }
      (outward[0], outward[1]) = constants.outward
      (inward[0], inward[1]) = constants.inward
      switch hasModes ? modeCount : 0 {
      case 0:
        rates[0] = constants.elimination
        for i in 0..<modeCount { shares[i] = Lanes.all(1) }
      case 1:
        rates[0] = constants.elimination
        shares[0] = Lanes.all(1)
      case 2: DispositionModes.two(constants, rates: rates, shares: shares)
      default: DispositionModes.three(constants, rates: rates, shares: shares)
      }
    }
    var place = self.parameters.dispositionCount
    (constants + 6)[0] = zero
    constants[14] = Lanes.all(1)
    for i in 15..<18 { constants[i] = zero }
    for input in self.parameters.inputs {
      let own = value(place)
      place += 1
      switch input {
      case .absorption:
        constants[6] = own
        require(own)
      case .bioavailability: constants[14] = own
      case .lag: constants[15] = own
      case .rate: constants[16] = own
      case .duration: constants[17] = own
      }
    }
    for i in 0..<modeCount { shares[i] += sense }
  }
}
