extension EventReader {
  /// What a row with EVID 1 or 4 orders.
  func dose(event: Int, time: Double, amount: Double?) throws(DatasetError) -> DoseOrder {
    guard columns[.amount] != nil else {
      throw fault(.event) { _, _ in .noAmountColumn(event: event) }
    }
    var order = DoseOrder(amount: amount ?? 0)
    if hasSteadyState { order.steadyState = try steadyState() }
    guard order.amount > 0 || (order.amount == 0 && order.steadyState != .none) else {
      throw fault(.amount) { .amount(column: $0, text: $1) }
    }
    if columns[.event] == nil, columns[.missingValue] == nil, let value = try number(.value),
      value != 0
    {
      throw fault(.value) { .valueInDose(column: $0, text: $1) }
    }
    if hasInfusions { order.entry = try entry(amount: order.amount) }
    if order.steadyState == .none {
      (order.additional, order.interval) = try additionalDoses(from: time)
    } else {
      (order.additional, order.interval) = try regimen(of: order, from: time)
    }
    order.compartment = try compartment()
    return order
  }

  private func steadyState() throws(DatasetError) -> DoseRecord.SteadyState {
    let number = try whole(.steadyState, expected: "0, 1 or 2") { 0...3 ~= $0 }
    guard let steadyState = DoseRecord.SteadyState(rawValue: number) else {
      throw fault(.steadyState) { .guessedSteadyState(column: $0, text: $1) }
    }
    return steadyState
  }

  /// How the dose enters, by RATE and DUR.
  private func entry(amount: Double) throws(DatasetError) -> DoseRecord.Entry {
    let rate = try number(.rate) ?? 0
    let duration = try number(.duration) ?? 0
    guard duration >= 0 else { throw fault(.duration) { .duration(column: $0, text: $1) } }
    guard rate >= 0 || rate == -1 || rate == -2 else {
      throw fault(.rate) { .rate(column: $0, text: $1) }
    }
    if duration == 0 {
      if rate == 0 { return .bolus }
      return rate > 0 ? .rate(rate) : rate == -1 ? .modelledRate : .modelledDuration
    }
    if rate == 0 {
      guard amount > 0 else { throw fault(.duration) { .durationOfNothing(column: $0, text: $1) } }
      return .duration(duration)
    }
    // Figures of a table have been rounded.
    guard rate > 0, abs(rate * duration - amount) <= 1e-3 * amount else {
      let label = format.label(.rate)
      throw fault(.duration) {
        .rateAndDuration(column: $0, text: $1, rateColumn: label, rate: rate, amount: amount)
      }
    }
    return .rate(rate)
  }

  /// ADDL and II of a dose without steady state.
  @inline(__always)
  private func additionalDoses(from time: Double) throws(DatasetError) -> (Int, Double) {
    let (count, interval) = try countAndInterval()
    guard
      (count > 0 && interval > 0 && (time + Double(count) * interval).isFinite)
        || (count == 0 && interval == 0)
    else { throw intervalFault { .interval(column: $0, text: $1, doses: count) } }
    return (count, interval)
  }

  /// ADDL and II of a steady state: of doses that have been repeated, or of an infusion that has
  /// always run.
  private func regimen(of order: DoseOrder, from time: Double) throws(DatasetError) -> (Int, Double)
  {
    let number = order.steadyState.rawValue
    let (count, interval) = try countAndInterval()
    guard order.amount == 0 else {
      guard interval > 0, (time + Double(count) * interval).isFinite else {
        throw intervalFault { .steadyStateInterval(column: $0, text: $1, steadyState: number) }
      }
      return (count, interval)
    }
    guard case .rate = order.entry else {
      throw fault(.amount) { .amountOfSteadyState(column: $0, text: $1, steadyState: number) }
    }
    for column in [StandardColumn.interval, .additionalDoses]
    where (column == .interval ? interval : Double(count)) != 0 {
      throw fault(column) { .itemOfConstantInfusion(column: $0, text: $1) }
    }
    return (0, 0)
  }

  @inline(__always)
  private func countAndInterval() throws(DatasetError) -> (Int, Double) {
    let count = try number(.additionalDoses) ?? 0
    guard count == count.rounded(), 0...Double(RowFault.mostAdditionalDoses) ~= count else {
      throw fault(.additionalDoses) {
        count < 0
          ? .negativeCount(column: $0, text: $1) : .additionalCount(column: $0, text: $1)
      }
    }
    return (Int(count), try number(.interval) ?? 0)
  }

  /// A fault of II, or of ADDL or SS if the file has no such column.
  private func intervalFault(_ make: (_ column: String, _ text: String) -> RowFault) -> DatasetError
  {
    let hasColumn = columns[.interval] != nil
    let place: StandardColumn =
      hasColumn ? .interval : columns[.additionalDoses] != nil ? .additionalDoses : .steadyState
    return fault(place) { _, text in make(format.label(.interval), hasColumn ? text : ".") }
  }
}
