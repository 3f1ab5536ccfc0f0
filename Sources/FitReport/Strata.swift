package import PopulationData

/// Groups of subjects by a column of the data.
package struct Strata {
  package let groups: [(label: String, subjects: [Int])]

  private static let levelLimit = 6

  /// One group for each value, or, of numbers with many values, four of about the same size.
  package init(_ column: SubjectColumn) {
    let levels = Set(column.texts.filter { !$0.isEmpty })
    if levels.count > Self.levelLimit, let numbers = column.numbers {
      let known = numbers.indices.filter { numbers[$0] != nil }
      let sorted = known.map { numbers[$0]! }.sorted()
      let cuts = [0.25, 0.5, 0.75].map { quantile(ofSorted: sorted, $0) }
      var groups: [(label: String, subjects: [Int])] = []
      for quarter in 0..<4 {
        let members = known.filter { place in cuts.count { numbers[place]! > $0 } == quarter }
        let values = members.map { numbers[$0]! }
        guard let least = values.min(), let most = values.max() else { continue }
        groups.append(("\(Text.number(least, 3)) to \(Text.number(most, 3))", members))
      }
      self.groups = groups
      return
    }
    let ordered = levels.sorted { a, b in
      if let first = Double(a), let second = Double(b) { return first < second }
      return a < b
    }
    groups = ordered.prefix(Self.levelLimit).map { level in
      (level, column.texts.indices.filter { column.texts[$0] == level })
    }
  }
}
