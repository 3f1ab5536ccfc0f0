public import PopulationModel

/// A subject's timeline as `EventMachine` follows it, laid out flat and checked once.
public final class EventSchedule: Sendable {
  @usableFromInline
  struct Step: BitwiseCopyable {
    @usableFromInline
    enum Action: UInt8, BitwiseCopyable {
      case dose, observe, reset, turnOn, turnOff, pass
    }
    @usableFromInline var time: Double
    @usableFromInline var action: Action
    @usableFromInline var covariates: Int
    /// Of a dose, an observation, or a compartment from 0.
    @usableFromInline var place: Int
  }

  @usableFromInline
  struct Dose: BitwiseCopyable {
    @usableFromInline
    enum Entry: UInt8, BitwiseCopyable {
      case bolus, rate, duration, modelledRate, modelledDuration
    }
    @usableFromInline
    enum SteadyState: UInt8, BitwiseCopyable {
      case none, replace, add
    }
    @usableFromInline var amount: Double
    @usableFromInline var entry: Entry
    /// The rate or the duration, if the data set has it.
    @usableFromInline var value: Double
    /// From 0.
    @usableFromInline var compartment: Int
    @usableFromInline var steadyState: SteadyState
    @usableFromInline var interval: Double
    /// The row that has the dosing parameters.
    @usableFromInline var covariates: Int
  }

  @usableFromInline nonisolated(unsafe) let steps: UnsafeMutablePointer<Step>
  @usableFromInline let stepCount: Int
  @usableFromInline nonisolated(unsafe) let doses: UnsafeMutablePointer<Dose>
  /// Number of doses that can be on their way, or running, at once.
  public let doseCount: Int
  public let compartmentCount: Int

  /// - Parameters:
  ///   - timeline: compartments that it names exist.
  ///   - compartmentCount: that of the system.
  ///   - defaultDoseCompartment: from 0, for doses without CMT.
  public init(_ timeline: EventTimeline, compartmentCount: Int, defaultDoseCompartment: Int) {
    self.compartmentCount = compartmentCount
    stepCount = timeline.events.count
    doseCount = timeline.doses.count
    steps = .allocate(capacity: max(1, stepCount))
    doses = .allocate(capacity: max(1, doseCount))
    for (place, event) in timeline.events.enumerated() {
      let (action, index): (Step.Action, Int) =
        switch event.action {
        case .dose(let dose): (.dose, dose)
        case .observe(let observation): (.observe, observation)
        case .reset: (.reset, 0)
        case .turn(let compartment, let isOn): (isOn ? .turnOn : .turnOff, compartment - 1)
        case .pass: (.pass, 0)
        }
      (steps + place).initialize(
        to: Step(
          time: event.time, action: action, covariates: event.covariates, place: index))
    }
    for (place, dose) in timeline.doses.enumerated() {
      let (entry, value): (Dose.Entry, Double) =
        switch dose.entry {
        case .bolus: (.bolus, 0)
        case .rate(let rate): (.rate, rate)
        case .duration(let duration): (.duration, duration)
        case .modelledRate: (.modelledRate, 0)
        case .modelledDuration: (.modelledDuration, 0)
        }
      let steadyState: Dose.SteadyState =
        switch dose.steadyState {
        case .none: .none
        case .replace: .replace
        case .add: .add
        }
      let compartment = dose.compartment == 0 ? defaultDoseCompartment : dose.compartment - 1
      precondition(compartment < compartmentCount, "the model has the compartments of all doses")
      (doses + place).initialize(
        to: Dose(
          amount: dose.amount, entry: entry, value: value, compartment: compartment,
          steadyState: steadyState, interval: dose.interval, covariates: dose.covariates))
    }
  }

  deinit {
    steps.deallocate()
    doses.deallocate()
  }
}
