import FitReport
import PopulationData
import Testing

@Suite("Samples and summaries")
struct SampleTests {
  @Test("A sample is ascending, always the same, and follows no period of the data")
  func sample() {
    let sample = Sample(of: 10_000, limit: 2000)
    #expect(sample.places.count == 2000)
    #expect(zip(sample.places, sample.places.dropFirst()).allSatisfy { $0 < $1 })
    #expect(sample.places.allSatisfy { (0..<10_000).contains($0) })
    #expect(sample.places == Sample(of: 10_000, limit: 2000).places)
    for remainder in 0..<5 {
      #expect((300...500).contains(sample.places.count { $0 % 5 == remainder }))
    }
    #expect(sample.note("subjects") == "2,000 of 10,000 subjects shown")
    #expect(Sample(of: 1999).places == Array(0..<1999))
    #expect(Sample(of: 1999).note("subjects") == nil)
    #expect(Sample(of: 0).places == [])
  }

  @Test("Counts have commas between thousands")
  func counts() {
    #expect(
      [0, 999, 1000, 123_456, 1_234_567, -1000].map(grouped) == [
        "0", "999", "1,000", "123,456", "1,234,567", "-1,000",
      ])
  }

  @Test("The areas of a histogram sum to 1, also where all values are the same")
  func histogram() {
    for values in [[1.0, 2, 2, 3, 10], [5, 5, 5], [0], (0..<1000).map { Double($0 % 37) }] {
      let histogram = Histogram(values)
      #expect(histogram.counts.reduce(0, +) == values.count)
      #expect(abs(histogram.densities.reduce(0, +) * histogram.width - 1) < 1e-9)
    }
    #expect(Histogram([]).counts.isEmpty)
  }

  @Test("Boxes are Tukey's: quartiles, whiskers within 1.5 boxes, the rest beyond")
  func boxes() {
    let box = BoxPlot([1, 2, 3, 4, 5, 100])
    #expect(box.quartiles == [2.25, 3.5, 4.75])
    #expect(box.whiskers.low == 1 && box.whiskers.high == 5)
    #expect(box.outliers == [100])
  }

  @Test("Strata are the values of a column, or four ranges of its numbers")
  func strata() {
    let sexes = Strata(SubjectColumn(name: "SEX", texts: ["1", "0", "", "1"]))
    #expect(sexes.groups.map(\.label) == ["0", "1"])
    #expect(sexes.groups.map(\.subjects) == [[1], [0, 3]])
    let weights = Strata(SubjectColumn(name: "WT", texts: (1...100).map { "\($0)" }))
    #expect(weights.groups.map(\.subjects.count) == [25, 25, 25, 25])
    #expect(weights.groups[0].label == "1.00 to 25.0")
  }
}
