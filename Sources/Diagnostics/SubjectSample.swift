import PopulationData

/// So many of the places 0 … count − 1, ascending: one of each of as many equal stretches.
///
/// Where in its stretch is different from one to the next, by multiples of the golden ratio, so
/// that a pattern in the order, such as two arms in turns or five observations a subject, does not
/// decide what is taken.
func spread(_ taken: Int, of count: Int) -> [Int] {
  guard taken < count else { return Array(0..<count) }
  return (0..<taken).map { i in
    let first = i * count / taken
    let length = (i + 1) * count / taken - first
    let turn = (Double(i) * 0.618_033_988_749_894_9).truncatingRemainder(dividingBy: 1)
    return first + min(length - 1, Int(turn * Double(length)))
  }
}

/// The subjects that a check by simulation looks at, spread over the data set: all of them, or as
/// many as keep the work small.
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
    return spread(max(1, Int(affordable)), of: places.count).map { places[$0] }
  }
}
