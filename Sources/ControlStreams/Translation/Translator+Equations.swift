// Differential equations of $DES.

extension Translator {
  func differential(
    _ subroutine: Subroutine, _ pass: Run, _ value: (String) -> Value?
  ) throws(Fault) -> (Kinetics, [Execution]) {
    var kinetics = Kinetics()
    var executions = pass.executions
    if subroutine.advan == 10 {
      guard let vm = value("VM"), let km = value("KM") else {
        throw Fault(subroutine.position, "ADVAN10 needs VM and KM, which $PK does not assign.")
      }
      kinetics.compartments = ["central"]
      let amount = Value.name("central")
      kinetics.derivatives = [
        .init(
          target: "d/dt(central)",
          value: .negated(
            .product(of: [vm, amount, .reciprocal(.sum(of: [km, amount]))])))
      ]
      kinetics.amounts = [amount]
      kinetics.prediction = .product(of: [amount, .reciprocal(value("S1") ?? .one)])
      return (kinetics, executions)
    }
    let place = stream.places[.derivatives] ?? subroutine.position
    guard !stream.derivatives.isEmpty else {
      throw Fault(subroutine.position, "ADVAN\(subroutine.advan) needs $DES, which is missing.")
    }
    guard let list = stream.compartments else {
      throw Fault(
        subroutine.position, "ADVAN\(subroutine.advan) needs $MODEL, which names the compartments.")
    }
    kinetics.compartments = Kinetics.names(list)
    for index in executions.indices { try executions[index].run(stream.derivatives) }
    let run = Run(executions: executions)
    kinetics.amounts = kinetics.compartments.map { .name($0) }
    for (index, name) in kinetics.compartments.enumerated() {
      guard let change = run.value("DADT(\(index + 1))") else {
        throw Fault(
          place,
          "$DES does not assign DADT(\(index + 1)), the change of the compartment \(list.names[index])."
        )
      }
      kinetics.derivatives.append(.init(target: "d/dt(\(name))", value: plain(change)))
    }
    for name in executions[0].values.keys where name.hasPrefix("DADT(") {
      let index = Int(name.dropFirst(5).dropLast()) ?? 0
      guard 1...kinetics.compartments.count ~= index else {
        throw Fault(
          run.place(of: name) ?? place,
          "\(name) is assigned, and $MODEL has \(kinetics.compartments.count) compartments.")
      }
    }
    let observed = list.observation
    kinetics.observed = observed
    kinetics.prediction = .product(of: [
      .amount(observed), .reciprocal(value("S\(observed)") ?? .one),
    ])
    if list.dose != 1 {
      if let column = stream.columns.first(where: { $0.name == "CMT" && !$0.isDropped }) {
        // Doses say where they go, and compartments keep their numbers.
        guard !data.compartments(ofObservations: false).contains(0) else {
          throw Fault(
            column.position,
            "CMT of a dose is 0 or missing, where NONMEM takes the compartment \(list.dose) (DEFDOSE) and a job the first; write \(list.dose)."
          )
        }
      } else {
        let dose = list.dose - 1
        let reordered =
          [kinetics.derivatives[dose]]
          + kinetics.derivatives.enumerated().filter { $0.offset != dose }.map(\.element)
        kinetics.derivatives = reordered
      }
    }
    return (kinetics, executions)
  }
}
