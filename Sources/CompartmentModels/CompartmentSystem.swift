public import CVector
public import NumericKernels

/// The compartments of a model for ONE vector of eight samples: how amounts change between events.
/// `EventMachine` carries it through a subject's timeline.
///
/// Compartments count from 0 here, from 1 in data sets. Records are the same in all lanes, so that
/// covariates, observations, resets and compartments turned on and off come at one time for all;
/// between two records every lane has its own times, at which its doses arrive and its infusions
/// end.
///
/// A lane that cannot be followed any further (outside the model's domain, a solver without
/// success) has NaN as its amounts from there on, and the system carries it along without work;
/// this must not change the other lanes. Nothing may be allocated.
public protocol CompartmentSystem {
  var compartmentCount: Int { get }

  /// Vectors that the state takes, which all functions below know as `amounts`: one for each
  /// compartment, or what a system in closed form has in their place.
  var stateCount: Int { get }

  /// The compartment that doses without CMT enter.
  var defaultDoseCompartment: Int { get }

  /// Makes the parameters those of a row of the timeline's covariates, and all that follows from
  /// them. Called before anything else, and whenever the row changes; the row of an event holds in
  /// the interval that ends with it.
  mutating func use(covariates row: Int)

  /// Adds a dose to the state. Where it is 0 the lane stays as it is, bit for bit.
  mutating func give(
    _ dose: Lanes, to compartment: Int, _ amounts: UnsafeMutablePointer<Lanes>)

  /// Takes all that a compartment contains out of the state, in the lanes that are 1.
  mutating func empty(
    _ compartment: Int, where lanes: Lanes, _ amounts: UnsafeMutablePointer<Lanes>)

  /// Says in which lanes a compartment is on from now on: 1 there, else 0. Where it is off it
  /// contains nothing: the machine has set its amount to 0 and gives it no doses; `advance` keeps
  /// the amount 0, and what flows there from other compartments is lost. All are on at the
  /// beginning and after a reset, when the machine says so for each that was off.
  mutating func turn(_ compartment: Int, isOn: Lanes)

  /// Writes the amounts at the beginning and after a reset, at the parameters in use.
  mutating func placeInitialAmounts(_ amounts: UnsafeMutablePointer<Lanes>)

  /// What holds for doses into a compartment, at the parameters in use.
  func dosing(_ compartment: Int) -> DosingParameters

  /// Carries the amounts from `start` to `end` while infusions run at constant rates.
  /// - Parameters:
  ///   - amounts: one vector for each compartment.
  ///   - rates: amount per time into each compartment.
  ///   - start: in the time of the timeline, each lane its own.
  ///   - end: not before `start`. Where they are equal, the lane's amounts stay as they are, bit
  ///     for bit.
  mutating func advance(
    _ amounts: UnsafeMutablePointer<Lanes>, rates: UnsafePointer<Lanes>, from start: Lanes,
    to end: Lanes)

  /// Writes the amounts of a steady state at the moment before the next dose, at the parameters in
  /// use, if they have a closed form.
  /// - Returns: whether they have; if not, the machine repeats the interval until nothing changes
  ///   any more, from the initial amounts, in times that end at the record of the dose.
  mutating func placeSteadyState(
    _ amounts: UnsafeMutablePointer<Lanes>, of regimen: SteadyRegimen
  ) -> Bool

  /// Relative change of the amounts over an interval below which it counts as steady, where there
  /// is no closed form. It lies above the errors of `advance`.
  var steadyTolerance: Double { get }

  /// An observation is due; the parameters in use are those of its row.
  /// - Parameters:
  ///   - observation: its place in the timeline's `observations`; they come in ascending order,
  ///     each once.
  ///   - amounts: one vector for each compartment, after the doses that count for it.
  ///   - time: in the time of the timeline.
  mutating func observe(_ observation: Int, amounts: UnsafePointer<Lanes>, time: Double)
}

extension CompartmentSystem {
  @inlinable public var stateCount: Int { compartmentCount }

  @inlinable public var steadyTolerance: Double { 1e-9 }

  @inlinable public mutating func give(
    _ dose: Lanes, to compartment: Int, _ amounts: UnsafeMutablePointer<Lanes>
  ) { amounts[compartment] += dose }

  @inlinable public mutating func empty(
    _ compartment: Int, where lanes: Lanes, _ amounts: UnsafeMutablePointer<Lanes>
  ) {
    let zero = Lanes.all(0)
    amounts[compartment] = cvector_select_less(zero, lanes, zero, amounts[compartment])
  }

  /// For systems of which no compartment can be turned off; their models refuse such subjects.
  @inlinable public mutating func turn(_ compartment: Int, isOn: Lanes) {}

  /// All compartments are empty.
  @inlinable public mutating func placeInitialAmounts(_ amounts: UnsafeMutablePointer<Lanes>) {
    for place in 0..<stateCount { amounts[place] = Lanes.all(0) }
  }

  /// There is no closed form.
  @inlinable public mutating func placeSteadyState(
    _ amounts: UnsafeMutablePointer<Lanes>, of regimen: SteadyRegimen
  ) -> Bool { false }
}
