import Report
import Spelling

extension BenchmarkReport {
  /// The report as tables in plain text.
  package var tables: String {
    var parts = [machineText, rooflineText]
    if let functions { parts.append(Self.text(functions)) }
    if let kernels { parts.append(text(kernels)) }
    if let equations { parts.append(Self.text(equations)) }
    if let library { parts.append(Self.text(library)) }
    if let fits { parts.append(text(fits)) }
    if let verification { parts.append(Self.text(verification)) }
    if let growth { parts.append(Self.text(growth)) }
    if let memory { parts.append(Self.text(memory)) }
    return parts.joined(separator: "\n")
  }

  private var machineText: String {
    let commit = commit.map { ", commit \($0)" } ?? ""
    let load = fixed(machine.load, 2)
    return """
      \(machine.processor), \(counted(machine.cores, "core")), \(machine.instructionLevel), \
      load \(load); \(date)\(commit)

      """
  }

  private var rooflineText: String {
    let floor = fixed(roofline.floor, 2)
    return """
      Roofline
        clock \(fixed(roofline.gigahertz, 2)) GHz; latency of a multiplication \
      \(fixed(roofline.multiplyLatency, 2)) cycles
        an operation on 8 doubles \(fixed(roofline.nanosecondsPerOperation, 3)) ns, \
      \(fixed(roofline.cyclesPerOperation, 2)) cycles (\(roofline.vectorBits) bits)
        floor of a sample of the example, \(fixed(Roofline.operationsPerVector, 0)) operations for 8: \
      \(floor) ns, \(fixed(roofline.floorCycles, 1)) cycles

      """
  }

  private static func text(_ functions: [FunctionFigures]) -> String {
    var table = TextTable("function", "ns", "cycles")
    for function in functions {
      table.add(
        function.name, fixed(function.nanosecondsPerValue, 2), fixed(function.cyclesPerValue, 1))
    }
    return "Numeric functions, one value\n" + table.text
  }

  private func text(_ kernels: [SampleKernelFigures]) -> String {
    var table = TextTable("kernel", "build", "ns", "cycles", "floors")
    for kernel in kernels {
      table.add(
        kernel.name, kernel.build, fixed(kernel.nanosecondsPerSample, 2),
        fixed(kernel.nanosecondsPerSample * roofline.gigahertz, 1), fixed(kernel.floors, 2))
    }
    return """
      Kernels, one sample of the published example at T = \(SampleKernels.samples)
      \(table.text)\
        floors: over the roofline's floor of a whole sample

      """
  }

  private static func text(_ equations: [EquationFigures]) -> String {
    var table = TextTable(
      "equations", "solver", "tolerance", "µs/sample", "steps", "evaluations", "ns/evaluation",
      "error")
    for figure in equations {
      table.add(
        figure.model, figure.solver, scientific(figure.tolerance),
        significant(figure.nanosecondsPerSample / 1000, 3), significant(figure.steps, 4),
        significant(figure.evaluations, 4), significant(figure.nanosecondsPerEvaluation, 3),
        scientific(figure.error))
    }
    return """
      Differential equations, one sample of \(EquationCosts.days) days with a dose and \
      \(EquationCosts.hours.count) observations each
      \(table.text)\
        evaluations: of the right-hand side, those of lanes that have arrived with them; error: largest of the observations

      """
  }

  private static func text(_ library: [LibraryFigures]) -> String {
    var table = TextTable("model", "parameters", "doses", "way", "ns")
    for figures in library {
      table.add(
        figures.model, figures.parameters.joined(separator: " "), "\(figures.doses)", figures.way,
        fixed(figures.nanoseconds, 2))
    }
    return "Library models, one sample and observation of ten\n" + table.text
  }

  private func text(_ fits: Fits) -> String {
    var table = TextTable(
      "method", "T", "E-steps", "median ms", "least", "CPU ms", "fits", "ns/sample", "floors",
      "speed-up", "error", "worst", "log L")
    for fit in fits.figures {
      table.add(
        fit.method, "\(fit.samples)", significant(fit.expectationSteps, 3),
        significant(1000 * fit.seconds.median), significant(1000 * fit.seconds.least),
        significant(1000 * fit.processorSeconds.median), "\(fit.seconds.count)",
        significant(fit.nanosecondsPerSample, 3),
        significant(fit.nanosecondsPerSample / roofline.floor, 3),
        fit.speedup.map { significant($0, 3) } ?? "", scientific(fit.medianError),
        scientific(fit.worstError), scientific(fit.logLikelihoodError))
    }
    return """
      Fits of the published example (n 100, m 5, K 2); reading its data takes \
      \(significant(1000 * fits.readingSeconds, 3)) ms more
      \(table.text)\
        ns/sample: CPU time of each sample in each E-step; floors: the same over the roofline's floor
        speed-up: CPU time over that of the plain code; error: largest relative error of the \
      estimates, median and worst over seeds
        log L: largest error

      """
  }

  private static func text(_ verification: [VerificationFigures]) -> String {
    var table = TextTable(
      "model", "method", "p", "n", "m", "bare ms", "verified ms", "ratio", "least", "largest",
      "described ms", "ratio", "rounds")
    for figures in verification {
      table.add(
        figures.model, figures.method, "\(figures.effects)", "\(figures.subjects)",
        "\(figures.observations)", significant(1000 * figures.bare.median, 3),
        significant(1000 * figures.verified.median, 3), fixed(figures.ratio.median, 3),
        fixed(figures.ratio.least, 3), fixed(figures.ratio.largest, 3),
        significant(1000 * figures.described.median, 3),
        fixed(figures.descriptionRatio.median, 3), "\(figures.ratio.count)")
    }
    return """
      What follows a fit: default ones bare, verified and described in turn, CPU time
      \(table.text)\
        described: with modes, shrinkage and influence
        ratio: over the bare fit of the same round, median, least and largest

      """
  }

  private static func text(_ growth: Growth) -> String {
    var table = TextTable(
      "model", "method", "varied", "n", "T", "m", "K", "p", "fit ms", "ns/sample", "once µs/subject"
    )
    for point in growth.points {
      let size = point.size
      table.add(
        size.model, point.method, point.series, "\(size.subjects)", "\(size.samples)",
        "\(size.observations)", "\(size.components)", "\(size.effects)",
        significant(1000 * point.seconds, 3), significant(point.nanosecondsPerSample, 3),
        significant(point.onceMicrosecondsPerSubject, 3))
    }
    let lines = growth.lines.map { line in
      """
        \(line.method): an iteration takes \(significant(line.nanosecondsPerIntegral, 3)) ns for each subject \
      and component, and \(significant(line.nanosecondsPerSample, 3)) ns for each sample

      """
    }
    return """
      Growth of a fit of \(Growth.iterations) iterations, CPU time
      \(table.text)\(lines.joined())
      """
  }

  private static func text(_ memory: MemoryUse) -> String {
    var table = TextTable("method", "n", "before MB", "peak MB")
    for point in memory.points {
      table.add(
        point.method, "\(point.subjects)", fixed(Double(point.bytesBefore) / 1e6, 1),
        fixed(Double(point.bytesPeak) / 1e6, 1))
    }
    let lines = memory.lines.map {
      "  \($0.method): \(fixed($0.bytesPerSubject, 0)) bytes for each subject more\n"
    }
    return "Memory of a fit (K 2, m 5)\n" + table.text + lines.joined()
  }
}

extension Comparison {
  /// The comparison as a table in plain text.
  package var table: String {
    var table = TextTable("", "unit", "old", "new", "new/old")
    for row in rows {
      table.add(
        row.name, row.unit, significant(row.old), significant(row.new), fixed(row.ratio, 3))
    }
    var notes = cautions.map { "Caution: \($0)\n" }
    for (names, which) in [(onlyOld, "old"), (onlyNew, "new")] where !names.isEmpty {
      notes.append("Only in the \(which) report: \(names.joined(separator: "; ")).\n")
    }
    return table.text + notes.joined()
  }
}

/// Two digits and a power of ten.
private func scientific(_ value: Double) -> String {
  guard value > 0, value.isFinite else { return significant(value, 2) }
  var exponent = 0
  var digits = value
  while digits >= 9.95 {
    digits /= 10
    exponent += 1
  }
  while digits < 0.995 {
    digits *= 10
    exponent -= 1
  }
  return fixed(digits, 1) + "e\(exponent)"
}
