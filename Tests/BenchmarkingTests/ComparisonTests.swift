import Benchmarking
import Testing

@Suite("Comparison of two reports")
struct ComparisonTests {
  @Test("a ratio is new over old, for each number of both reports")
  func ratios() throws {
    let old = sampleReport()
    var new = old
    new.functions = [FunctionFigures(name: "exp", nanosecondsPerValue: 0.75, cyclesPerValue: 3)]
    let comparison = Comparison(old: old, new: new)
    #expect(comparison.rows.count == old.figures.count)
    for row in comparison.rows {
      #expect(row.ratio == (row.name == "function exp" ? 0.5 : 1), "\(row.name)")
    }
    #expect(comparison.onlyOld.isEmpty && comparison.onlyNew.isEmpty && comparison.cautions.isEmpty)
  }

  @Test("numbers that one report lacks are named, not compared")
  func missingParts() {
    let old = sampleReport()
    var new = old
    new.memory = nil
    new.functions?.append(
      FunctionFigures(name: "log", nanosecondsPerValue: 1, cyclesPerValue: 4))
    let comparison = Comparison(old: old, new: new)
    #expect(comparison.onlyOld == ["memory lattice-64"])
    #expect(comparison.onlyNew == ["function log"])
    #expect(!comparison.rows.contains { $0.name == "function log" })
    #expect(comparison.table.contains("Only in the new report: function log."))
  }

  @Test("other processors and other clocks are warned of")
  func cautions() {
    let old = sampleReport()
    var new = old
    new.machine = Machine(
      processor: "Test 9001", cores: 2, instructionLevel: "x86-64-v4", load: 0)
    new.roofline = Roofline(
      gigahertz: 3, multiplyLatency: 3, nanosecondsPerOperation: 0.25, vectorBits: 512)
    #expect(Comparison(old: old, new: new).cautions.count == 2)
  }

  @Test("names of numbers are all different, so that none is compared with another")
  func uniqueNames() {
    var report = sampleReport()
    let points = report.growth!.points
    report.growth = Growth(points: points + points, lines: [])
    let names = report.figures.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(names.contains("growth paper, V, k normal, n 100, T 64, m 5, K 2"))
  }

  @Test("two numbers that are both 0 have the ratio 1")
  func zeroes() {
    let old = sampleReport()
    var new = old
    new.roofline = Roofline(
      gigahertz: 4, multiplyLatency: 3, nanosecondsPerOperation: 0, vectorBits: 256)
    let row = Comparison(old: new, new: new).rows.first { $0.name == "floor of a sample" }
    #expect(row?.ratio == 1)
    let fallen = Comparison(old: old, new: new).rows.first { $0.name == "floor of a sample" }
    #expect(fallen?.ratio == 0)
  }
}
