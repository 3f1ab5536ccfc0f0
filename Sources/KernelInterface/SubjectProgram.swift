import NumericKernels
public import PopulationModel

/// A subject's events and data, laid out flat for the kernels.
public struct SubjectProgram: BitwiseCopyable {
  /// Y
  public let observed: UnsafePointer<Double>
  /// What |h| is divided by in the product that makes |H|: |Y|, or their mean for an observation of
  /// 0.
  public let scales: UnsafePointer<Double>
  public let observationCount: Int
  /// Whether all of Y is above 0, so that Y and `scales` are the same.
  public let isPositive: Bool
  /// What log p(Y | θ) has beside the terms that the kernels compute and −½ m log 2πσ²: −Σ log
  /// `scales` under proportional error.
  public let logScale: Double
  /// Of a model with direct parameters.
  public let observations: UnsafePointer<ObservedValue>
  /// Whether predictions have the form `StructuralModel.decay`; the others have no steps.
  public let decays: Bool
  public let steps: UnsafePointer<DecayStep>
  public let stepCount: Int
  public let powers: UnsafePointer<DecayPower>
  public let powerCount: Int
  /// Whether no dose is given while there may be drug left: 1/h is then a product, and there is no
  /// division.
  public let isReciprocal: Bool

  /// Whether another program has the same steps at the same times.
  func isAlike(_ other: SubjectProgram) -> Bool {
    guard decays, other.decays, stepCount == other.stepCount, powerCount == other.powerCount,
      isReciprocal == other.isReciprocal, observationCount == other.observationCount
    else { return false }
    for s in 0..<stepCount
    where steps[s].action != other.steps[s].action || steps[s].power != other.steps[s].power {
      return false
    }
    // Most often they are the same memory.
    if powers == other.powers { return true }
    for r in 0..<powerCount where powers[r] != other.powers[r] { return false }
    return true
  }
}

/// One event of a one-compartment model: the drug decays by a power, then something happens.
public struct DecayStep: BitwiseCopyable {
  public enum Action: UInt8, BitwiseCopyable {
    case dose, observe, reset
  }
  /// Amount of a dose, or 1/amount where the program is reciprocal; the value of an observation.
  public let value: Double
  /// Of an observation, see `SubjectProgram.scales`.
  public let scale: Double
  /// The decay since the step before: `batchStride` times its place in the subject's powers; −1 if
  /// no time has passed.
  public let power: Int32
  public let action: Action
  /// Whether the product of the observations so far is to be brought back to about 1.
  public let renormalizes: Bool

  /// Vectors from one quantity of a batch to the next: 32, and one more so that they do not all
  /// fall on the same lines of the cache.
  public static let batchStride = 33
}

/// A power 2^(rate · exponent), or the product of two powers before it: the times of a design are
/// often sums of each other, and a multiplication takes a twelfth of an exponential.
public struct DecayPower: BitwiseCopyable, Equatable {
  /// Elapsed time · log₂ e, with the sign of a decay, or of its reciprocal.
  public let exponent: Double
  /// Places of the factors, or −1.
  public let first: Int32
  public let second: Int32
}

/// What the kernels know of a model, in plain numbers.
public struct KernelModel: BitwiseCopyable {
  public let effectCount: Int
  public let isProportional: Bool
  /// What the kernels have code of their own for.
  public let decay: DecayForm?
  /// Where the structural model wants effect j, and how it follows the normal variable.
  public let places: UnsafePointer<Int>
  public let transforms: UnsafePointer<EffectDistribution>
  /// q, the number of direct parameters, the last of which are the structural model's, and where it
  /// wants these.
  public let directCount: Int
  public let structuralCount: Int
  public let structuralPlaces: UnsafePointer<Int>
}

/// The programs of all subjects of a rank, in memory of their own.
public final class SubjectPrograms {
  public let model: MixtureModel
  public let kernelModel: KernelModel
  public let events: [EventProgram]
  /// One for each subject.
  public let programs: UnsafePointer<SubjectProgram>
  public let largestObservationCount: Int
  public let largestPowerCount: Int
  public let largestStepCount: Int
  /// For each eight subjects, one after another, whether the kernels know the model and the
  /// subjects differ in the values of their program only, not in its steps and times.
  public let isAlike: UnsafePointer<Bool>
  private var owned: [UnsafeMutableRawPointer] = []

  public init(model: MixtureModel, events: [EventProgram]) {
    self.model = model
    self.events = events
    var owned: [UnsafeMutableRawPointer] = []
    func flat<Element: BitwiseCopyable>(_ values: [Element]) -> UnsafePointer<Element> {
      let copy = UnsafeMutablePointer<Element>.allocate(capacity: max(1, values.count))
      copy.initialize(from: values, count: values.count)
      owned.append(UnsafeMutableRawPointer(copy))
      return UnsafePointer(copy)
    }
    func room<Element: BitwiseCopyable>(_ count: Int, of type: Element.Type)
      -> UnsafeMutablePointer<Element>
    {
      let memory = UnsafeMutablePointer<Element>.allocate(capacity: max(1, count))
      owned.append(UnsafeMutableRawPointer(memory))
      return memory
    }
    let decay = model.isFactored ? model.structural.decay : nil
    let isProportional = model.isFactored && model.residual == .proportional
    func decays(_ event: UnsafePointer<EventProgram>) -> Bool {
      decay != nil && event.pointee.decays
    }
    kernelModel = KernelModel(
      effectCount: model.effectCount, isProportional: isProportional, decay: decay,
      places: flat(model.structuralPlace),
      transforms: flat(model.effects.map { $0.distribution }),
      directCount: model.direct.count, structuralCount: model.fixedEffects.count,
      structuralPlaces: flat(
        model.direct.compactMap { parameter in
          if case .structural(let place, _) = parameter.kind { place } else { nil }
        }))
    // All subjects' data in one piece each.
    let valueCount = events.indices.reduce(0) { $0 + events[$1].observed.count }
    var observed = room(valueCount, of: Double.self)
    var scales = room(valueCount, of: Double.self)
    var steps = room(
      decay == nil ? 0 : events.indices.reduce(0) { $0 + events[$1].steps.count },
      of: DecayStep.self)
    var observations = room(model.isFactored ? 0 : valueCount, of: ObservedValue.self)
    let programs = room(events.count, of: SubjectProgram.self)
    var schedule = DecaySchedule(powers: flat([DecayPower]()))
    var (powersOfAll, stepsOfAll) = (0, 0)
    // In place: copies of the programs would count references.
    events.withUnsafeBufferPointer { events in
      for place in events.indices {
        let event = events.baseAddress! + place
        let count = event.pointee.observed.count
        let isKnown = decays(event)
        let isReciprocal = isKnown && isProportional && Self.hasSingleDoses(event.pointee)
        let (isPositive, logFactor) = Self.place(event.pointee.observed, observed, scales)
        var logScale = isProportional ? logFactor : 0
        if !model.isFactored {
          logScale = ObservedValue.place(
            event.pointee, scales: scales, model: model, at: observations)
        }
        // Designs repeat themselves from subject to subject.
        if isKnown, !schedule.suits(event.pointee, isReciprocal: isReciprocal) {
          schedule = DecaySchedule(event.pointee, isReciprocal: isReciprocal, flat: { flat($0) })
        }
        if isKnown { schedule.fill(steps, event.pointee, scales: scales) }
        let stepCount = isKnown ? event.pointee.steps.count : 0
        (programs + place).initialize(
          to: SubjectProgram(
            observed: observed, scales: scales, observationCount: count, isPositive: isPositive,
            logScale: logScale, observations: observations, decays: isKnown, steps: steps,
            stepCount: stepCount,
            powers: schedule.powers, powerCount: schedule.powerCount,
            isReciprocal: isReciprocal))
        powersOfAll = max(powersOfAll, isKnown ? schedule.powerCount : 0)
        stepsOfAll = max(stepsOfAll, stepCount)
        if !model.isFactored { observations += count }
        observed += count
        scales += count
        steps += stepCount
      }
    }
    self.programs = UnsafePointer(programs)
    isAlike = flat(
      stride(from: 0, to: events.count, by: 8).map { first in
        (first..<min(first + 8, events.count)).allSatisfy {
          programs[$0].isAlike(programs[first])
        }
      })
    self.owned = owned
    largestObservationCount = events.indices.reduce(0) { max($0, events[$1].observed.count) }
    largestPowerCount = powersOfAll
    largestStepCount = stepsOfAll
  }

  deinit { for pointer in owned { pointer.deallocate() } }

  /// Whether no dose is given after time has passed since a dose, and none is missing before an
  /// observation.
  private static func hasSingleDoses(_ event: EventProgram) -> Bool {
    var doses = 0
    for step in event.steps {
      switch step.action {
      case .dose:
        if doses > 0 || step.amount <= 0 { return false }
        doses += 1
      case .observe: if doses == 0 { return false }
      case .reset: doses = 0
      }
    }
    return true
  }

  /// Copies observations and what they are divided by.
  /// - Returns: whether all are above 0, and −Σ log of the scales.
  private static func place(
    _ values: [Double], _ observed: UnsafeMutablePointer<Double>,
    _ scales: UnsafeMutablePointer<Double>
  ) -> (isPositive: Bool, logScale: Double) {
    let mean = values.reduce(0) { $0 + abs($1) } / Double(max(1, values.count))
    var isPositive = true
    // One logarithm for all, unless their product leaves the range of doubles.
    var product = 1.0
    var logScale = 0.0
    for (j, value) in values.enumerated() {
      let size = abs(value)
      let scale = size > 0 ? size : mean > 0 ? mean : 1
      (observed + j).initialize(to: value)
      (scales + j).initialize(to: scale)
      isPositive = isPositive && value > 0
      let next = product * scale
      if next > 1e-250, next < 1e250 {
        product = next
      } else {
        logScale -= log(product) + log(scale)
        product = 1
      }
    }
    return (isPositive, logScale - log(product))
  }
}

/// The times and actions of a program, which subjects share whose designs are the same.
private struct DecaySchedule {
  private(set) var powers: UnsafePointer<DecayPower>
  private(set) var powerCount = 0
  /// Of each step since the one before; `nil` as long as there is no subject.
  private var elapsed: [Double]?
  private var isReciprocal = false
  /// Of each step; see `PowerChain`.
  private var places: [Int] = []

  /// That of a program without steps.
  init(powers: UnsafePointer<DecayPower>) { self.powers = powers }

  /// - Parameter flat: makes memory of an array.
  init(
    _ event: EventProgram, isReciprocal: Bool,
    flat: ([DecayPower]) -> UnsafePointer<DecayPower>
  ) {
    let chain = PowerChain(event.steps.map { $0.elapsed })
    let sign = isReciprocal ? log2e : -log2e
    powers = flat(
      chain.links.map { link in
        DecayPower(
          exponent: sign * link.time, first: Int32(link.factors?.0 ?? -1),
          second: Int32(link.factors?.1 ?? -1))
      })
    powerCount = chain.links.count
    places = chain.places
    elapsed = event.steps.map { $0.elapsed }
    self.isReciprocal = isReciprocal
  }

  /// Whether another subject has the same times and needs the same powers.
  func suits(_ other: EventProgram, isReciprocal: Bool) -> Bool {
    guard let elapsed, self.isReciprocal == isReciprocal, elapsed.count == other.steps.count
    else { return false }
    for s in elapsed.indices where elapsed[s] != other.steps[s].elapsed { return false }
    return true
  }

  /// Writes a subject's steps.
  func fill(
    _ target: UnsafeMutablePointer<DecayStep>, _ event: EventProgram,
    scales: UnsafePointer<Double>
  ) {
    var observations = 0
    for s in event.steps.indices {
      let step = event.steps[s]
      let power = Int32(places[s] < 0 ? -1 : places[s] * DecayStep.batchStride)
      let own: DecayStep
      switch step.action {
      case .dose:
        own = DecayStep(
          value: isReciprocal ? 1 / step.amount : step.amount, scale: 0, power: power,
          action: .dose, renormalizes: false)
      case .observe:
        own = DecayStep(
          value: event.observed[observations], scale: scales[observations], power: power,
          action: .observe, renormalizes: observations & 63 == 63)
        observations += 1
      case .reset:
        own = DecayStep(value: 0, scale: 0, power: power, action: .reset, renormalizes: false)
      }
      (target + s).initialize(to: own)
    }
  }
}

private let log2e = 1.4426950408889634074

/// What a kernel needs to know when it is made.
public struct KernelPlan {
  public let programs: SubjectPrograms
  /// The largest `count` of `evaluate`.
  public let pointCapacity: Int

  public init(programs: SubjectPrograms, pointCapacity: Int) {
    self.programs = programs
    self.pointCapacity = pointCapacity
  }
}
