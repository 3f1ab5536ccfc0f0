public import CVector
public import NumericKernels

extension EventMachine {
  /// Turns a compartment on in the lanes that are 1.
  @inlinable
  mutating func turnOn<System: CompartmentSystem>(
    _ compartment: Int, where lanes: Lanes, _ system: inout System
  ) {
    guard isAnyOff, cvector_any_less(isOn[compartment], lanes) else { return }
    isOn[compartment] = cvector_max(lanes, isOn[compartment])
    system.turn(compartment, isOn: isOn[compartment])
    isAnyOff = (0..<compartmentCount).contains { cvector_any_less(isOn[$0], Lanes.all(1)) }
  }

  /// Turns a compartment off in all lanes: its content is lost, and infusions that run into it end.
  /// Doses that have not entered yet turn it on again when they do.
  @inlinable
  mutating func turnOff<System: CompartmentSystem>(_ compartment: Int, _ system: inout System) {
    system.empty(compartment, where: Lanes.all(1), amounts)
    endInfusions(into: compartment)
    isOn[compartment] = Lanes.all(0)
    isAnyOff = true
    system.turn(compartment, isOn: Lanes.all(0))
  }

  /// Ends the infusions that run; those that have not started stay.
  @inlinable
  mutating func endInfusions(into compartment: Int) {
    let zero = Lanes.all(0)
    let never = Lanes.all(.infinity)
    var left = 0
    for i in 0..<infusionCount {
      var infusion = infusions[i]
      if infusion.compartment == compartment {
        let running = infusion.ending - infusion.starting
        // Those that run end before those that have not started.
        let following = cvector_select_less(
          zero, running, infusion.end + running * infusion.interval, infusion.end)
        infusion.end = cvector_select_less(zero, infusion.starting, following, never)
        infusion.ending = infusion.starting
        guard cvector_any_less(infusion.end, never) else { continue }
      }
      infusions[left] = infusion
      left += 1
    }
    infusionCount = left
  }
}
