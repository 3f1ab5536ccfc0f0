import Foundation
import ModelLanguage
import PopulationModel
import StructuralModels
import Testing

/// The examples of the guide's chapter on the model language: fenced as `popmix-model`, with the
/// names of parameters and, after a stroke, covariates.
@Suite("Examples of the guide")
struct GuideTests {
  struct Example: Sendable, CustomTestStringConvertible {
    var text: String
    var parameters: [String]
    var covariates: [String]

    var testDescription: String { String(text.prefix(40)) }
  }

  static let examples: [Example] = {
    let file = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Sources/popmix/popmix.docc/Language.md")
    guard let guide = try? String(contentsOf: file, encoding: .utf8) else { return [] }
    return guide.components(separatedBy: "```popmix-model ").dropFirst().map { part in
      let block = part.components(separatedBy: "\n```")[0]
      let lines = block.components(separatedBy: "\n")
      let names = lines[0].components(separatedBy: " / ").map {
        $0.split(separator: " ").map(String.init)
      }
      return Example(
        text: lines.dropFirst().joined(separator: "\n"), parameters: names[0],
        covariates: names.count > 1 ? names[1] : [])
    }
  }()

  @Test("the guide has examples")
  func count() { #expect(Self.examples.count == 6) }

  @Test("each is a model without warnings, and has finite predictions", arguments: examples)
  func example(_ example: Example) throws {
    let model = try EquationModel(
      example.text, parameters: example.parameters, covariates: example.covariates)
    #expect(model.warnings.isEmpty)
    let subject = timeline(
      doses: [(0, bolus)], times: [0.5, 1, 2, 5, 24],
      covariates: [example.covariates.map { _ in 70 }])
    let values = predictions(model, subject, samples(around: example.parameters.map { _ in 1 }))
    #expect(values.allSatisfy { $0.allSatisfy { $0.isFinite } })
    // They are not all the same.
    #expect(Set(values.flatMap { $0 }).count > 20)
  }
}
