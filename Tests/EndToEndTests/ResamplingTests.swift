import Foundation
import Report
import TestSupport
import Testing

@Suite("Bootstrap and number of components")
struct ResamplingTests {
  /// Data sets of two components that differ in k; which comes first is decided by V, in which they
  /// hardly differ.
  private static let simulation = """
    popmix: 1
    job: drawn
    model:
      structure: one-compartment bolus
      random-effects:
        V: {distribution: normal, membership: mixture}
        k: {distribution: normal, membership: mixture}
      residual-error: proportional
    mixture:
      components: 2
    simulation:
      subjects: 60
      doses: [{time: 0, amount: 100}]
      times: [1, 2, 3, 4, 5]
      values:
        weights: [0.5, 0.5]
        typical: {V: [20, 20.1], k: [0.3, 0.6]}
        variance: {V: 4, k: 0.001}
        sigma: 0.05

    """

  private static let model = """
    model:
      structure: one-compartment bolus
      random-effects:
        V: {distribution: normal, membership: mixture}
        k: {distribution: normal, membership: mixture}
      residual-error: proportional

    """

  /// A folder with `drawn_1.csv`.
  private func drawn(_ simulation: String = Self.simulation) throws -> JobFolder {
    let folder = try JobFolder()
    try folder.write(simulation, to: "simulation.yaml")
    let run = try ChildProcess.run(
      "popmix", ["simulate", "\(folder.path)/simulation.yaml", "-o", folder.path])
    #expect(run.exitCode == 0, "\(run.errors)")
    return folder
  }

  private func run(
    _ command: String, _ folder: JobFolder, _ output: String, ranks: Int? = nil
  ) throws -> ChildProcess {
    let arguments = [
      command, "--quiet", "\(folder.path)/job.yaml", "-o", "\(folder.path)/\(output)",
    ]
    return try ranks.map { try ChildProcess.run("popmix", arguments, ranks: $0) }
      ?? ChildProcess.run("popmix", arguments)
  }

  private func bootstrap(of folder: JobFolder, _ output: String) throws -> [BootstrapRow] {
    try folder.read("\(output)/bootstrap.csv").split(separator: "\n").dropFirst().map {
      BootstrapRow($0)
    }
  }

  /// A row of `bootstrap.csv`.
  private struct BootstrapRow {
    let parameter: String
    let numbers: [Double]

    init(_ line: Substring) {
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
      parameter = String(fields[1])
      numbers = fields.dropFirst(2).map { Double($0) ?? .nan }
    }

    var estimate: Double { numbers[0] }
    var deviation: Double { numbers[5] }
    var interval: (low: Double, high: Double) { (numbers[7], numbers[8]) }
  }

  private static let bootstrapFiles = [
    "bootstrap.csv", "bootstrap-replicates.csv", "bootstrap.json", "bootstrap.md",
  ]

  @Test(
    "the mean of a linear model spreads by the standard deviation of the subjects' means, over √n, and by strata within them"
  )
  func knownAnswer() throws {
    let folder = try JobFolder()
    // Two groups of different size whose means are far apart; each subject has three values.
    var table = "ID,TIME,AMT,DV,SEX\n"
    var means: [[Double]] = [[], []]
    for i in 0..<40 {
      let sex = i % 4 == 0 ? 1 : 0
      let mean = 10 + 6 * Double(sex) + 2 * cos(Double(i * i))
      means[sex].append(mean)
      for j in 0..<3 {
        let value = mean + [0.5, -0.2, -0.3][j]
        table += "\(i + 1),\(j),.,\(value),\(sex)\n"
      }
    }
    try folder.write(table, to: "data.csv")
    func job(_ bootstrap: String) -> String {
      """
      popmix: 1
      job: linear
      data:
        files: data.csv
        covariates: [SEX]
      model:
        equations: |
          y = A
        random-effects:
          A: {distribution: normal, membership: shared}
        residual-error: additive
      bootstrap: {replicates: 600, \(bootstrap)}

      """
    }
    func variance(_ values: [Double]) -> Double {
      let mean = values.reduce(0, +) / Double(values.count)
      return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    }
    let all = means[0] + means[1]
    let within = zip([30.0, 10.0], means).reduce(0) { $0 + $1.0 / 40 * variance($1.1) }
    for (options, expected) in [
      ("seed: 3", (variance(all) / 40).squareRoot()),
      ("seed: 3, stratify: SEX", (within / 40).squareRoot()),
    ] {
      try folder.write(job(options), to: "job.yaml")
      let run = try run("bootstrap", folder, "out-\(expected)")
      #expect(run.exitCode == 0, "\(run.errors)")
      let mean = try #require(
        try bootstrap(of: folder, "out-\(expected)").first { $0.parameter == "mu.A" })
      #expect(abs(mean.estimate - all.reduce(0, +) / 40) < 1e-4)
      // The chance of 600 replicates is 3 %.
      #expect(abs(mean.deviation / expected - 1) < 0.1, "\(options)")
    }
  }

  @Test("the same bytes on one, two and three ranks; more replicates keep those that there are")
  func ranks() throws {
    let folder = try drawn()
    func job(_ kind: String, _ replicates: Int) -> String {
      """
      popmix: 1
      job: small
      data: {files: drawn_1.csv}
      \(Self.model)mixture: {components: 2}
      bootstrap: {kind: \(kind), replicates: \(replicates), seed: 9}

      """
    }
    for kind in ["nonparametric", "parametric"] {
      try folder.write(job(kind, 12), to: "job.yaml")
      let ends = try [nil, 2, 3].map { ranks in
        try run("bootstrap", folder, "\(kind)-\(ranks ?? 1)", ranks: ranks)
      }
      #expect(ends.allSatisfy { $0.exitCode == 0 }, "\(ends.map(\.errors))")
      for file in Self.bootstrapFiles + ["bootstrap/fit.json", "bootstrap/estimates.csv"] {
        let one = try folder.read("\(kind)-1/\(file)")
        #expect(try folder.read("\(kind)-2/\(file)") == one, "\(kind), \(file)")
        #expect(try folder.read("\(kind)-3/\(file)") == one, "\(kind), \(file)")
      }
      let few = try folder.read("\(kind)-1/bootstrap-replicates.csv").split(separator: "\n")
      try folder.write(job(kind, 16), to: "job.yaml")
      #expect(try run("bootstrap", folder, "\(kind)-1").exitCode == 0)
      let more = try folder.read("\(kind)-1/bootstrap-replicates.csv").split(separator: "\n")
      #expect(few.count == 13 && more.count == 17)
      #expect(Array(more.prefix(13)) == few)
    }
  }

  @Test("labels that switch between replicates are put right by the subjects")
  func labelSwitching() throws {
    let folder = try drawn()
    try folder.write(
      """
      popmix: 1
      job: switching
      data: {files: drawn_1.csv}
      \(Self.model)mixture: {components: 2}
      estimation: {starts: 5}
      bootstrap: {replicates: 60}

      """, to: "job.yaml")
    let end = try run("bootstrap", folder, "out")
    #expect(end.exitCode == 0, "\(end.errors)")
    let text = try folder.read("out/bootstrap.json")
    let document = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    let found = try #require((document?["data_sets"] as? [[String: Any]])?.first)
    // As they stand, V alone decides, which is the same in both; by the subjects it is clear which
    // is which.
    #expect(found["relabelled"] as? Int ?? 0 >= 10)
    #expect(found["ambiguous"] as? Int == 0)
    #expect(found["least_margin"] as? Double ?? 0 > 0.9)
    #expect(end.output.contains("the components stood in another order than in the fit"))
    let rows = try bootstrap(of: folder, "out")
    let k = try [1, 2].map { k in
      try #require(rows.first { $0.parameter == "mu.k.\(k)" })
    }.sorted { $0.estimate < $1.estimate }
    #expect(k[0].interval.high < 0.35 && k[1].interval.low > 0.55)
  }

  @Test("replicates of components that there are not are marked as ambiguous")
  func ambiguous() throws {
    let folder = try drawn(
      Self.simulation.replacing("[20, 20.1]", with: "[20, 20]")
        .replacing("[0.3, 0.6]", with: "[0.3, 0.3]"))
    try folder.write(
      """
      popmix: 1
      job: none
      data: {files: drawn_1.csv}
      \(Self.model)mixture: {components: 2, covariance-across-components: equal}
      bootstrap: {replicates: 40}

      """, to: "job.yaml")
    let end = try run("bootstrap", folder, "out")
    #expect(end.exitCode == 0 || end.exitCode == 1, "\(end.errors)")
    let rows = try folder.read("out/bootstrap-replicates.csv").split(separator: "\n").dropFirst()
    let marked = rows.filter {
      let fields = $0.split(separator: ",", omittingEmptySubsequences: false)
      return fields[4] == "1"
    }
    #expect(!marked.isEmpty)
    #expect(
      marked.allSatisfy { $0.split(separator: ",", omittingEmptySubsequences: false)[3] == "0" })
    #expect(end.output.contains("it is not clear which component is which"))
  }

  @Test("the number of components that the data have is chosen, the same on any number of ranks")
  func selection() throws {
    let folder = try drawn()
    try folder.write(
      """
      popmix: 1
      job: number
      data: {files: drawn_1.csv}
      \(Self.model)mixture: {components: 1..3}
      estimation: {starts: 3}
      likelihood-ratio-test: {replicates: 19}

      """, to: "job.yaml")
    let ends = try [nil, 2].map { try run("fit", folder, "out-\($0 ?? 1)", ranks: $0) }
    #expect(ends.allSatisfy { $0.exitCode == 0 }, "\(ends.map(\.errors))")
    for file in ["components.csv", "components.json", "components.md", "components-2/fit.json"] {
      #expect(try folder.read("out-1/\(file)") == folder.read("out-2/\(file)"), "\(file)")
    }
    let output = ends[0].output
    #expect(output.contains("BIC chooses 2 components"))
    #expect(output.contains("ICL chooses 2 components"))
    #expect(output.contains("likelihood ratio of 1 and 2:"))
    #expect(output.contains("p = 0.050 by 19 data sets drawn from the smaller model: 2 components"))
    // What is there is found, and nothing is done again.
    let again = try run("fit", folder, "out-1")
    #expect(again.exitCode == 0)
    #expect(again.output.contains("2 components, 2 of 3: was done before"))
    // Each number is a fit of its own for the other commands, which say so.
    let report = try ChildProcess.run("popmix", ["report", "\(folder.path)/out-1"])
    #expect(report.exitCode == 66)
    #expect(
      report.errors.contains(
        "has fits with several numbers of components; give the folder of one of them"))
    let compared = try ChildProcess.run(
      "popmix",
      ["compare"] + (1...3).map { "\(folder.path)/out-1/components-\($0)" })
    #expect(compared.exitCode == 0, "\(compared.errors)")
  }
}
