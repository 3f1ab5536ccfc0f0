/// `fit.json` as a sequence of complete elements, as no rank may hold all data sets: the text
/// before them, that of each data set with `separator` between two, and the text after them.
extension FitDocument {
  /// What follows the data sets, which are first by the alphabet.
  private struct Rest: Encodable {
    let estimation: Estimation
    let job: String
    let jobText: String
    let model: Model
    let popmixVersion: String
    let schema: String
    let schemaVersion: Int
  }

  /// The text before the data sets, and that after them; the document's own data sets are of no
  /// matter.
  /// - Throws: `EncodingError`.
  package func frame() throws -> (head: [UInt8], tail: [UInt8]) {
    let rest = Rest(
      estimation: estimation, job: job, jobText: jobText, model: model,
      popmixVersion: popmixVersion, schema: schema, schemaVersion: schemaVersion)
    return (
      Array("{\n  \"data_sets\" : [\n".utf8),
      Array("\n  ],\n".utf8) + (try jsonMembers(of: rest)) + Array("\n}\n".utf8)
    )
  }

  /// What stands between two data sets.
  package static let separator = Array(",\n".utf8)

  /// A data set as it stands in the document.
  package struct Element: Sendable, Equatable {
    package let text: [UInt8]
    /// Where in the text the maxima of all starts belong, which are known only when all have ended:
    /// where the line of the first key behind them begins.
    package let maximaPlace: Int
  }

  /// Encodes a data set.
  /// - Throws: `EncodingError`.
  package static func element(_ dataSet: DataSet) throws -> Element {
    let (text, members) = try jsonObject(of: dataSet, indentation: 2)
    guard let next = members.first(where: { $0.key > "maxima_warnings" }) else {
      preconditionFailure("a data set has a name")
    }
    return Element(text: text, maximaPlace: next.start)
  }

  /// What a data set has more of where there are several starts.
  private struct Maxima: Encodable {
    let maxima: [Maximum]
    /// Missing if there are none.
    let maximaWarnings: [String]?
  }

  /// The lines that belong into an element at its `maximaPlace`.
  /// - Throws: `EncodingError`.
  package static func text(_ found: LikelihoodMaxima) throws -> [UInt8] {
    let part = Maxima(
      maxima: maxima(found), maximaWarnings: found.warnings.isEmpty ? nil : found.warnings)
    return try jsonMembers(of: part, indentation: 2) + separator
  }

  fileprivate static func maxima(_ found: LikelihoodMaxima) -> [Maximum] {
    found.maxima.map {
      Maximum(
        minusTwoLogLikelihood: $0.minusTwoLogLikelihood,
        minusTwoLogPosterior: $0.minusTwoLogPosterior, starts: $0.starts)
    }
  }

  /// The whole file with the document's data sets, in pieces one after the other.
  /// - Throws: `EncodingError`.
  package func texts() throws -> [[UInt8]] {
    let (head, tail) = try frame()
    var texts = [head]
    for (place, dataSet) in dataSets.enumerated() {
      if place > 0 { texts.append(Self.separator) }
      texts.append(try Self.element(dataSet).text)
    }
    return texts + [tail]
  }
}

extension FitDocument.DataSet {
  /// Adds what the starts found, when all have ended.
  package mutating func add(_ found: LikelihoodMaxima) {
    maxima = FitDocument.maxima(found)
    maximaWarnings = found.warnings.isEmpty ? nil : found.warnings
  }
}
