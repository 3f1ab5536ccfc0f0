import JobFiles
import PopulationModel
import TestSupport
import Testing

@Suite("Which parameters are which in NONMEM's formats, as a job says it")
struct NonmemKeyTests {
  private static let effects =
    "random-effects: {V: \(shared), k: {distribution: lognormal, membership: mixture}}"

  private func mixture(_ nonmem: String) -> String {
    job(
      effects: Self.effects, mixture: "{components: 2}", rest: "nonmem: \(nonmem)")
  }

  private func names(_ text: String) throws -> [String] {
    let numbering = try #require(
      try RunPlan(JobFileReader().read(text, path: "job.yaml")).nonmem)
    return numbering.rows.map { "\($0.name) \($0.meaning)" }
  }

  @Test("nothing but the key means the defaults")
  func defaults() throws {
    #expect(try RunPlan(JobFileReader().read(job(), path: "job.yaml")).nonmem == nil)
    #expect(
      try names(mixture("{}")) == [
        "THETA(1) mu.k.1", "THETA(2) mu.k.2", "THETA(3) mu.V", "THETA(4) w.1", "ETA(1) V",
        "ETA(2) k.1", "ETA(3) k.2", "SIGMA(1,1) sigma2",
      ])
  }

  @Test("parameters, expressions, numbers, scales and ETAs without an effect are read")
  func read() throws {
    #expect(
      try names(
        mixture(
          "{root: run1, theta: [typical.k.1, w.1, log(2)/typical.k.2, 0.75], eta: [k.2, k.1, {effect: V, scale: mu.V}, 0.04], sigma: [sigma2, 1]}"
        )) == [
          "THETA(1) typical.k.1", "THETA(2) w.1", "THETA(3) log(2)/typical.k.2", "THETA(4) 0.75",
          "ETA(1) k.2", "ETA(2) k.1", "ETA(3) V, divided by mu.V",
          "ETA(4) not in the model, variance 0.04 fixed", "SIGMA(1,1) sigma2", "SIGMA(2,2) 1",
        ])
    let file = try JobFileReader().read(
      mixture("{tables: [{file: sdtab1, columns: [ID, DV], header: each, first-only: yes}]}"),
      path: "job.yaml")
    let table = try #require(file.nonmem?.tables.first)
    #expect(table.file.value == "sdtab1" && table.columns.map(\.value) == ["ID", "DV"])
    #expect(table.header == .each && table.isFirstOnly)
  }

  @Test("a job with them needs the tables that they are made of")
  func tables() throws {
    func tables(_ text: String) throws -> [ResultTable] {
      try RunPlan(JobFileReader().read(text, path: "job.yaml")).tables
    }
    #expect(try tables(job()) == [])
    #expect(try tables(mixture("{}")) == [.moments])
    #expect(
      try tables(mixture("{tables: [{file: a, columns: [ID]}]}\ntables: influence")) == [
        .influence, .moments, .observations,
      ])
  }

  @Test("wrong values are told at their place")
  func faults() {
    expectFault(
      mixture("{▸thetas: [mu.V]}"),
      "unknown key \"thetas\" in 'nonmem', expected 'root', 'theta', 'eta', 'sigma' or 'tables'; did you mean 'theta'?"
    )
    expectFault(
      mixture("{root: ▸run/}"),
      "'nonmem.root' is the text \"run/\", expected a path without an ending, such as run1.")
    expectFault(
      mixture("{eta: [▸-1]}"),
      "'nonmem.eta[1]' is -1, expected the name of a random effect, a mapping with an 'effect', or a number not less than 0, the variance of an ETA without one."
    )
    expectFault(
      mixture("{eta: [▸{scale: mu.V}]}"),
      "'nonmem.eta[1]' has no 'effect', which is required; add it.")
    expectFault(
      mixture("{tables: [{file: a, columns: [ID], header: ▸twice}]}"),
      "'nonmem.tables[1].header' is the text \"twice\", expected each, once or none.")
    expectFault(
      mixture("{tables: [{file: a, columns: [ID]}, {file: ▸a, columns: [ID]}]}"),
      "the table \"a\" is written twice, expected a file for each; rename one.")
  }

  private func expectPlanFault(
    _ text: String, _ message: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(sourceLocation: sourceLocation) {
      _ = try RunPlan(JobFileReader().read(text, path: "job.yaml"))
    } throws: { error in
      guard "\(error)" == message else {
        Issue.record("\(error)", sourceLocation: sourceLocation)
        return false
      }
      return true
    }
  }

  @Test("what the model has not is told at its place")
  func modelFaults() {
    expectPlanFault(
      mixture("{theta: [mu.V, w]}"),
      "job.yaml:6:24: \"w\" has a number for each component, expected one number; name the component's parameters, such as w.1."
    )
    expectPlanFault(
      mixture("{eta: [k]}"),
      "job.yaml:6:16: the ETA \"k\" is no random effect, expected V, k.1 or k.2, or a number, the variance of an ETA that the model does not use; correct it."
    )
    expectPlanFault(
      mixture("{eta: [{effect: V, occasion: 2}]}"),
      "job.yaml:6:38: 'occasion' stands beside \"V\", which does not vary between occasions; remove it, or give the effect occasions."
    )
  }

  @Test("a range of components has no common root")
  func range() {
    #expect(throws: JobError.self) {
      _ = try ComponentRange(
        in: job(effects: Self.effects, mixture: "{components: 1..2}", rest: "nonmem: {root: a}"),
        path: "job.yaml")
    }
  }
}
