import CompartmentModels
package import DifferentialEquations
package import ModelLanguage
package import NumericKernels
package import PopulationData
package import PopulationModel

/// A structural model that is written as equations, in the language that the guide's chapter "Model
/// language" describes.
///
/// - Equations without compartments are computed for whole batches.
/// - `linCmt` is computed by the library, interval by interval where parameters change in a
///   subject; as differential equations where compartments are turned off.
/// - Differential equations are solved between the events of the timeline.
package struct EquationModel: StructuralModel {
  package let name = "equations"
  /// The text, as it was given.
  package let equations: String?
  package let parameterNames: [String]
  package let parameterKinds: [ParameterKind]
  /// What is predicted, in the order of the numbers in `outputNumbers`.
  package var outputs: [String] { compiled.outputs }
  /// DVID of each output; an observation without DVID is of the only output.
  package let outputNumbers: [Int]
  /// Where each covariate of the equations stands in the rows of the timelines.
  package let covariatePlaces: [Int]
  /// Whether predictions depend on covariates.
  package var usesCovariates: Bool { compiled.usesCovariate.contains(true) }
  package let tolerances: SolverTolerances
  /// What the text may not mean as it was meant.
  package var warnings: [ModelDiagnostic] { compiled.warnings }

  let compiled: CompiledModel
  /// How the library computes the model, if it can.
  let linear: LinearModel?
  /// For each of the library's parameters the place among those of `linCmt`, or the property of the
  /// first compartment.
  let linearSources: [LinearSource]
  /// How the library computes the model where parameters change, if it can.
  let varyingLinear: VaryingLinearModel?
  /// The properties that are its inputs, in its order.
  let varyingInputs: [(compartment: Int, property: CompartmentProperty)]
  let periods = PeriodMemory()
  private let pool: EquationWorkspacePool

  enum LinearSource: Sendable {
    case parameter(Int)
    case property(CompartmentProperty)
  }

  /// - Parameters:
  ///   - text: the equations.
  ///   - parameters: of a subject, in the order in which `predict` takes them.
  ///   - kinds: what they measure; `nil`: as their names suggest.
  ///   - covariates: names by place in the rows of the timelines.
  ///   - outputs: what is predicted; empty: the value that is assigned last.
  ///   - outputNumbers: DVID of each output; `nil`: 1, 2, …
  /// - Throws: all faults of the text.
  package init(
    _ text: String, parameters: [String], kinds: [ParameterKind]? = nil,
    covariates: [String] = [], outputs: [String] = [], outputNumbers: [Int]? = nil,
    tolerances: SolverTolerances = SolverTolerances()
  ) throws(ModelTextError) {
    let compiled = try CompiledModel(
      text,
      vocabulary: ModelVocabulary(
        parameters: parameters, covariates: covariates, outputs: outputs,
        library: EquationLibrary.entries.map(\.definition)))
    self.compiled = compiled
    equations = text
    parameterNames = parameters
    parameterKinds = kinds ?? parameters.map(Self.kind)
    covariatePlaces = Array(covariates.indices)
    self.outputNumbers = outputNumbers ?? Array(1...max(1, compiled.outputs.count))
    self.tolerances = tolerances
    pool = EquationWorkspacePool(compiled, tolerances: tolerances)
    (linear, linearSources) = Self.linearModel(compiled)
    (varyingLinear, varyingInputs) = Self.varyingModel(compiled)
  }

  /// The library's model, if properties are given of its first compartment only, and no initial
  /// amounts.
  private static func linearModel(_ compiled: CompiledModel) -> (LinearModel?, [LinearSource]) {
    guard case .library(let place) = compiled.kind, compiled.has(.linear) else { return (nil, []) }
    let entry = EquationLibrary.entries[place]
    let given = CompartmentProperty.allCases.filter { compiled.givenProperties[0][$0.rawValue] }
    guard !given.contains(.initial),
      compiled.givenProperties.dropFirst().allSatisfy({ !$0.contains(true) }),
      let model = EquationLibrary.model(entry, with: given)
    else { return (nil, []) }
    let sources = model.parameterNames.map { name -> LinearSource in
      if let parameter = entry.definition.parameters.firstIndex(of: name) {
        return .parameter(parameter)
      }
      return .property(given.first { EquationLibrary.parameterName($0) == name }!)
    }
    return (model, sources)
  }

  private static func varyingModel(_ compiled: CompiledModel) -> (
    VaryingLinearModel?, [(compartment: Int, property: CompartmentProperty)]
  ) {
    guard case .library(let place) = compiled.kind else { return (nil, []) }
    let inputs = compiled.givenProperties.enumerated().flatMap { compartment, given in
      CompartmentProperty.allCases.filter { given[$0.rawValue] }
        .map { (compartment: compartment, property: $0) }
    }
    let model = VaryingLinearModel(
      EquationLibrary.entries[place].model,
      inputs: inputs.map { ($0.compartment, EquationLibrary.input($0.property)) })
    return model == nil ? (nil, []) : (model, inputs)
  }

  /// What a parameter of that name usually measures.
  private static func kind(_ name: String) -> ParameterKind {
    let lowercased = name.lowercased()
    if lowercased.hasPrefix("vm") { return .amountRate }
    if lowercased.hasPrefix("v") { return .volume }
    if lowercased.hasPrefix("cl") || lowercased.hasPrefix("q") { return .clearance }
    if lowercased.contains("lag") || lowercased.hasPrefix("dur") || lowercased.hasPrefix("mtt") {
      return .time
    }
    if lowercased.hasPrefix("f") { return .fraction }
    let isRate =
      lowercased.hasPrefix("k") && lowercased != "km"
      || ["alpha", "beta", "gamma", "lambda"].contains(lowercased)
    return isRate ? .rate : .unknown
  }

  package func prepare(_ subject: Subject) -> (any PreparedSubject)? {
    prepare(EventTimeline(subject))
  }

  /// What `prepare(_:)` makes of a subject, from its timeline.
  package func prepare(_ timeline: EventTimeline) -> any PreparedSubject {
    EquationProgram(timeline, self)
  }

  package func predict(
    _ program: borrowing EventProgram, parameters: UnsafePointer<Lanes>, count: Int,
    predictions: UnsafeMutablePointer<Lanes>
  ) {
    guard let prepared = program.prepared else {
      preconditionFailure("the program was made for this model")
    }
    predict(prepared, parameters: parameters, count: count, predictions: predictions)
  }

  /// As `predict(_:parameters:count:predictions:)`, of what `prepare` has made.
  package func predict(
    _ prepared: any PreparedSubject, parameters: UnsafePointer<Lanes>, count: Int,
    predictions: UnsafeMutablePointer<Lanes>
  ) {
    predict(
      prepared, parameters: parameters, count: count, predictions: predictions, trouble: nil)
  }

  /// - Parameter trouble: takes why the first sample has no predictions, if `prepared` was made to
  ///   be watched.
  func predict(
    _ prepared: any PreparedSubject, parameters: UnsafePointer<Lanes>, count: Int,
    predictions: UnsafeMutablePointer<Lanes>, trouble: UnsafeMutablePointer<EventTrouble?>?
  ) {
    guard let program = prepared as? EquationProgram else {
      preconditionFailure("the program was made for this model")
    }
    let workspace = pool.take()
    switch program.form {
    case .explicit:
      compiled.predict(
        program.records, parameters: parameters, count: count, predictions: predictions,
        workspace: workspace.language)
    case .linear:
      predictLinear(
        program, parameters, count, predictions, workspace, trouble: trouble)
    case .varyingLinear:
      predictVaryingLinear(
        program, parameters, count, predictions, workspace, trouble: trouble)
    case .differential:
      predictDifferential(
        program, parameters, count, predictions, workspace, trouble: trouble)
    }
    pool.giveBack(workspace)
  }
}
