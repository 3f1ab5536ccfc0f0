import PopulationData

/// The subjects that a check by simulation looks at, evenly spaced in the data set: all of them, or as many as keep the work small.
enum SubjectSample {
  /// The most subjects that are used.
  static let subjectLimit = 2000
  /// The most values that are drawn, observations × replicates.
  static let valueLimit = 25_000_000

  /// - Parameters:
  ///   - places: of the subjects to choose from.
  ///   - share: the part of the limits that may be used.
  static func places(
    _ places: [Int], of subjects: [Subject], replicates: Int, share: Double = 1
  ) -> [Int] {
    let observations = places.reduce(0) { $0 + subjects[$1].observationCount }
    guard observations > 0 else { return places }
    let perSubject = Double(observations) * Double(replicates) / Double(places.count)
    let affordable = min(Double(subjectLimit), Double(valueLimit) / perSubject) * share
    let count = min(places.count, max(1, Int(affordable)))
    return (0..<count).map { places[$0 * places.count / count] }
  }
}
