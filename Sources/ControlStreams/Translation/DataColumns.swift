import Foundation
import PopulationData

/// The numbers in columns of a data file.
struct DataColumns {
  private let rows: [[Substring]]
  private let stream: ControlStream

  init(path: String, stream: ControlStream) {
    self.stream = stream
    let text = FileManager.default.contents(atPath: path).map { plainText($0) } ?? ""
    // Other line ends, such as U+0085, are part of a text.
    rows = text.split { ["\n", "\r", "\r\n"].contains($0) }.map { line in
      line.contains(",")
        ? line.split(separator: ",", omittingEmptySubsequences: false)
        : line.split(whereSeparator: \.isWhitespace)
    }
  }

  /// The compartments (CMT) of observations, or of other records, ascending; missing ones are 0.
  func compartments(ofObservations: Bool) -> [Double] {
    func place(_ name: String) -> Int? {
      stream.columns.firstIndex { $0.name == name && !$0.isDropped }
    }
    guard let compartment = place("CMT") else { return [] }
    let others = ["EVID", "MDV", "AMT"].compactMap(place)
    var values: Set<Double> = []
    for row in rows where compartment < row.count {
      func number(_ place: Int) -> Double {
        place < row.count ? WordReader.number(row[place].trimmed) ?? 0 : 0
      }
      guard WordReader.number(row[0].trimmed) != nil,
        others.allSatisfy({ number($0) == 0 }) == ofObservations
      else { continue }
      values.insert(number(compartment))
    }
    return values.sorted()
  }

  /// Whether in each row with numbers in two columns one is 1 and the other one 0.
  func areComplementary(_ a: String, _ b: String) -> Bool {
    guard let first = stream.columns.firstIndex(where: { $0.name == a }),
      let second = stream.columns.firstIndex(where: { $0.name == b })
    else { return false }
    return rows.allSatisfy { row in
      guard first < row.count, second < row.count, let x = WordReader.number(row[first].trimmed),
        let y = WordReader.number(row[second].trimmed)
      else { return true }
      return (x == 0 || x == 1) && x + y == 1
    }
  }

  /// The different numbers in a column, ascending.
  func values(_ name: String) -> [Double]? {
    guard let place = stream.columns.firstIndex(where: { $0.name == name }) else { return nil }
    var values: Set<Double> = []
    for row in rows where place < row.count {
      if let value = WordReader.number(row[place].trimmed) { values.insert(value) }
    }
    return values.sorted()
  }
}
