import FoundationEssentials

/// Why a file is no `fit.json` that can be used.
public enum FitDocumentError: Error, Sendable, Equatable, CustomStringConvertible {
  /// It is no JSON, or not of this schema.
  case foreign
  case version(found: Int, popmixVersion: String)
  /// It is of this schema and version, but something in it is missing or of another type.
  case damaged(place: String)

  public var description: String {
    switch self {
    case .foreign: "no fit.json of popmix; name the output folder of a fit, or the fit.json in it."
    case .version(let found, let popmixVersion):
      "fit.json has schema version \(found), of popmix \(popmixVersion), and this program reads version "
        + "\(FitDocument.schemaVersion); fit again, or use that version."
    case .damaged(let place):
      "fit.json is damaged at \(place); fit again."
    }
  }
}

extension FitDocument {
  private struct Head: Decodable {
    var schema: String
    var schemaVersion: Int
    var popmixVersion: String?
  }

  /// Reads the text of a `fit.json`.
  public init(reading bytes: [UInt8]) throws(FitDocumentError) {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    let data = Data(bytes)
    guard let head = try? decoder.decode(Head.self, from: data), head.schema == "popmix-fit"
    else { throw .foreign }
    guard head.schemaVersion == Self.schemaVersion else {
      throw .version(found: head.schemaVersion, popmixVersion: head.popmixVersion ?? "?")
    }
    do { self = try decoder.decode(FitDocument.self, from: data) } catch {
      throw .damaged(place: Self.place(error))
    }
  }

  private static func place(_ error: any Error) -> String {
    let path: [any CodingKey]
    switch error as? DecodingError {
    case .keyNotFound(let key, let context): path = context.codingPath + [key]
    case .typeMismatch(_, let context), .valueNotFound(_, let context),
      .dataCorrupted(let context):
      path = context.codingPath
    default: path = []
    }
    return path.isEmpty
      ? "an unknown place"
      : "'\(path.map { $0.intValue.map { "\($0)" } ?? $0.stringValue }.joined(separator: "."))'"
  }
}
