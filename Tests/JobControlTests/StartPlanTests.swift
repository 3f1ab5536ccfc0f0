import DataSets
import JobControl
import JobFiles
import OutputFolders
import Report
import TestSupport
import Testing

@Suite("How many starts a data set needs")
struct StartPlanTests {
  private static let source = DataSetSource.file("data.csv", name: "data.csv")

  private func plan(
    _ estimation: String = "", components: Int = 1, isGiven: Bool = true,
    source: DataSetSource = source
  ) throws -> StartPlan {
    let start =
      isGiven
      ? """
        start:\(components == 1 ? "" : "\n    weights: [0.5, 0.5]")
          typical: {k: \(components == 1 ? "0.3" : "[0.3, 0.6]"), V: 20}
          variance: {k: 0.1, V: 0.1}
          sigma: 0.1
      """ : ""
    let text = """
      popmix: 1
      job: starts
      data: {files: data.csv}
      model:
        equations: "y = exp(-k * t) / V"
        random-effects:
          k: {distribution: lognormal, membership: mixture}
          V: {distribution: lognormal, membership: shared}
        residual-error: proportional
      \(start)
      mixture: {components: \(components)}
      \(estimation.isEmpty ? "" : "estimation: \(estimation)")
      """
    return StartPlan(try RunPlan(JobFileReader().read(text, path: "job.yaml")), source: source)
  }

  private func record(
    _ start: Int, _ objective: Double?, asks: Bool = false, status: String = "converged"
  ) -> LedgerRecord {
    var record = LedgerRecord(
      DataSetResult(name: "data.csv", start: start, share: nil, outcome: .failed("")),
      code: .success, part: 0, parts: 1)
    record.minusTwoLogLikelihood = objective
    record.isRegular = status == "converged"
    record.status = status
    record.asksForOtherStarts = asks
    return record
  }

  @Test("a job's number of starts is what it says")
  func exact() throws {
    let plan = try plan("{starts: 4}")
    #expect(plan.first == 4 && plan.limit == 4)
    #expect(plan.wanted(after: [record(1, 1, asks: true)]) == 4)
    #expect(try self.plan("{starts: 1}").limit == 1)
    #expect(try self.plan("{starts: auto}").limit == 8)
    #expect(try self.plan("{method: paper, samples: 100, iterations: 5}").limit == 1)
    #expect(try self.plan(source: .simulated(name: "1", number: 1)).limit == 8)
  }

  @Test("one start is enough where it has no rival")
  func one() throws {
    for isGiven in [true, false] {
      let plan = try plan(isGiven: isGiven)
      #expect(plan.wanted(after: []) == 1)
      #expect(plan.wanted(after: [record(1, 10)]) == 1)
      #expect(plan.wanted(after: [record(1, 10, asks: true)]) == 2)
    }
    #expect(try plan(components: 2).wanted(after: []) == 1)
    // A start of the user's that has led to where nothing is possible.
    #expect(try plan().wanted(after: [record(1, nil, asks: true, status: "failed")]) == 2)
    #expect(try plan().wanted(after: [record(1, nil, status: "failed")]) == 1)
    #expect(try plan(components: 2, isGiven: false).wanted(after: []) == 3)
  }

  @Test("starts follow until two agree on the best end")
  func agreement() throws {
    let plan = try plan()
    let first = record(1, 10, asks: true)
    #expect(plan.wanted(after: [first, record(2, 10.05)]) == 2)
    #expect(plan.wanted(after: [first, record(2, 5)]) == 3)
    #expect(plan.wanted(after: [first, record(2, 5), record(3, 5.02)]) == 3)
    // Two that agree on a worse one do not count.
    #expect(plan.wanted(after: [first, record(2, 5), record(3, 10)]) == 4)
    let apart = (1...8).map { record($0, Double(-$0), asks: true) }
    #expect(plan.wanted(after: apart) == 8)
    #expect(plan.wanted(after: Array(apart.dropLast())) == 8)
  }

  @Test("ends that are no maxima are not believed, and not tried for ever")
  func irregular() throws {
    let plan = try plan()
    let poor = (1...3).map { record($0, 1, asks: true, status: "degenerate") }
    #expect(plan.wanted(after: [poor[0]]) == 2)
    #expect(plan.wanted(after: [poor[0], poor[1]]) == 3)
    #expect(plan.wanted(after: poor) == 3)
    #expect(plan.wanted(after: [poor[0], record(2, 5)]) == 3)
    #expect(plan.wanted(after: [poor[0], record(2, nil, status: "failed")]) == 3)
    // Two that agree are no end of the search while one that was not verified is lower.
    let lower = record(1, 1, asks: true, status: "not verified")
    #expect(plan.wanted(after: [lower, record(2, 5), record(3, 5)]) == 4)
    #expect(
      plan.wanted(after: [lower, record(2, 5), record(3, 1.05, status: "not converged")]) == 3)
  }
}
