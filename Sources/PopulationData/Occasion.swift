/// A bolus dose: an amount that enters a compartment at one moment.
public struct DoseRecord: Sendable, Equatable {
  /// Time of administration, in the data set's unit of time.
  public var time: Double
  /// Amount, above zero, in the data set's unit of amount.
  public var amount: Double
  /// Compartment as numbered in the data set; 0 is the model's default compartment for doses.
  public var compartment: Int
  /// Line of the row that ordered the dose; an additional dose (ADDL) has the line of its row.
  public var line: Int

  public init(time: Double, amount: Double, compartment: Int = 0, line: Int = 0) {
    self.time = time
    self.amount = amount
    self.compartment = compartment
    self.line = line
  }
}

/// One measured value.
public struct Observation: Sendable, Equatable {
  /// Time of the measurement, in the data set's unit of time.
  public var time: Double
  /// The value (DV), in the data set's unit.
  public var value: Double
  /// Compartment as numbered in the data set; 0 is the model's default compartment to observe.
  public var compartment: Int
  /// Line of the row in its file.
  public var line: Int
  /// How many of the occasion's doses, from the first, were given before this measurement.
  ///
  /// At equal times the order of the rows decides, and an additional dose (ADDL) comes before any
  /// row of the same time.
  public var precedingDoses: Int

  public init(
    time: Double, value: Double, compartment: Int = 0, line: Int = 0, precedingDoses: Int
  ) {
    self.time = time
    self.value = value
    self.compartment = compartment
    self.line = line
    self.precedingDoses = precedingDoses
  }
}

/// A stretch of a subject's records in which all amounts are zero at first: up to the next reset
/// (EVID 3 or 4), or to the end.
public struct Occasion: Sendable, Equatable {
  /// Doses in the order of administration, additional doses (ADDL) written out.
  public var doses: [DoseRecord]
  /// Observations in the order of the rows, which is also that of time.
  public var observations: [Observation]

  public init(doses: [DoseRecord], observations: [Observation]) {
    self.doses = doses
    self.observations = observations
  }

  /// Whether nothing happened.
  public var isEmpty: Bool { doses.isEmpty && observations.isEmpty }
}
