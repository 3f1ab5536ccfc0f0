import ModelLanguage
import NumericKernels

/// Predictions of a model without compartments for one sample.
func predictions(
  _ text: String, _ parameters: [(String, Double)] = [], covariates: [(String, Double)] = [],
  outputs: [String] = [], times: [Double] = [1], dose: Double = 100
) throws -> [Double] {
  let model = try CompiledModel(
    text,
    vocabulary: ModelVocabulary(
      parameters: parameters.map(\.0), covariates: covariates.map(\.0), outputs: outputs))
  let records = ModelRecords(
    model, .explicit, records: times.map { ModelRecord(time: $0, timeAfterDose: $0, dose: dose) },
    covariates: [covariates.map(\.1)])
  return evaluate(model, records, [parameters.map(\.1)])[0]
}

/// Predictions by sample and observation, of as many vectors as the samples fill.
func evaluate(_ model: CompiledModel, _ records: ModelRecords, _ samples: [[Double]]) -> [[Double]]
{
  let count = (samples.count + 7) / 8
  var parameters = [Lanes](
    repeating: Lanes.all(0.5), count: max(1, count * model.vocabulary.parameters.count))
  for (s, sample) in samples.enumerated() {
    for (j, value) in sample.enumerated() { parameters[j * count + s / 8][s % 8] = value }
  }
  var result = [Lanes](repeating: Lanes.all(.nan), count: max(1, records.observationCount * count))
  let workspace = ModelWorkspace(model)
  result.withUnsafeMutableBufferPointer { result in
    parameters.withUnsafeBufferPointer { parameters in
      model.predict(
        records, parameters: parameters.baseAddress!, count: count,
        predictions: result.baseAddress!, workspace: workspace)
    }
  }
  return samples.indices.map { s in
    (0..<records.observationCount).map { result[$0 * count + s / 8][s % 8] }
  }
}

/// The faults of a text.
func faults(
  _ text: String, parameters: [String] = ["CL", "V"], covariates: [String] = ["WT"],
  outputs: [String] = [], library: [LibraryModel] = exampleLibrary
) -> [ModelDiagnostic] {
  do {
    _ = try CompiledModel(
      text,
      vocabulary: ModelVocabulary(
        parameters: parameters, covariates: covariates, outputs: outputs, library: library))
    return []
  } catch {
    return error.diagnostics
  }
}

let exampleLibrary = [
  LibraryModel(parameters: ["CL", "V"], compartments: ["central"], observed: 0, volume: 1),
  LibraryModel(
    parameters: ["CL", "V", "KA"], compartments: ["depot", "central"], observed: 1, volume: 1),
  LibraryModel(parameters: ["K", "V"], compartments: ["central"], observed: 0, volume: 1),
  LibraryModel(
    parameters: ["CL", "V", "Q", "V2"], compartments: ["central", "peripheral1"], observed: 0,
    volume: 1),
]
