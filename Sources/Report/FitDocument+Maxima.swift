extension FitDocument {
  /// A maximum of the likelihood, or of the posterior, of several starts.
  package struct Maximum: Codable, Sendable, Equatable {
    package var minusTwoLogLikelihood: Double
    /// −2(log L + log p(ϕ̂)); missing without a prior.
    package var minusTwoLogPosterior: Double?
    /// How many starts ended there.
    package var starts: Int

    package init(minusTwoLogLikelihood: Double, minusTwoLogPosterior: Double? = nil, starts: Int) {
      self.minusTwoLogLikelihood = minusTwoLogLikelihood
      self.minusTwoLogPosterior = minusTwoLogPosterior
      self.starts = starts
    }
  }

  /// What a data set has more of where there are several starts.
  private struct Maxima: Encodable {
    let maxima: [Maximum]
    /// Missing if there are none.
    let maximaWarnings: [String]?
  }

  /// Where in the text of a data set the maxima of its starts belong, which are known only when all
  /// have ended.
  /// - Parameter text: of the data set, without them.
  package static func maximaPlace(in text: [UInt8]) -> Int {
    let place = text.indices.last { text[$0...].starts(with: maximaMark) }
    guard let place else { preconditionFailure("a data set has a name") }
    return place + 1
  }

  /// What follows the maxima: the next key in alphabetical order, at the level of the data set's
  /// keys.
  private static let maximaMark = Array("\n      \"name\" : ".utf8)

  /// Whether the maxima can be put at a place, as one that was read from a file may be any number.
  package static func mayHaveMaxima(at place: Int?, in text: [UInt8]) -> Bool {
    guard let place else { return true }
    return (1..<text.count).contains(place) && text[(place - 1)...].starts(with: maximaMark)
  }

  /// The lines that belong there.
  package static func text(_ found: LikelihoodMaxima) throws -> [UInt8] {
    let warnings = found.warnings
    let part = Maxima(
      maxima: found.maxima.map {
        Maximum(
          minusTwoLogLikelihood: $0.minusTwoLogLikelihood,
          minusTwoLogPosterior: $0.minusTwoLogPosterior, starts: $0.starts)
      }, maximaWarnings: warnings.isEmpty ? nil : warnings)
    let lines = try jsonBytes(of: part, indentation: 2).split(separator: UInt8(ascii: "\n"))
    return Array(lines.dropFirst().dropLast().joined(separator: [UInt8(ascii: "\n")]))
      + Array(",\n".utf8)
  }
}
