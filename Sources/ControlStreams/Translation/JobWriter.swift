import Foundation

/// Writes the job of a translated model.
struct JobWriter {
  let stream: ControlStream
  let model: TranslatedModel
  /// Of the control stream, without a folder and its ending.
  let name: String
  /// Of NONMEM-style outputs; `nil` for the folder of all outputs.
  let root: String?
  /// The control stream's file.
  let source: String
  let starts: (Value) -> [Double]
  private(set) var lines: [String] = []
  private let printer = ValuePrinter()

  init(
    stream: ControlStream, model: TranslatedModel, name: String, root: String?, source: String,
    starts: @escaping (Value) -> [Double]
  ) {
    self.stream = stream
    self.model = model
    self.name = name
    self.root = root
    self.source = source
    self.starts = starts
    write()
  }

  var text: String { lines.joined(separator: "\n") + "\n" }

  private mutating func add(_ indent: Int, _ text: String) {
    lines.append(String(repeating: "  ", count: indent) + Self.printable(text))
  }

  /// A text as it may stand in YAML: what would end a line, or is no character of a text, becomes a
  /// blank. A title would go on as a key of the job otherwise.
  static func printable(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { scalars.append(isPrintable(scalar) ? scalar : " ") }
    return String(scalars)
  }

  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD,
      0x10000...0x10FFFF:
      true
    default: false
    }
  }

  private mutating func write() {
    add(0, "# \(source)" + (stream.problem.isEmpty ? "" : ": \(stream.problem)"))
    add(0, "# written by `popmix import`")
    for note in model.notes { add(0, "# - \(note)") }
    add(0, "popmix: 1")
    add(0, "job: \(Self.quoted(Self.jobName(name)))")
    writeData()
    writeModel()
    writeMixture()
    writePrior()
    writeEstimation()
    writeNumbering()
  }

  static func jobName(_ name: String) -> String {
    let plain = String(
      name.map { $0.isASCII && ($0.isLetter || $0.isNumber) || "-_.".contains($0) ? $0 : "-" })
    return plain.allSatisfy { $0 == "." } ? "run" : plain
  }

  static func quoted(_ text: String) -> String {
    let isPlain =
      text.first?.isLetter == true
      && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-./()".contains($0)) }
    let reserved = ["yes", "no", "true", "false", "on", "off", "null", "y", "n"]
    if isPlain, !reserved.contains(text.lowercased()) { return text }
    var escaped = ""
    for scalar in text.unicodeScalars {
      if scalar == "\\" || scalar == "\"" {
        escaped += "\\\(scalar)"
      } else if isPrintable(scalar) {
        escaped.unicodeScalars.append(scalar)
      } else {
        let digits = String(scalar.value, radix: 16)
        escaped += "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
      }
    }
    return "\"\(escaped)\""
  }

  // MARK: data

  private mutating func writeData() {
    add(0, "data:")
    add(1, "files: \(Self.quoted(stream.data.file))")
    add(1, "header: [\(stream.columns.map { Self.quoted($0.name) }.joined(separator: ", "))]")
    func list(_ key: String, _ rules: [String]) -> String {
      "\(key): [\(rules.map { Self.quoted($0) }.joined(separator: ", "))]"
    }
    if !stream.data.ignore.isEmpty { add(1, list("ignore", stream.data.ignore.map(renamed))) }
    if !stream.data.accept.isEmpty { add(1, list("accept", stream.data.accept.map(renamed))) }
    var meanings: [String] = []
    if let column = model.outputColumn { meanings.append("DVID: \(column)") }
    if let column = model.censoringColumn { meanings.append("CENS: \(column)") }
    if !meanings.isEmpty { add(1, "columns: {\(meanings.joined(separator: ", "))}") }
    let covariates = self.covariates
    if !covariates.isEmpty { add(1, "covariates: [\(covariates.joined(separator: ", "))]") }
    if model.limit != nil || model.censoringColumn != nil {
      if let limit = model.limit { add(1, "quantification-limit: \(number(limit))") }
      add(1, "below-limit: interval")
    }
  }

  /// A condition with the job's name of its column.
  private func renamed(_ rule: String) -> String {
    let name = rule.prefix { $0.isLetter || $0.isNumber || $0 == "_" }.uppercased()
    guard rule.count > 1, let column = stream.columns.first(where: { $0.synonyms.contains(name) }),
      column.name != name
    else { return rule }
    return column.name + rule.dropFirst(name.count)
  }

  /// Columns that the equations or occasions need.
  private var covariates: [String] {
    let columns = stream.columns.filter { !$0.isDropped && !InputColumn.reserved.contains($0.name) }
      .map(\.name)
    let used = Set(
      model.roots.flatMap(\.all).compactMap { part -> String? in
        if case .name(let name) = part { name } else { nil }
      } + model.forms.compactMap(\.occasions?.covariate) + model.weightCovariates.map(\.name))
    return columns.filter(used.contains)
  }

  // MARK: model

  private mutating func writeModel() {
    add(0, "model:")
    add(1, "equations: |")
    for line in equations() { add(2, line) }
    if let tolerance = stream.subroutine?.tolerance, let kinetics = model.kinetics,
      !kinetics.derivatives.isEmpty, tolerance > 8
    {
      add(1, "solver: {relative: 1e-\(min(tolerance, 12))}")
    }
    add(1, "random-effects:")
    for form in model.forms {
      var keys = ["distribution: \(form.distribution.rawValue)"]
      keys.append("membership: \(model.mixtureEffects.contains(form.name) ? "mixture" : "shared")")
      if let occasions = form.occasions {
        keys.append(
          "occasions: {covariate: \(occasions.covariate), values: [\(occasions.values.map(number).joined(separator: ", "))]}"
        )
      }
      add(2, "\(form.name): {\(keys.joined(separator: ", "))}\(comment(form))")
    }
    if !model.fixedEffects.isEmpty {
      add(1, "fixed-effects:")
      for effect in model.fixedEffects {
        var keys = ["distribution: \(effect.distribution)"]
        if let (low, high) = effect.bounds {
          keys.append("bounds: [\(number(low)), \(number(high))]")
        }
        if effect.isPerComponent { keys.append("per-component: yes") }
        let thetas = Translator.thetas(effect.leaf).map { "THETA(\($0))" }.joined(separator: ", ")
        add(
          2,
          "\(effect.name): {\(keys.joined(separator: ", "))}"
            + (thetas.isEmpty ? "" : "  # \(thetas)"))
      }
    }
    writeResidual()
    writeStart()
    writeFixed()
  }

  private func comment(_ form: RandomEffectForm) -> String {
    let thetas = Translator.thetas(form.theta).map { "THETA(\($0))" }
    let etas = form.etas.map { "ETA(\($0))" }
    return "  # " + (thetas + etas).joined(separator: ", ")
  }

  private mutating func writeResidual() {
    func one(_ output: OutputForm) -> String { output.residual.kind.rawValue }
    let perComponent = model.outputs.map { output in
      output.residual.thetas.contains { if case .perComponent = $0 { true } else { false } }
    }
    if model.outputs.count == 1, !perComponent[0] {
      add(1, "residual-error: \(one(model.outputs[0]))")
      return
    }
    add(1, "residual-error:")
    for (output, own) in zip(model.outputs, perComponent) {
      var keys = ["error: \(one(output))"]
      if let number = output.number { keys.append("dvid: \(number)") }
      if own { keys.append("per-component: yes") }
      add(2, "\(output.name): {\(keys.joined(separator: ", "))}")
    }
  }

  // MARK: equations

  private func equations() -> [String] {
    var written: [String] = []
    // Variables that occur in what is needed keep their names.
    var named: [(name: String, value: Value)] = []
    let parameters = Set(model.forms.map(\.name) + model.fixedEffects.map(\.name))
    let roots = model.roots
    let compartments = Set(model.kinetics?.compartments ?? [])
    for (name, value) in model.variables where value.size > 1 && !parameters.contains(name) {
      guard !named.contains(where: { $0.value == value }), !compartments.contains(name),
        !value.hasEpsilon,
        !value.contains({
          if case .undefined = $0 { true } else if case .eta = $0 { true } else { false }
        }),
        !value.contains({
          if case .theta = $0 { true } else if case .perComponent = $0 { true } else { false }
        }),
        roots.contains(where: { $0.contains { $0 == value } })
      else { continue }
      named.append((name, value))
    }
    func short(_ value: Value, before count: Int) -> Value {
      // The longest first, so that a variable made of others is found.
      value.replacing { part in
        guard part.size > 1, let found = named[..<count].last(where: { $0.value == part }) else {
          return nil
        }
        return .variable(found.name)
      }
    }
    func text(_ value: Value, before count: Int) -> String {
      printer.text(
        short(value, before: count).replacing { part in
          if case .undefined = part { .zero } else { nil }
        })
    }
    // What depends on amounts or on the linear model's value stands behind it.
    func isLate(_ value: Value) -> Bool {
      value.contains { part in
        if case .name(let name) = part {
          compartments.contains(name) || name == Kinetics.linearName && model.kinetics != nil
            || name == "t"
        } else {
          false
        }
      }
    }
    let early = named.enumerated().filter { !isLate($0.element.value) }
    let late = named.enumerated().filter { isLate($0.element.value) }
    for (index, variable) in early {
      written.append("\(variable.name) = \(text(variable.value, before: index))")
    }
    if let kinetics = model.kinetics {
      for property in kinetics.properties {
        written.append("\(property.target) = \(text(property.value, before: named.count))")
      }
      if !kinetics.linear.isEmpty {
        let arguments = kinetics.linear.map {
          "\($0.argument) = \(text($0.value, before: named.count))"
        }
        written.append("\(Kinetics.linearName) = linCmt(\(arguments.joined(separator: ", ")))")
      }
    }
    for (index, variable) in late {
      written.append("\(variable.name) = \(text(variable.value, before: index))")
    }
    for derivative in model.kinetics?.derivatives ?? [] {
      written.append("\(derivative.target) = \(text(derivative.value, before: named.count))")
    }
    for output in model.outputs {
      written.append("\(output.name) = \(text(output.prediction, before: named.count))")
    }
    return written
  }

  // MARK: start and fixed

  func typical(_ form: RandomEffectForm) -> [Double] {
    guard let theta = form.theta else {
      return model.mixtureEffects.contains(form.name) && model.components > 1
        ? Array(repeating: 0, count: model.components) : [0]
    }
    let values = starts(theta)
    if case .mean = form.mean {
      switch form.distribution {
      case .lognormal: return values.map { exp($0) }
      case .logitNormal: return values.map { 1 / (1 + exp(-$0)) }
      case .normal: return values
      }
    }
    return values
  }

  private func list(_ values: [Double]) -> String {
    values.count > 1 && values.contains { $0 != values[0] }
      ? "[\(values.map(number).joined(separator: ", "))]" : number(values.first ?? 0)
  }

  private mutating func writeStart() {
    add(1, "start:")
    if !model.weights.isEmpty {
      add(2, "weights: [\(model.weights.map(number).joined(separator: ", "))]")
    }
    add(2, "typical:")
    for form in model.forms { add(3, "\(form.name): \(list(typical(form)))") }
    for effect in model.fixedEffects { add(3, "\(effect.name): \(list(effect.starts))") }
    add(2, "variance:")
    for form in model.forms {
      var values = form.subjectEtas.map { stream.omega.variance($0) }
      if form.isRelative {
        values = zip(values, cycle(typical(form), values.count)).map { $0 * $1 * $1 }
      }
      add(3, "\(form.name): \(list(values))")
    }
    var correlations: [String] = []
    for (index, a) in model.forms.enumerated() {
      for b in model.forms[..<index] {
        let values = zip(a.subjectEtas, b.subjectEtas).map { i, j in
          stream.omega.covariance(i, j)
            / (stream.omega.variance(i) * stream.omega.variance(j)).squareRoot()
        }
        if values.contains(where: { $0 != 0 }) {
          correlations.append("\(b.name) \(a.name): \(list(values))")
        }
      }
    }
    if !correlations.isEmpty {
      add(2, "correlation:")
      for line in correlations { add(3, line) }
    }
    writeSigma()
  }

  private func cycle(_ values: [Double], _ count: Int) -> [Double] {
    values.count == count ? values : Array(repeating: values.first ?? 1, count: count)
  }

  /// A start value of a residual standard deviation; one, or one for each component.
  func deviations(_ part: ResidualForm.Part) -> [Double] {
    let sd = stream.sigma.variance(part.epsilon).squareRoot()
    guard let theta = part.theta else { return [part.factor * sd] }
    return starts(theta).map { part.factor * pow($0, part.exponent) * sd }
  }

  private mutating func writeSigma() {
    func text(_ output: OutputForm) -> String {
      let residual = output.residual
      switch residual.kind {
      case .additive: return list(residual.additive.map(deviations) ?? [])
      case .proportional: return list(residual.proportional.map(deviations) ?? [])
      case .combined, .combinedDeviations:
        return
          "{additive: \(list(residual.additive.map(deviations) ?? [])), proportional: \(list(residual.proportional.map(deviations) ?? []))}"
      case .power:
        return
          "{sigma: \(list(residual.proportional.map(deviations) ?? [])), power: \(list(residual.power.map(starts) ?? []))}"
      }
    }
    if model.outputs.count == 1 {
      add(2, "sigma: \(text(model.outputs[0]))")
      return
    }
    add(2, "sigma:")
    for output in model.outputs { add(3, "\(output.name): \(text(output))") }
  }

  private mutating func writeFixed() {
    var fixed: [String] = []
    for form in model.forms {
      if let theta = form.theta {
        let thetas = Translator.thetas(theta)
        let flags = thetas.map { stream.thetas[$0 - 1].isFixed }
        fixed += names("typical \(form.name)", flags)
      } else {
        fixed.append("typical \(form.name)")
      }
      fixed += names("variance \(form.name)", form.subjectEtas.map { stream.omega.isFixed($0) })
    }
    for effect in model.fixedEffects { fixed += names("typical \(effect.name)", effect.isFixed) }
    if model.hasFixedWeights { fixed.append("weights") }
    let parts = model.outputs.flatMap { $0.residual.parts }
    if !parts.isEmpty, parts.allSatisfy(isFixed) { fixed.append("sigma") }
    if !fixed.isEmpty { add(1, "fixed: [\(fixed.joined(separator: ", "))]") }
  }

  func isFixed(_ part: ResidualForm.Part) -> Bool {
    stream.sigma.isFixed(part.epsilon)
      && Translator.thetas(part.theta).allSatisfy { stream.thetas[$0 - 1].isFixed }
  }

  private func names(_ name: String, _ flags: [Bool]) -> [String] {
    if flags.allSatisfy({ $0 }) { return flags.isEmpty ? [] : [name] }
    return flags.enumerated().filter(\.element).map { "\(name) \($0.offset + 1)" }
  }

  // MARK: the rest

  private mutating func writeMixture() {
    guard model.components > 1 || model.isMixtureFull || model.isSharedFull else { return }
    add(0, "mixture:")
    if model.components > 1 {
      add(1, "components: \(model.components)")
      add(1, "order: job")
    }
    if model.isMixtureFull || model.isSharedFull {
      add(
        1,
        "covariance: {mixture: \(model.isMixtureFull ? "full" : "diagonal"), shared: \(model.isSharedFull ? "full" : "diagonal")}"
      )
    }
    if !model.weightCovariates.isEmpty {
      add(1, "weight-covariates:")
      for (name, form) in model.weightCovariates { add(2, "\(name): \(form)") }
    }
    if model.components > 1, model.hasEqualCovariances {
      add(1, "covariance-across-components: equal")
    }
  }

  private mutating func writePrior() {
    guard let prior = stream.prior else { return }
    var typical: [String] = []
    for (index, value) in prior.theta.enumerated() where !stream.thetas[index].isFixed {
      let j = index + 1
      let sd = prior.thetaVariances[index].squareRoot()
      if let form = model.forms.first(where: { Translator.thetas($0.theta) == [j] }) {
        let natural =
          switch form.distribution {
          case .lognormal: exp(value)
          case .logitNormal: 1 / (1 + exp(-value))
          case .normal: value
          }
        typical.append("\(form.name): {value: \(number(natural)), sd: \(number(sd))}")
      } else if let effect = model.fixedEffects.first(where: { Translator.thetas($0.leaf) == [j] })
      {
        typical.append("\(effect.name): {value: \(number(value)), sd: \(number(sd))}")
      }
    }
    var variances: [String] = []
    for (index, value) in prior.omega.enumerated() {
      guard let form = model.forms.first(where: { $0.subjectEtas == [index + 1] }),
        !stream.omega.isFixed(index + 1)
      else { continue }
      let degrees = prior.degreesOfFreedom[index]
      let size = Double(
        stream.omega.find(index + 1).map { stream.omega.blocks[$0.block].size } ?? 1)
      // NONMEM's density is |Ω|^(−ρ/2) exp(−ρ/2 tr(OMEGAP·Ω⁻¹)), whose mode is OMEGAP; ρ counts as
      // ν + p + 1.
      variances.append(
        "\(form.name): {value: \(number(value)), degrees-of-freedom: \(number(degrees - size - 1))}"
      )
    }
    guard !typical.isEmpty || !variances.isEmpty else { return }
    add(0, "prior:")
    if !typical.isEmpty {
      add(1, "typical:")
      for line in typical { add(2, line) }
    }
    if !variances.isEmpty {
      add(1, "variance:")
      for line in variances { add(2, line) }
    }
  }

  private mutating func writeEstimation() {
    guard let seed = stream.estimation.seed, seed >= 0 else { return }
    add(0, "estimation:")
    add(1, "seed: \(seed)")
  }

  /// Columns of a table that the job has, by its names.
  private func tableColumns(_ table: TableRecord) -> [String] {
    table.columns.compactMap { TableColumns(stream: stream, model: model).name($0) }
  }

  private mutating func writeNumbering() {
    let numbering = Numbering(stream: stream, model: model)
    add(0, "nonmem:")
    if let root { add(1, "root: \(Self.quoted(root))") }
    add(1, "theta: [\(numbering.thetas.joined(separator: ", "))]")
    add(1, "eta:")
    for eta in numbering.etas { add(2, "- \(eta)") }
    add(1, "sigma: [\(numbering.sigmas.joined(separator: ", "))]")
    let tables = stream.tables.filter { !tableColumns($0).isEmpty }
    if !tables.isEmpty {
      add(1, "tables:")
      for table in tables {
        var keys = [
          "file: \(Self.quoted(table.file))",
          "columns: [\(tableColumns(table).map { Self.quoted($0) }.joined(separator: ", "))]",
        ]
        if table.header != .each { keys.append("header: \(table.header.rawValue)") }
        if table.firstOnly { keys.append("first-only: yes") }
        add(2, "- {\(keys.joined(separator: ", "))}")
      }
    }
  }
}
