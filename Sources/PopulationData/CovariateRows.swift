/// The values of a subject's covariates, each different vector of them once.
///
/// A missing value is that of the row before. Before the first value it is unknown (NaN), until
/// `finish` takes the first value there is.
struct CovariateRows {
  private let carries: [CovariateCarry]
  private let hasForward: Bool
  private(set) var rows: [[Double]] = []
  /// Values at the latest row of the file, and their number.
  private var latest: [Double] = []
  private(set) var latestRow = 0
  private var interval: [Double] = []
  private var hasUnknown = false

  /// How many vectors, from the last one back, are looked at for the same values.
  private static let memory = 8

  init(_ columns: [CovariateColumn]) {
    carries = columns.map(\.carry)
    hasForward = carries.contains(.forward)
  }

  var isEmpty: Bool { carries.isEmpty }

  mutating func restart() {
    rows.removeAll(keepingCapacity: true)
    latestRow = 0
    hasUnknown = false
  }

  /// Takes in the values of a row of the file, NaN for those that are missing.
  /// - Returns: which vector holds in the interval that ends at the row, and which from the row on.
  mutating func add(_ values: [Double]) -> (interval: Int, own: Int) {
    guard !rows.isEmpty else {
      latest = values
      hasUnknown = values.contains(where: \.isNaN)
      rows.append(values)
      return (0, 0)
    }
    var isSame = true
    for j in values.indices where !values[j].isNaN && values[j] != latest[j] { isSame = false }
    if isSame { return (latestRow, latestRow) }
    var before = latestRow
    if hasForward { interval = latest }
    for j in values.indices where !values[j].isNaN { latest[j] = values[j] }
    if hasForward {
      for j in values.indices where carries[j] == .backward { interval[j] = latest[j] }
      before = number(of: interval)
    }
    latestRow = number(of: latest)
    return (hasForward ? before : latestRow, latestRow)
  }

  /// The number of a vector, which is taken in if it is new.
  private mutating func number(of values: [Double]) -> Int {
    for row in rows.indices.reversed().prefix(Self.memory)
    where zip(rows[row], values).allSatisfy({ $0.bitPattern == $1.bitPattern }) { return row }
    rows.append(values)
    return rows.count - 1
  }

  /// Which covariate has no value in any row, if there is one.
  var missing: Int? {
    guard hasUnknown else { return nil }
    return carries.indices.first { j in latest[j].isNaN }
  }

  /// Gives what was unknown its values; every covariate must have one.
  /// - Returns: the new number of each row, or `nil` if they have not changed.
  mutating func finish() -> [Int]? {
    guard hasUnknown else { return nil }
    for j in carries.indices {
      guard let first = rows.firstIndex(where: { !$0[j].isNaN }) else { continue }
      for row in 0..<first { rows[row][j] = rows[first][j] }
      // A vector of an interval that ends where the first value stands.
      for row in first..<rows.count where rows[row][j].isNaN { rows[row][j] = rows[first][j] }
    }
    let filled = rows
    rows = []
    return filled.map { number(of: $0) }
  }
}
