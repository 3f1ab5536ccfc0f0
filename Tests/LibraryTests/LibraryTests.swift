import Foundation
import PopmixLibrary
import TestSupport
import Testing

@Suite("A job is read, stepped and finished by others")
struct LibraryTests {
  private static let data = {
    var text = "ID,TIME,AMT,DV,MDV\n"
    for subject in 1...24 {
      let rate = (subject % 3 == 0 ? 0.6 : 0.25) * (1 + 0.1 * Double(subject % 5 - 2))
      let volume = 20 + 0.5 * Double(subject % 7 - 3)
      text += "\(subject),0,100,.,1\n"
      for (place, time) in [1.0, 2, 4, 6].enumerated() {
        let error = 1 + 0.08 * Double((subject * 7 + place * 5) % 11 - 5) / 5
        text += "\(subject),\(time),.,\(100 / volume * exp(-rate * time) * error),0\n"
      }
    }
    return text
  }()

  private static let job = """
    popmix: 1
    job: study
    data: {files: data.csv}
    model:
      structure: one-compartment bolus
      random-effects:
        V: {distribution: lognormal, membership: shared}
        k: {distribution: lognormal, membership: mixture}
      residual-error: proportional
    mixture: {components: 2}
    output: results
    """

  private static func inFolder<Value>(_ body: (String) throws -> Value) throws -> Value {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("library-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try data.write(to: folder.appendingPathComponent("data.csv"), atomically: true, encoding: .utf8)
    try job.write(to: folder.appendingPathComponent("job.yaml"), atomically: true, encoding: .utf8)
    return try body(folder.path)
  }

  @Test("a fit that was stepped ends with the results that the program writes")
  func steps() throws {
    try Self.inFolder { folder in
      let job = try Job(path: folder + "/job.yaml")
      #expect(job.name == "study")
      #expect(job.dataSets.count == 1 && job.dataSets[0].hasSuffix("data.csv"))
      let fit = try Fit(of: job)
      #expect(fit.subjectCount == 24 && fit.iterations == 0 && fit.logLikelihood == nil)
      #expect(fit.values.map(\.name) == job.parameterNames)
      for _ in 0..<4 { try fit.step() }
      #expect(fit.iterations == 4 && !fit.hasEnded && fit.ending == nil)
      while !fit.hasEnded { try fit.step() }
      let last = try #require(fit.logLikelihood)
      let stepped = try fit.finish()
      #expect(stepped.isConverged)
      #expect(abs(last + 0.5 * stepped.minusTwoLogLikelihood) < 0.01)
      // A second call does nothing, as does a step.
      let iterations = fit.iterations
      try fit.step()
      #expect(try fit.finish() == stepped && fit.iterations == iterations)
      // From the first step, and by the program, which makes more starts: the best is the same.
      #expect(try Fit(of: job).finish() == stepped)
      let run = try ChildProcess.run(
        shell: "cd \"$1\" && exec \"$0\" fit --quiet job.yaml", "popmix", [folder])
      #expect(run.exitCode == 0, "\(run.errors)")
      let read = try #require(try Results.read(folder: folder + "/results").first)
      #expect(read.status == stepped.status)
      #expect(abs(read.minusTwoLogLikelihood - stepped.minusTwoLogLikelihood) < 1e-6)
      #expect(read.parameters.map(\.name) == stepped.parameters.map(\.name))
    }
  }

  @Test("what is wrong is said with its place")
  func errors() throws {
    try Self.inFolder { folder in
      let wrong = folder + "/wrong.yaml"
      try Self.job.replacing("proportional", with: "proportionate")
        .write(toFile: wrong, atomically: true, encoding: .utf8)
      #expect {
        try Job(path: wrong)
      } throws: { error in
        let text = "\(error)"
        return error is PopmixError && text.contains("wrong.yaml:9:19:")
          && text.contains("did you mean 'proportional'?")
      }
      #expect(throws: PopmixError.self) { try Job(path: folder + "/none.yaml") }
      #expect(throws: PopmixError.self) {
        try Fit(of: Job(path: folder + "/job.yaml"), dataSet: "other")
      }
      #expect(throws: PopmixError.self) { try Results.read(folder: folder + "/none") }
    }
  }
}
