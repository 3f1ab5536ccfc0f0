import Estimation
import JobFiles
import PopulationData
import PopulationModel
import TestSupport
import Testing

@Suite("reading job files")
struct JobFileReaderTests {
  @Test("the example has the values that are written in it, with their places")
  func example() throws {
    let job = try read(exampleJob, path: "jobs/example.yaml")
    #expect(job.path == "jobs/example.yaml")
    #expect(job.name == "wang2007")
    #expect(job.output == Located("results/first", line: 48, column: 9))

    let data = try #require(job.data)
    #expect(data.files == [Located("data/wang2007.csv", line: 4, column: 10)])
    #expect(data.columns.mapValues(\.value) == ["DV": "CONC", "AMT": "DOSE"])
    #expect(data.columns["AMT"] == Located("DOSE", line: 5, column: 28))
    #expect(data.ignore == [Located("#", line: 6, column: 12)])
    #expect(data.accept == [Located("STUDY.EQ.1", line: 7, column: 12)])
    #expect(data.missing == ["NA", "-99"])
    #expect(data.repeatedIDs == .join)

    #expect(job.model.structure == Located("one-compartment bolus", line: 11, column: 14))
    #expect(
      job.model.randomEffects == [
        Located(
          RandomEffectSpecification(
            effect: RandomEffect(name: "V", distribution: .normal, membership: .shared)),
          line: 13, column: 5),
        Located(
          RandomEffectSpecification(
            effect: RandomEffect(name: "k", distribution: .lognormal, membership: .mixture)),
          line: 14, column: 5),
      ])
    #expect(job.model.residualError == .proportional)
    var start = PopulationValues()
    start.weights = [0.5, 0.5]
    start.typical = ["V": [18], "k": [0.25, 0.7]]
    start.variance = ["V": [9], "k": [0.01, 0.01]]
    start.sigma = 0.2
    #expect(job.model.start == start)
    var fixed = FixedValues()
    fixed.weights = true
    fixed.sigma = true
    fixed.typical = ["V": [1], "k": [2]]
    fixed.variance = ["k": [1, 2]]
    #expect(job.model.fixed == fixed)

    var mixture = MixtureSpecification()
    mixture.components = 2
    mixture.mixtureCovariance = .full
    mixture.acrossComponents = .equal
    #expect(job.mixture == mixture)
    #expect(job.mixture.covariance(of: .shared) == .diagonal)

    let settings = job.estimation.settings
    #expect(settings.method == .exact && settings.nodes == .lattice)
    #expect(settings.tolerance == 1e-5 && settings.precision == 1e-3)
    #expect(!settings.isAccelerated && settings.memoryLimit == 512 << 20)
    #expect(settings.samples == 1024 && job.estimation.order == nil)
    #expect(settings.iterations == 1000)
    #expect(settings.seed == .max)
    #expect(settings.envelopeInflation == 2.5 && settings.envelopeDegreesOfFreedom == 7)
    #expect(settings.priorShare == 0.1)

    let simulation = try #require(job.simulation)
    #expect(simulation.dataSets == 5)
    #expect(simulation.arms[0].subjects == 100)
    #expect(
      simulation.arms[0].doses == [
        .init(time: 0, amount: 100), .init(time: 24, amount: 50, additional: 3, interval: 12),
      ])
    #expect(simulation.arms[0].times.value == [1.5, 2, 3, 4, 5.5])
    #expect(simulation.values.weights == [0.8, 0.2])
    #expect(simulation.values.typical == ["V": [20], "k": [0.3, 0.6]])
    #expect(simulation.values.variance == ["V": [4], "k": [0.0036, 0.0036]])
    #expect(simulation.values.correlation == [])
    #expect(simulation.values.sigma == 0.1)
    #expect(simulation.seed == 2007)
  }

  @Test(
    "covariates are a name, a list or a mapping, each carried as its own setting or that of all says"
  )
  func covariates() throws {
    func covariates(_ settings: String) throws -> [String] {
      try #require(try read(job(data: "{files: a.csv, \(settings)}")).data).covariates.map {
        "\($0.name.value) \($0.carry)"
      }
    }
    #expect(try covariates("covariates: WT") == ["WT backward"])
    #expect(try covariates("covariates: [WT, APGR]") == ["WT backward", "APGR backward"])
    #expect(
      try covariates("covariates: [WT, APGR], covariate-carry: forward")
        == ["WT forward", "APGR forward"])
    #expect(
      try covariates(
        "covariates: {WT: {carry: backward}, APGR: , OCC: {}}, covariate-carry: forward")
        == ["WT backward", "APGR forward", "OCC forward"])
    let data = try read(job(data: "{files: a, below-limit: conditional, columns: {DVID: Y}}")).data
    #expect(data?.belowLimit == .conditional && data?.columns["DVID"]?.value == "Y")
  }

  @Test("what is left out has its default")
  func defaults() throws {
    let job = try read(job())
    let data = try #require(job.data)
    #expect(data.columns.isEmpty && data.ignore.isEmpty && data.accept.isEmpty)
    #expect(data.missing.isEmpty && data.repeatedIDs == .separate)
    #expect(data.covariates.isEmpty && data.belowLimit == nil)
    #expect(job.model.start == nil)
    #expect(job.model.fixed == FixedValues())
    #expect(job.mixture == MixtureSpecification())
    #expect(job.mixture.components == 1)
    #expect(
      job.estimation.settings
        == EstimationSettings(
          method: .exact, nodes: .gaussHermite, samples: 25, iterations: 1000, tolerance: 1e-5,
          seed: 1, envelopeInflation: 1, precision: 0.002, isAccelerated: true,
          memoryLimit: 1024 << 20))
    #expect(job.estimation.order == 5 && job.estimation.starts == .asNeeded)
    #expect(job.simulation == nil)
    #expect(job.output == Located("results/study", line: 2, column: 6))
  }

  @Test("a section of the estimation that says nothing is as none")
  func emptyEstimation() throws {
    #expect(try read(job(estimation: "{}")).estimation == read(job()).estimation)
  }

  @Test("defaults of the estimation depend on the method and the nodes")
  func estimationDefaults() throws {
    let paper = try read(job(estimation: "{method: paper}")).estimation
    #expect(
      paper.settings
        == EstimationSettings(
          method: .paper, nodes: .independent, samples: 1000, iterations: 50, tolerance: 0,
          seed: 1, envelopeInflation: 1, isAccelerated: false))
    #expect(paper.starts == .exactly(1))
    let nodes: [(EstimationSettings.Nodes, samples: Int, inflation: Double, precision: Double?)] = [
      (.lattice, 64, 3, 0.002), (.sobol, 64, 1.5, 0.002), (.gaussHermite, 25, 1, 0.002),
      (.independent, 1000, 1.5, nil),
    ]
    for (nodes, samples, inflation, precision) in nodes {
      let settings = try read(job(estimation: "{nodes: \(nodes.rawValue)}")).estimation.settings
      #expect(settings.nodes == nodes && settings.precision == precision)
      #expect(settings.samples == samples && settings.envelopeInflation == inflation)
    }
  }

  @Test("what the estimation says takes the place of its defaults")
  func estimation() throws {
    let rule = try read(
      job(estimation: "{order: 9, precision: none, memory-limit: 0, envelope: {}}")
    ).estimation
    #expect(rule.order == 9 && rule.settings.samples == 81)
    #expect(rule.settings.nodes == .gaussHermite && rule.settings.precision == nil)
    #expect(rule.settings.memoryLimit == 0 && rule.settings.envelopeInflation == 1)
    let independent = try read(
      job(estimation: "{nodes: independent, samples: 300, precision: .05, acceleration: anderson}")
    ).estimation
    #expect(independent.settings.samples == 300 && independent.settings.precision == 0.05)
    let paper = try read(
      job(estimation: "{method: paper, envelope: {tails: student-t, prior-share: 0.2}}")
    ).estimation
    #expect(paper.settings.envelopeDegreesOfFreedom == 5 && paper.settings.priorShare == 0.2)
    #expect(paper.settings.envelopeInflation == 1)
    // These say what holds for Gauss–Hermite nodes anyway.
    let plain = try read(job(estimation: "{envelope: {tails: normal, prior-share: 0}}")).estimation
    #expect(plain.settings.envelopeDegreesOfFreedom == nil && plain.settings.priorShare == 0)
  }

  @Test("with more than two random effects the default is a lattice")
  func defaultNodes() throws {
    let reader = JobFileReader(vocabulary: threeEffects)
    let options = try reader.read(threeEffectJob(), path: "job.yaml").estimation
    #expect(options.settings.nodes == .lattice && options.settings.samples == 64)
  }

  @Test("a simulation of one component needs no weights, and stands without data")
  func simulationAlone() throws {
    let job = try read(job(data: nil, simulation: "{\(design), \(trueValues)}"))
    #expect(job.data == nil)
    #expect(job.simulation?.values.weights == [1])
    #expect(job.simulation?.dataSets == 1 && job.simulation?.seed == 1)
  }

  @Test("weights are normalised when their sum is 1 but for rounding")
  func weightsAreNormalised() throws {
    let start = "{weights: [0.3333333, 0.3333333, 0.3333333]}"
    let weights = try read(job(start: start, mixture: "{components: 3}")).model.start?.weights
    #expect(try #require(weights).allSatisfy { abs($0 - 1.0 / 3) < 1e-15 })
  }

  @Test("pairs of a correlation are put in the order of the effects")
  func correlation() throws {
    for pair in ["CL V", "V CL", "'V,CL'", "'V , CL'"] {
      let values = try read(
        job(
          effects: "random-effects: {CL: \(lognormal), V: \(mixed)}",
          start: "{variance: {CL: 0.1, V: 2}, correlation: {\(pair): -0.3}}",
          fixed: "[variance CL, variance V]", mixture: "{components: 2, covariance: full}")
      ).model.start?.correlation
      #expect(values == [.init(first: "CL", second: "V", values: [-0.3, -0.3])])
    }
  }

  @Test("one text stands for a list of one")
  func oneOrMany() throws {
    let job = try read(
      job(
        data: "{files: a, ignore: '#', accept: A.EQ.1, missing: NA}", start: "{sigma: 1}",
        fixed: "sigma"))
    #expect(job.data?.ignore.map(\.value) == ["#"] && job.data?.missing == ["NA"])
    #expect(job.data?.accept.map(\.value) == ["A.EQ.1"] && job.model.fixed.sigma)
  }

  @Test("words that YAML takes for truth values or nothing are texts")
  func words() throws {
    let job = try read(
      job(
        head: "popmix: 1\njob: no", data: "{files: y, columns: {DV: N}, missing: [null, off, 1e3]}")
    )
    #expect(job.name == "no" && job.output.value == "results/no")
    #expect(job.data?.files.first?.value == "y" && job.data?.columns["DV"]?.value == "N")
    #expect(job.data?.missing == ["null", "off", "1e3"])
  }

  @Test("numbers may have a sign, a point and an exponent")
  func numbers() throws {
    let numbers: [(String, Double)] = [
      ("1e-6", 1e-6), ("1E3", 1000), (".5", 0.5), ("5.", 5), ("+2", 2), ("0.1e+1", 1), ("'7'", 7),
    ]
    for (text, value) in numbers {
      #expect(try read(job(start: "{sigma: \(text)}")).model.start?.sigma == value)
    }
    #expect(
      try read(job(estimation: "{seed: 9007199254740993}")).estimation.settings.seed
        == 9_007_199_254_740_993
    )
    #expect(
      try read(job(estimation: "{seed: 1e19}")).estimation.settings.seed
        == 10_000_000_000_000_000_000)
  }

  @Test("anchors and aliases repeat a value")
  func anchors() throws {
    let effect = "{distribution: normal, membership: shared}"
    let job = try read(job(effects: "random-effects: {V: &common \(effect), k: *common}"))
    #expect(job.model.randomEffects[1].value.distribution == .normal)
  }

  @Test("a byte order mark and carriage returns change nothing")
  func lineEnds() throws {
    let text =
      "\u{FEFF}"
      + exampleJob.split(separator: "\n", omittingEmptySubsequences: false)
      .joined(separator: "\r\n")
    #expect(try read(text) == read(exampleJob))
  }

  @Test("the vocabulary decides on the structures and their parameters")
  func vocabulary() throws {
    let reader = JobFileReader(
      vocabulary: JobVocabulary(structures: ["four-compartment": [["CL", "V1", "Q", "V2"]]]))
    let names = ["Q", "V1", "V2", "CL"]
    let text = job(
      structure: "structure: four-compartment",
      effects: "random-effects: {\(names.map { "\($0): \(shared)" }.joined(separator: ", "))}")
    let job = try reader.read(text, path: "job.yaml")
    #expect(job.model.randomEffects.map(\.value.name) == names)
    #expect(throws: JobError.self) { try read(text) }
  }

  @Test("all faults are reported, in the order of their places, one on a line")
  func manyFaults() throws {
    let text = job(
      data: "{files: []}", start: "{sigma: -1, typical: {k: -2}}", estimation: "{seed: x}",
      rest: "colour: red")
    let error = #expect(throws: JobError.self) { try read(text) }
    guard case .invalid(let faults)? = error else { return }
    #expect(faults.map(\.line) == [3, 4, 4, 5, 6])
    #expect(faults.map(\.column) == [15, 200, 217, 20, 1])
    #expect(error?.description == faults.map(\.description).joined(separator: "\n"))
  }

  @Test("columns count characters, not bytes")
  func columns() throws {
    let error = #expect(throws: JobError.self) {
      try read(job(data: "{files: 'größe 👩‍🔬.csv', colums: {}}"))
    }
    guard case .invalid(let faults)? = error else { return }
    #expect(faults.map(\.column) == [30])
  }
}
