package import ModelLanguage
import NumericKernels
package import PopulationModel
import Spelling

/// An expression in the parameters of a population, in the language of models, with names as tables
/// have them: `log(2)/typical.k`.
package struct ParameterEquation: Sendable {
  package let expression: DerivedExpression

  /// - Parameters:
  ///   - name: what the quantity is called.
  ///   - names: of the parameters, as in tables, those of a component with its number.
  /// - Throws: all faults of the text, with columns in it.
  package init(_ text: String, name: String, names: [String], componentCount: Int)
    throws(ModelTextError)
  {
    var inputs: [String] = []
    var isPerComponent = false
    var faults: [ModelDiagnostic] = []
    func fault(_ place: Int, _ length: Int, _ message: String) {
      faults.append(
        ModelDiagnostic(
          severity: .error, line: 1, column: place + 1, length: length, message: message))
    }
    var bytes = Array(text.utf8)
    if let place = bytes.firstIndex(where: { Array("=;#\n\r{}".utf8).contains($0) }) {
      let shown = String(decoding: [bytes[place]], as: UTF8.self)
      fault(
        place, 1,
        "'\(shown == "\n" || shown == "\r" ? "end of line" : shown)' is no part of an expression, expected one expression in parameters, such as "
          + "log(2)/typical.k; remove it.")
    }
    let bases = Set(names.compactMap(Self.base))
    for word in Self.words(bytes) where !word.isCall {
      let own = String(decoding: bytes[word.range], as: UTF8.self)
      if names.contains(own) {
        if !inputs.contains(own) { inputs.append(own) }
      } else if componentCount > 1, bases.contains(own) {
        isPerComponent = true
        if !inputs.contains(own) { inputs.append(own) }
      } else {
        let known = names + bases.sorted()
        let near = nearestName(to: own, among: known)
        fault(
          word.range.lowerBound, word.range.count,
          "'\(own)' is no parameter, expected one of the names in estimates.csv: \(names.joined(separator: ", ")); "
            + (near.map { "did you mean '\($0)'?" } ?? "correct it."))
      }
      // Names of the language have no points.
      for place in word.range where bytes[place] == UInt8(ascii: ".") {
        bytes[place] = UInt8(ascii: "_")
      }
    }
    let parameters = inputs.map { $0.replacing(".", with: "_") }
    if faults.isEmpty, inputs.isEmpty {
      fault(
        0, max(1, bytes.count),
        "names no parameter, expected an expression in parameters, such as log(2)/typical.k; correct it."
      )
    }
    if Set(parameters).count < parameters.count {
      fault(
        0, bytes.count,
        "has two parameters whose names differ in points and underscores only; rename the effects.")
    }
    guard faults.isEmpty else { throw ModelTextError(diagnostics: faults) }
    let prefix = "value = "
    let model: CompiledModel
    do throws(ModelTextError) {
      model = try CompiledModel(
        prefix + String(decoding: bytes, as: UTF8.self),
        vocabulary: ModelVocabulary(parameters: parameters))
    } catch {
      throw ModelTextError(
        diagnostics: error.diagnostics.map {
          ModelDiagnostic(
            severity: $0.severity, line: $0.line, column: max(1, $0.column - prefix.count),
            length: $0.length, message: $0.message)
        })
    }
    let records = ModelRecords(
      model, .explicit, records: [ModelRecord(time: 0, timeAfterDose: 0, dose: 0)],
      covariates: [[]])
    expression = DerivedExpression(name: name, inputs: inputs, isPerComponent: isPerComponent) {
      values in
      let lanes = values.map { Lanes.all($0) }
      var predictions = [Lanes.all(0)]
      let workspace = ModelWorkspace(model)
      lanes.withUnsafeBufferPointer { parameters in
        predictions.withUnsafeMutableBufferPointer {
          model.predict(
            records, parameters: parameters.baseAddress!, count: 1,
            predictions: $0.baseAddress!, workspace: workspace)
        }
      }
      return predictions[0][0]
    }
  }

  /// The name without the number of a component; `nil` if it has none.
  private static func base(_ name: String) -> String? {
    guard let point = name.lastIndex(of: "."), Int(name[name.index(after: point)...]) != nil else {
      return nil
    }
    return String(name[..<point])
  }

  /// Names in a text, with points in them, and whether they are called.
  private static func words(_ bytes: [UInt8]) -> [(range: Range<Int>, isCall: Bool)] {
    func isLetter(_ byte: UInt8) -> Bool {
      byte == UInt8(ascii: "_")
        || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z"))
    }
    func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    var words: [(range: Range<Int>, isCall: Bool)] = []
    var place = 0
    while place < bytes.count {
      let start = place
      if isLetter(bytes[place]) {
        while place < bytes.count,
          isLetter(bytes[place]) || isDigit(bytes[place]) || bytes[place] == UInt8(ascii: ".")
        { place += 1 }
        let next = bytes[place...].first { $0 != 0x20 && $0 != 0x09 }
        words.append((start..<place, next == UInt8(ascii: "(")))
      } else if isDigit(bytes[place]) {
        // With an exponent, whose letter is no name.
        while place < bytes.count, isDigit(bytes[place]) || bytes[place] == UInt8(ascii: ".") {
          place += 1
        }
        if place < bytes.count, bytes[place] | 0x20 == UInt8(ascii: "e") {
          place += 1
          if place < bytes.count, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(bytes[place]) {
            place += 1
          }
        }
      } else {
        place += 1
      }
    }
    return words
  }
}
