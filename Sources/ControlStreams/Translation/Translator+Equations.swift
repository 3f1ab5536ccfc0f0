// Differential equations of $DES.

extension Kinetics {
  /// ADVAN10: one compartment with Michaelis–Menten elimination.
  /// - Parameter value: of a variable of `$PK`; `nil` if it is not assigned.
  static func saturable(
    _ subroutine: Subroutine, _ value: (String) -> Value?
  ) throws(Fault) -> Kinetics {
    guard let vm = value("VM"), let km = value("KM") else {
      throw Fault(subroutine.position, "ADVAN10 needs VM and KM, which $PK does not assign.")
    }
    let amount = Value.name("central")
    let elimination = Value.product(of: [vm, amount, .reciprocal(.sum(of: [km, amount]))])
    var kinetics = Kinetics()
    kinetics.compartments = ["central"]
    kinetics.derivatives = [.init(target: "d/dt(central)", value: .negated(elimination))]
    kinetics.amounts = [amount]
    kinetics.prediction = .product(of: [amount, .reciprocal(value("S1") ?? .one)])
    return kinetics
  }
}

extension Translator {
  /// The equations of `$DES` in the compartments of `$MODEL`.
  /// - Parameters:
  ///   - run: that of `$PK`; it continues with `$DES`.
  ///   - value: of a variable of `$PK`; `nil` if it is not assigned.
  func differential(
    _ subroutine: Subroutine, _ run: inout CodeRun, _ value: (String) -> Value?
  ) throws(Fault) -> Kinetics {
    guard !stream.derivatives.isEmpty else {
      throw Fault(subroutine.position, "ADVAN\(subroutine.advan) needs $DES, which is missing.")
    }
    guard let list = stream.compartments else {
      throw Fault(
        subroutine.position, "ADVAN\(subroutine.advan) needs $MODEL, which names the compartments.")
    }
    try run.run(stream.derivatives)
    var kinetics = Kinetics()
    kinetics.compartments = Kinetics.names(list)
    kinetics.amounts = kinetics.compartments.map { .name($0) }
    kinetics.derivatives = try derivatives(list, kinetics.compartments, run)
    let observed = list.observation
    kinetics.observed = observed
    kinetics.prediction = .product(of: [
      .amount(observed), .reciprocal(value("S\(observed)") ?? .one),
    ])
    try placeDoses(list, &kinetics)
    return kinetics
  }

  private func derivatives(
    _ list: CompartmentList, _ compartments: [String], _ run: CodeRun
  ) throws(Fault) -> [Kinetics.Statement] {
    let place = stream.places[.derivatives] ?? .beginning
    var derivatives: [Kinetics.Statement] = []
    for (index, name) in compartments.enumerated() {
      guard let change = run.value("DADT(\(index + 1))") else {
        throw Fault(
          place,
          "$DES does not assign DADT(\(index + 1)), the change of the compartment \(list.names[index])."
        )
      }
      derivatives.append(.init(target: "d/dt(\(name))", value: plain(change)))
    }
    for name in run.order where name.hasPrefix("DADT(") {
      let index = Int(name.dropFirst(5).dropLast()) ?? 0
      guard 1...compartments.count ~= index else {
        throw Fault(
          run.place(of: name) ?? place,
          "\(name) is assigned, and $MODEL has \(compartments.count) compartments.")
      }
    }
    return derivatives
  }

  /// Puts the compartment of doses (DEFDOSE) first, as a job has it, unless CMT says where they go.
  private func placeDoses(_ list: CompartmentList, _ kinetics: inout Kinetics) throws(Fault) {
    guard list.dose != 1 else { return }
    guard let column = stream.columns.first(where: { $0.name == "CMT" && !$0.isDropped }) else {
      let first = kinetics.derivatives.remove(at: list.dose - 1)
      kinetics.derivatives.insert(first, at: 0)
      return
    }
    // Doses say where they go, and compartments keep their numbers.
    guard !data.compartments(ofObservations: false).contains(0) else {
      throw Fault(
        column.position,
        "CMT of a dose is 0 or missing, where NONMEM takes the compartment \(list.dose) (DEFDOSE) and a job the first; write \(list.dose)."
      )
    }
  }
}
