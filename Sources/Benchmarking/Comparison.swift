/// One number of a report, by a name that stays the same from run to run.
package struct Figure: Sendable, Equatable {
  package let name: String
  package let unit: String
  package let value: Double

  package init(name: String, unit: String, value: Double) {
    self.name = name
    self.unit = unit
    self.value = value
  }
}

extension BenchmarkReport {
  /// All numbers that can be compared between runs; less is better for each of them but the clock.
  package var figures: [Figure] {
    var figures = [
      Figure(name: "clock", unit: "GHz", value: roofline.gigahertz),
      Figure(name: "floor of a sample", unit: "ns", value: roofline.floor),
    ]
    for function in functions ?? [] {
      figures.append(
        Figure(
          name: "function \(function.name)", unit: "ns", value: function.nanosecondsPerValue))
    }
    for kernel in kernels ?? [] {
      figures.append(
        Figure(
          name: "kernel \(kernel.name), \(kernel.build)", unit: "ns",
          value: kernel.nanosecondsPerSample))
    }
    for equation in equations ?? [] {
      let name = "equations \(equation.model), \(equation.solver), \(equation.tolerance)"
      figures += [
        Figure(name: name, unit: "ns", value: equation.nanosecondsPerSample),
        Figure(name: "\(name): evaluations", unit: "", value: equation.evaluations),
        Figure(name: "\(name): error", unit: "", value: equation.error),
      ]
    }
    for model in library ?? [] {
      figures.append(
        Figure(
          name:
            "model \(model.model), \(model.parameters.joined(separator: " ")), doses \(model.doses), \(model.way)",
          unit: "ns", value: model.nanoseconds))
    }
    if let fits {
      figures.append(
        Figure(name: "fit: reading", unit: "ms", value: 1000 * fits.readingSeconds))
      for fit in fits.figures {
        let name = "fit \(fit.method)"
        figures += [
          Figure(name: "\(name): CPU", unit: "ms", value: 1000 * fit.processorSeconds.median),
          Figure(name: "\(name): median", unit: "ms", value: 1000 * fit.seconds.median),
          Figure(name: "\(name): least", unit: "ms", value: 1000 * fit.seconds.least),
          Figure(name: "\(name): E-steps", unit: "", value: fit.expectationSteps),
          Figure(name: "\(name): error", unit: "", value: fit.medianError),
          Figure(name: "\(name): worst error", unit: "", value: fit.worstError),
        ]
      }
    }
    for pairs in verification ?? [] {
      figures += [
        Figure(
          name: "verification \(pairs.model): bare fit", unit: "ms",
          value: 1000 * pairs.bare.median),
        Figure(
          name: "verification \(pairs.model): ratio", unit: "", value: pairs.ratio.median),
      ]
    }
    for point in growth?.points ?? [] {
      let size = point.size
      let name =
        "growth \(point.method), \(size.model), n \(size.subjects), T \(size.samples), "
        + "m \(size.observations), K \(size.components)"
      figures += [
        Figure(name: "\(name)", unit: "ns", value: point.nanosecondsPerSample),
        Figure(name: "\(name): once", unit: "µs", value: point.onceMicrosecondsPerSubject),
      ]
    }
    for line in memory?.lines ?? [] {
      figures.append(
        Figure(name: "memory \(line.method)", unit: "B/subject", value: line.bytesPerSubject))
    }
    // A point may stand in several series of the growth.
    var names: Set<String> = []
    return figures.filter { names.insert($0.name).inserted }
  }
}

/// The numbers of two reports side by side.
package struct Comparison: Sendable, Equatable {
  package struct Row: Sendable, Equatable {
    package let name: String
    package let unit: String
    package let old: Double
    package let new: Double

    /// New over old; 1 if both are 0.
    package var ratio: Double { old == new ? 1 : new / old }
  }

  /// The numbers that both reports have, in the order of the new one.
  package let rows: [Row]
  /// Names of numbers that only one of the reports has.
  package let onlyOld: [String]
  package let onlyNew: [String]
  /// Why times may differ though the program does not: other processors, other clocks.
  package let cautions: [String]

  package init(old: BenchmarkReport, new: BenchmarkReport) {
    let before = Dictionary(uniqueKeysWithValues: old.figures.map { ($0.name, $0.value) })
    let after = new.figures
    rows = after.compactMap { figure in
      before[figure.name].map {
        Row(name: figure.name, unit: figure.unit, old: $0, new: figure.value)
      }
    }
    let names = Set(after.map(\.name))
    onlyOld = old.figures.map(\.name).filter { !names.contains($0) }
    onlyNew = after.map(\.name).filter { before[$0] == nil }
    var cautions: [String] = []
    if old.machine.processor != new.machine.processor
      || old.machine.instructionLevel != new.machine.instructionLevel
    {
      cautions.append(
        "the processors differ: \(old.machine.processor) (\(old.machine.instructionLevel)), "
          + "\(new.machine.processor) (\(new.machine.instructionLevel)).")
    }
    let clocks = new.roofline.gigahertz / old.roofline.gigahertz
    if abs(clocks - 1) > 0.03 {
      cautions.append("the clocks differ by more than 3 %, and times with them.")
    }
    self.cautions = cautions
  }
}
