import Benchmarking
import JobFiles
import PopulationModel
import Testing

/// Models as people have them, as jobs that draw their own data sets.
@Suite("Real models")
struct RealModelTests {
  @Test("each job is one that popmix reads, with a design and a start or none")
  func jobs() throws {
    #expect(RealModel.all.count == Set(RealModel.all.map(\.name)).count)
    for model in RealModel.all {
      for hasStart in [true, false] {
        let text = model.job(seed: 3, hasStart: hasStart)
        let plan = try RunPlan(JobFileReader().read(text, path: "job.yaml"))
        #expect(plan.trial != nil, "\(model.name)")
        #expect(plan.jobFile.name == model.name)
        #expect((plan.jobFile.model.start != nil) == hasStart)
      }
    }
  }

  @Test("starts are 30 % off the true values")
  func starts() throws {
    let model = try #require(RealModel.all.first { $0.name == "oral" })
    let text = model.job(seed: 3, hasStart: true)
    #expect(text.contains("typical: {ka: 1.3, CL: \(5 / 1.3), V: 52.0}"))
    #expect(text.contains("typical: {ka: 1.0, CL: 5.0, V: 40.0}"))
  }

  @Test("the table has a line for each model and kind of start, with medians and ends")
  func table() throws {
    var fits = RealModelFits()
    for (seed, seconds) in [3.0, 1, 2].enumerated() {
      fits.add(
        RealModelFits.Fit(
          model: "oral", seed: seed, hasStart: true, seconds: seconds,
          status: seed == 0 ? "not verified" : "converged"))
    }
    let lines = fits.table.split(separator: "\n")
    #expect(lines.count == 2)
    let line = try #require(lines.last)
    #expect(line.contains("2.00") && line.contains("converged 2, not verified 1"))
  }
}
