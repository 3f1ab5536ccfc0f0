import FoundationEssentials

/// Why a document of an output folder cannot be used.
package enum DocumentError: Error, Sendable, Equatable, CustomStringConvertible {
  /// It is no JSON, or not of this schema; the file that was expected.
  case foreign(path: String, expected: String)
  case version(path: String, found: Int, expected: Int, popmixVersion: String)
  /// It is of this schema and version, but something in it is missing or of another type.
  case damaged(path: String, place: String)

  package var description: String {
    switch self {
    case .foreign(let path, let expected):
      "\(path): is no \(expected) of popmix; name an output folder that has one."
    case .version(let path, let found, let expected, let popmixVersion):
      "\(path): has schema version \(found), of popmix \(popmixVersion), and this program reads version \(expected); do it "
        + "again, or use that version."
    case .damaged(let path, let place): "\(path): is damaged at \(place); do it again."
    }
  }
}

extension FitDocument {
  /// Reads a `fit.json`.
  /// - Parameter path: for messages.
  package init(json bytes: [UInt8], path: String) throws(DocumentError) {
    self = try document(
      json: bytes, path: path, schema: "popmix-fit", version: Self.schemaVersion, name: "fit.json")
  }
}

extension FitDocument {
  /// Reads the text of one data set, as `text(_:)` makes it.
  /// - Returns: `nil` if it is none.
  package static func dataSet(json bytes: [UInt8]) -> DataSet? {
    try? documentDecoder().decode(DataSet.self, from: Data(bytes))
  }
}

extension RunDocument {
  /// Reads a `run.json`.
  /// - Parameter path: for messages.
  package init(json bytes: [UInt8], path: String) throws(DocumentError) {
    self = try document(
      json: bytes, path: path, schema: "popmix-run", version: 1, name: "run.json")
  }
}

extension StudyDocument {
  /// Reads a `study.json`.
  /// - Parameter path: for messages.
  package init(json bytes: [UInt8], path: String) throws(DocumentError) {
    self = try document(
      json: bytes, path: path, schema: "popmix-study", version: 1, name: "study.json")
  }
}

private struct Head: Decodable {
  let schema: String
  let schemaVersion: Int
  let popmixVersion: String?
}

private func documentDecoder() -> JSONDecoder {
  let decoder = JSONDecoder()
  decoder.keyDecodingStrategy = .convertFromSnakeCase
  decoder.nonConformingFloatDecodingStrategy = .convertFromString(
    positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
  return decoder
}

private func document<Document: Decodable>(
  json bytes: [UInt8], path: String, schema: String, version: Int, name: String
) throws(DocumentError) -> Document {
  let decoder = documentDecoder()
  let data = Data(bytes)
  guard let head = try? decoder.decode(Head.self, from: data), head.schema == schema else {
    throw .foreign(path: path, expected: name)
  }
  guard head.schemaVersion == version else {
    throw .version(
      path: path, found: head.schemaVersion, expected: version,
      popmixVersion: head.popmixVersion ?? "?")
  }
  do { return try decoder.decode(Document.self, from: data) } catch {
    throw .damaged(path: path, place: place(error))
  }
}

private func place(_ error: any Error) -> String {
  let path: [any CodingKey]
  switch error as? DecodingError {
  case .keyNotFound(let key, let context): path = context.codingPath + [key]
  case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
    path = context.codingPath
  default: path = []
  }
  return path.isEmpty
    ? "an unknown place"
    : "'\(path.map { $0.intValue.map { "\($0)" } ?? $0.stringValue }.joined(separator: "."))'"
}
