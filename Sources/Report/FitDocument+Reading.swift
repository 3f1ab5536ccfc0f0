import FoundationEssentials

/// Why a document of an output folder cannot be read.
public enum DocumentError: Error, Sendable, Equatable, CustomStringConvertible {
  case unreadable(path: String, reason: String)
  /// It is no document of this kind.
  case foreign(path: String, expected: String)
  case version(path: String, found: Int, expected: Int)

  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "\(path): cannot be read (\(reason))."
    case .foreign(let path, let expected):
      "\(path): is no \(expected), which `popmix` writes, or it is damaged; name an output folder."
    case .version(let path, let found, let expected):
      "\(path): has version \(found) of its schema, expected \(expected); use the popmix that wrote it, or do it anew."
    }
  }
}

extension FitDocument {
  /// Reads a `fit.json`.
  /// - Parameter path: for messages.
  /// - Throws: `DocumentError`.
  public init(json bytes: [UInt8], path: String) throws(DocumentError) {
    self = try document(
      json: bytes, path: path, schema: "popmix-fit", version: Self.schemaVersion)
  }
}

extension StudyDocument {
  /// Reads a `study.json`.
  /// - Parameter path: for messages.
  /// - Throws: `DocumentError`.
  public init(json bytes: [UInt8], path: String) throws(DocumentError) {
    self = try document(json: bytes, path: path, schema: "popmix-study", version: 1)
  }
}

private struct Head: Decodable {
  let schema: String
  let schemaVersion: Int
}

private func document<Document: Decodable>(
  json bytes: [UInt8], path: String, schema: String, version: Int
) throws(DocumentError) -> Document {
  let decoder = JSONDecoder()
  decoder.keyDecodingStrategy = .convertFromSnakeCase
  decoder.nonConformingFloatDecodingStrategy = .convertFromString(
    positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
  let data = Data(bytes)
  guard let head = try? decoder.decode(Head.self, from: data), head.schema == schema else {
    throw .foreign(path: path, expected: schema)
  }
  guard head.schemaVersion == version else {
    throw .version(path: path, found: head.schemaVersion, expected: version)
  }
  do { return try decoder.decode(Document.self, from: data) } catch {
    throw .foreign(path: path, expected: schema)
  }
}
