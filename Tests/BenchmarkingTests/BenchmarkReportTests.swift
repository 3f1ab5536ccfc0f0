import Benchmarking
import Testing

@Suite("Reports of benchmarks")
struct BenchmarkReportTests {
  @Test("a report is read as it was written")
  func roundTrip() throws {
    let report = sampleReport()
    let text = try report.text()
    #expect(try BenchmarkReport(text: text, path: "a.json") == report)
  }

  @Test("parts that were left out stay so")
  func partsLeftOut() throws {
    var report = sampleReport()
    report.fits = nil
    report.memory = nil
    report.commit = nil
    #expect(try BenchmarkReport(text: try report.text(), path: "a.json") == report)
    #expect(!report.tables.contains("Memory"))
  }

  @Test("a number that is infinite survives the file")
  func infiniteNumber() throws {
    var report = sampleReport()
    report.functions = [
      FunctionFigures(name: "exp", nanosecondsPerValue: .infinity, cyclesPerValue: 1)
    ]
    #expect(try BenchmarkReport(text: try report.text(), path: "a.json") == report)
  }

  @Test("a file that is no report, or of another version, is refused with its path")
  func refused() throws {
    #expect(
      throws: BenchmarkError.report(path: "a.json", reason: "this is no report of benchmarks")
    ) { try BenchmarkReport(text: "{}", path: "a.json") }
    let newer = try sampleReport().text().replacing("\"schema\" : 1", with: "\"schema\" : 2")
    #expect(
      throws: BenchmarkError.report(
        path: "b.json", reason: "the report has the schema 2, this program 1")
    ) { try BenchmarkReport(text: newer, path: "b.json") }
  }

  @Test("the floor is 118 operations for eight samples")
  func floor() {
    let roofline = sampleReport().roofline
    #expect(abs(roofline.floor - 118 / 8 * 0.25) < 1e-12)
    #expect(abs(roofline.floorCycles - 118 / 8) < 1e-12)
  }

  @Test("the tables tell the numbers of all parts, in columns")
  func tables() {
    let lines = sampleReport().tables.split(separator: "\n")
    #expect(lines.contains { $0.hasPrefix("Test 9000, 2 cores, x86-64-v3, load 0.25; 2026") })
    let header = lines.firstIndex { $0.contains("median ms") }
    #expect(header.map { lines[$0 + 1].count } == header.map { lines[$0].count })
    #expect(lines.contains { $0.contains("lattice-64") && $0.contains("250.0") })
    #expect(lines.contains { $0.contains("two-compartment oral") && $0.contains("6.25") })
    #expect(lines.contains { $0.contains("lattice-64: 1500 bytes for each subject more") })
  }

  @Test("a timing knows its least, median and largest value")
  func timing() {
    let odd = Timing([3, 1, 2])
    #expect([odd.least, odd.median, odd.largest] == [1, 2, 3])
    #expect(Timing([4, 1, 2, 3]).median == 2.5)
    #expect(Timing([7]).count == 1)
  }

  @Test("times on a line in T give the line")
  func growthLine() {
    let line = GrowthLine(
      method: "lattice",
      points: [64, 256, 4096].map { (samples: $0, nanoseconds: 500 + 3 * $0) })
    #expect(abs(line.nanosecondsPerIntegral - 500) < 1e-9)
    #expect(abs(line.nanosecondsPerSample - 3) < 1e-12)
  }

  @Test("bytes for each subject are the slope between the smallest and the largest data set")
  func memoryLine() {
    let memory = MemoryUse(points: [
      .init(method: "paper-1000", subjects: 1000, bytesBefore: 0, bytesPeak: 5000),
      .init(method: "paper-1000", subjects: 3000, bytesBefore: 0, bytesPeak: 9000),
      .init(method: "paper-1000", subjects: 2000, bytesBefore: 0, bytesPeak: 1),
      .init(method: "lattice-64", subjects: 1000, bytesBefore: 0, bytesPeak: 5000),
    ])
    #expect(memory.lines == [.init(method: "paper-1000", bytesPerSubject: 2)])
  }
}

/// A report with numbers that are easy to follow.
func sampleReport() -> BenchmarkReport {
  BenchmarkReport(
    date: "2026-01-02T03:04:05Z", commit: "abc",
    machine: Machine(processor: "Test 9000", cores: 2, instructionLevel: "x86-64-v3", load: 0.25),
    roofline: Roofline(
      gigahertz: 4, multiplyLatency: 3, nanosecondsPerOperation: 0.25, vectorBits: 256),
    functions: [FunctionFigures(name: "exp", nanosecondsPerValue: 1.5, cyclesPerValue: 6)],
    library: [
      LibraryFigures(
        model: "two-compartment oral", parameters: ["V", "k", "k12", "k21", "ka"], doses: 10,
        way: "steps", nanoseconds: 6.25)
    ],
    fits: Fits(
      readingSeconds: 0.0005,
      figures: [
        FitFigures(
          method: "lattice-64", samples: 64, expectationSteps: 20, seconds: Timing([0.25]),
          processorSeconds: Timing([0.2]), nanosecondsPerSample: 10, speedup: nil,
          medianError: 3e-4, worstError: 9e-4,
          logLikelihoodError: 1e-3)
      ]),
    growth: Growth(
      points: [
        GrowthPoint(
          method: "paper", series: "n",
          size: FitSize(
            model: "V, k normal", effects: 2, subjects: 100, observations: 5, components: 2,
            samples: 64),
          seconds: 0.5, nanosecondsPerSample: 30, onceMicrosecondsPerSubject: 100)
      ],
      lines: [
        GrowthLine(method: "paper", nanosecondsPerIntegral: 400, nanosecondsPerSample: 28)
      ]),
    memory: MemoryUse(points: [
      .init(method: "lattice-64", subjects: 1000, bytesBefore: 1, bytesPeak: 10_000_000),
      .init(method: "lattice-64", subjects: 2000, bytesBefore: 1, bytesPeak: 11_500_000),
    ]))
}
