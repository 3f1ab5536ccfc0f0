import Report
import Testing

@Suite("Comparison of fits")
struct ComparisonTests {
  /// One and two components of the same data.
  private func pair(
    _ second: FixtureFit = FixtureFit(minusTwoLogLikelihood: 80), components: Int = 2,
    freeParameters: Int = 8
  ) throws -> DataSetComparison {
    try fixtureComparison(
      fixtureDocument([FixtureFit()]),
      fixtureDocument(components: components, freeParameters: freeParameters, [second])
    ).dataSets[0]
  }

  private func hasNote(_ comparison: DataSetComparison, _ text: String) -> Bool {
    comparison.notes.contains { $0.contains(text) }
  }

  @Test("differences are those to the best of the fits that can be compared")
  func differences() throws {
    let pair = try pair()
    #expect(pair.isComplete)
    #expect(pair.best(by: .aic) == 1 && pair.best(by: .bic) == 1)
    #expect(pair.differences(.aic) == [14, 0])
    let bic = pair.differences(.bic)
    #expect(abs(bic[0]! - (20 - 4.6 * 3)) < 1e-9 && bic[1] == 0)
    #expect(pair.differences(.likelihood) == [20, 0])
  }

  @Test("the best by AIC and by BIC may differ")
  func criteria() throws {
    let pair = try pair(FixtureFit(minusTwoLogLikelihood: 92))
    #expect(pair.best(by: .aic) == 1 && pair.best(by: .bic) == 0)
  }

  @Test("other data, other records and unknown data are shown and not compared")
  func otherData() throws {
    let others: [(FixtureFit, ComparedFit.Comparability, String)] = [
      (FixtureFit(sha256: "01", fingerprint: "f2"), .otherData, "b is a fit of OTHER DATA"),
      (FixtureFit(fingerprint: "f2"), .otherRecords, "b uses OTHER RECORDS of the same file"),
      (FixtureFit(sha256: nil, fingerprint: "f2"), .otherData, "b is a fit of OTHER DATA"),
      (FixtureFit(fingerprint: nil), .unknown, "b does not say which data"),
      // The same records from a file with other comments.
      (FixtureFit(sha256: "01"), .comparable, ""),
    ]
    for (fit, comparability, note) in others {
      let pair = try pair(fit)
      #expect(pair.fits[1].comparability == comparability)
      let isCompared = comparability == .comparable
      #expect((pair.best(by: .bic) != nil) == isCompared && pair.isComplete == isCompared)
      #expect(pair.differences(.aic).contains { $0 != nil } == isCompared)
      #expect(isCompared || hasNote(pair, note))
      #expect(hasNote(pair, "likelihood-ratio test") == isCompared)
    }
  }

  @Test("fits of the same observations are compared whatever covariates and doses they read")
  func sameObservations() throws {
    func comparison(_ first: FixtureFit, _ second: FixtureFit) throws -> DataSetComparison {
      try fixtureComparison(fixtureDocument([first]), fixtureDocument([second])).dataSets[0]
    }
    let base = FixtureFit(observations: "o1", design: "d1")
    let covariate = try comparison(
      base, FixtureFit(fingerprint: "f2", observations: "o1", design: "d1"))
    #expect(covariate.isComplete && !hasNote(covariate, "other doses"))
    let file = try comparison(
      base, FixtureFit(sha256: "01", fingerprint: "f2", observations: "o1", design: "d1"))
    #expect(file.isComplete)
    let doses = try comparison(
      base, FixtureFit(fingerprint: "f2", observations: "o1", design: "d2"))
    #expect(doses.isComplete && hasNote(doses, "b reads other doses or events"))
    let values = try comparison(
      base, FixtureFit(fingerprint: "f2", observations: "o2", design: "d1"))
    #expect(values.fits[1].comparability == .otherRecords)
    // A document of an earlier version has the fingerprint of all only.
    let earlier = try comparison(base, FixtureFit())
    #expect(earlier.isComplete)
    #expect(
      try comparison(base, FixtureFit(fingerprint: "f2")).fits[1].comparability == .otherRecords)
  }

  @Test("a difference within two sampling errors is said to tell nothing")
  func samplingError() throws {
    func notes(_ value: Double, _ error: Double?, q: Int) throws -> [String] {
      try pair(
        FixtureFit(minusTwoLogLikelihood: value, error: error), components: 1, freeParameters: q
      ).notes
    }
    // √(0.01² + 0.03²) = 0.0316
    #expect(try notes(99.95, 0.03, q: 5).count == 1)
    #expect(
      try notes(99.95, 0.03, q: 5)[0].hasPrefix(
        "a cannot be distinguished from b by -2 log L: the difference is less than two standard errors "
          + "of the sampling, 0.063."))
    #expect(try notes(99.93, 0.03, q: 5).isEmpty)
    #expect(try notes(99.95, nil, q: 5).isEmpty)
    // With three parameters more AIC are alike at a difference of 6, BIC at 13.8.
    #expect(try notes(94.02, 0.03, q: 8)[0].contains("distinguished from a by AIC:"))
    #expect(try notes(86.2, 0.03, q: 8)[0].contains("distinguished from a by BIC:"))
    #expect(
      try notes(100, 10, q: 6).map { $0.contains("cannot be distinguished") } == [true, true, true])
  }

  @Test("ICL is shown where there are classes, and left out where a document has none")
  func icl() throws {
    let mixture = try pair(FixtureFit(minusTwoLogLikelihood: 80, entropy: 5))
    #expect(mixture.best(by: .icl) == 0 && mixture.best(by: .bic) == 1)
    let older = try pair(FixtureFit(minusTwoLogLikelihood: 80, entropy: nil))
    #expect(older.best(by: .icl) == nil && older.differences(.icl) == [nil, nil])
    func text(_ components: Int) throws -> String {
      let document = fixtureDocument(components: components, [FixtureFit()])
      return try fixtureComparison(document, document).text
    }
    #expect(try text(2).contains("ICL") && !text(1).contains("ICL"))
  }

  @Test("fits with a prior are named, and not taken for local maxima")
  func priors() throws {
    func notes(_ first: Double?, _ second: Double?) throws -> [String] {
      try fixtureComparison(
        fixtureDocument(freeParameters: 5, [FixtureFit(logPrior: first)]),
        fixtureDocument(
          components: 2, freeParameters: 8,
          [FixtureFit(minusTwoLogLikelihood: 110, logPrior: second)])
      ).dataSets[0].notes
    }
    let local = "b has more components than a but a higher -2 log L"
    #expect(try notes(nil, nil).contains { $0.hasPrefix(local) })
    for (first, second, beginning) in [
      (nil, -3.5, "b has a prior: its -2 log L"), (-1, -3.5, "a and b have priors: their -2 log L"),
    ] as [(Double?, Double?, String)] {
      let found = try notes(first, second)
      #expect(found.contains { $0.hasPrefix(beginning) }, "\(found)")
      #expect(!found.contains { $0.hasPrefix(local) })
    }
  }

  @Test("more components that fit worse stopped at a local maximum")
  func localMaximum() throws {
    let text = "b has more components than a but a higher -2 log L"
    #expect(hasNote(try pair(FixtureFit(minusTwoLogLikelihood: 100.5)), text))
    #expect(!hasNote(try pair(FixtureFit(minusTwoLogLikelihood: 99)), text))
    // Within the sampling error it may be chance.
    #expect(!hasNote(try pair(FixtureFit(minusTwoLogLikelihood: 100.5, error: 1)), text))
    // A fixed parameter may be why.
    let fixed = FixtureFit(minusTwoLogLikelihood: 100.5, parameters: [("mu.k", 0.3, nil)])
    #expect(!hasNote(try pair(fixed), text))
  }

  @Test("a likelihood-ratio test is warned of where numbers of components differ")
  func ratioTest() throws {
    #expect(hasNote(try pair(), "likelihood-ratio test does not hold"))
    #expect(!hasNote(try pair(components: 1), "likelihood-ratio test"))
  }

  @Test("fits that failed, did not converge or have warnings say so")
  func statuses() throws {
    let failed = try pair(FixtureFit(status: "failed", minusTwoLogLikelihood: nil))
    #expect(failed.fits[1].comparability == .failed && hasNote(failed, "b failed: a reason"))
    #expect(failed.best(by: .bic) == nil)
    let degenerate = try pair(FixtureFit(status: "degenerate", warnings: ["collapsed"]))
    #expect(degenerate.fits[1].isComparable)
    #expect(hasNote(degenerate, "b is degenerate: its -2 log L is not that of a maximum"))
    #expect(hasNote(degenerate, "b has a warning: collapsed"))
  }

  @Test("if the first fit failed, the others are compared with each other")
  func firstFailed() throws {
    let dataSet = try fixtureComparison(
      fixtureDocument([FixtureFit(status: "failed", minusTwoLogLikelihood: nil)]),
      fixtureDocument([FixtureFit()]), fixtureDocument([FixtureFit(minusTwoLogLikelihood: 90)])
    ).dataSets[0]
    #expect(dataSet.differences(.aic) == [nil, 10, 0])
  }

  @Test("parameters stand in the order of each fit, each name once")
  func names() throws {
    let one = FixtureFit(
      parameters: [("mu.k", 1, 1), ("mu.V", 1, 1), ("omega.k.k", 1, 1), ("sigma2", 1, 1)],
      derived: [("sd.k", 1, 1)])
    let two = FixtureFit(
      parameters: [
        ("mu.k.1", 1, 1), ("mu.k.2", 1, 1), ("mu.V", 1, 1), ("omega.k.k.1", 1, 1),
        ("w.1", 1, 1), ("sigma2", 1, 1),
      ], derived: [("w.2", 0.25, 0.1), ("sd.k.1", 1, 1)])
    let three = FixtureFit(
      parameters: [
        ("mu.k.1", 1, 1), ("mu.V", 1, 1), ("w.1", 1, 1), ("w.2", 1, 1), ("sigma2", 1, 1),
      ]
    )
    let comparison = try fixtureComparison(
      fixtureDocument([one]), fixtureDocument(components: 2, [two]),
      fixtureDocument(components: 3, [three]))
    let names = comparison.dataSets[0].parameterNames
    #expect(
      names.parameters == [
        "mu.k", "mu.k.1", "mu.k.2", "mu.V", "omega.k.k", "omega.k.k.1", "w.1", "w.2", "sigma2",
      ])
    #expect(names.derived == ["sd.k", "sd.k.1"])
    // What is a parameter here and derived there is one row.
    let row = comparison.text.split(separator: "\n").filter { $0.hasPrefix("  w.2 ") }
    #expect(row.count == 1)
    #expect(row[0].split(separator: " ") == ["w.2", "–", "0.2500", "(0.100)", "1.000", "(1.00)"])
    let header = comparison.csv.prefix { $0 != "\n" }.split(separator: ",")
    #expect(Set(header).count == header.count)
  }

  @Test("data sets belong together by name, or where there is one in each, by being it")
  func matching() throws {
    let single = try fixtureComparison(
      fixtureDocument([FixtureFit(name: "x/a.csv")]), fixtureDocument([FixtureFit(name: "a.csv")]))
    #expect(single.dataSets.count == 1 && single.dataSets[0].isComplete && single.summary == nil)
    let many = try fixtureComparison(
      fixtureDocument([FixtureFit(), FixtureFit(name: "b.csv")]),
      fixtureDocument([FixtureFit(name: "b.csv"), FixtureFit(name: "c.csv")]))
    #expect(many.dataSets.map(\.name) == ["a.csv", "b.csv", "c.csv"])
    #expect(many.dataSets.map(\.isComplete) == [false, true, false])
    #expect(many.only("b.csv")?.dataSets.count == 1 && many.only("d.csv") == nil)
    #expect(many.only("a.csv")?.text.contains("Note: b has no data set a.csv.") == true)
  }

  @Test("of many data sets it counts which fit is best, and takes means of the differences")
  func summary() throws {
    let values: [(Double, Double)] = [(100, 80), (100, 96), (100, 92), (100, 50)]
    func fits(_ value: (Double, Double) -> Double) -> [FixtureFit] {
      values.enumerated().map { i, pair in
        FixtureFit(name: "\(i).csv", minusTwoLogLikelihood: value(pair.0, pair.1))
      }
    }
    var first = fits { a, _ in a }
    var second = fits { _, b in b }
    second[3].fingerprint = "other"
    second[3].sha256 = "01"
    first.append(FixtureFit(name: "x.csv", status: "failed", minusTwoLogLikelihood: nil))
    second.append(FixtureFit(name: "x.csv"))
    let comparison = try fixtureComparison(
      fixtureDocument(first), fixtureDocument(components: 2, freeParameters: 8, second))
    let summary = try #require(comparison.summary)
    #expect(summary.compared == 3 && summary.all == 5)
    #expect(summary.leftOut == [.otherData: 1, .failed: 1])
    #expect(summary.rows.map(\.bestByAIC) == [1, 2] && summary.rows.map(\.bestByBIC) == [2, 1])
    let mean = try #require(summary.rows[1].minusTwoLogLikelihood)
    #expect(abs(mean.mean + 32.0 / 3) < 1e-12)
    // −20, −4 and −8 have the standard deviation √69.33.
    #expect(abs(try #require(mean.standardError) - 4.8074) < 1e-4)
    #expect(abs(try #require(summary.rows[1].aic).mean - mean.mean - 6) < 1e-9)
    #expect(summary.rows.map(\.bestByICL) == [2, 1] && summary.rows[1].icl == summary.rows[1].bic)
    let text = comparison.text
    #expect(text.hasPrefix("3 of 5 data sets compared\n"))
    #expect(text.contains("not compared: 1 with OTHER DATA under the same name, 1 failed"))
    #expect(comparison.failures.failed == 1 && comparison.failures.all == 10)
  }

  @Test("labels are the last parts of the paths, or the paths where these are the same")
  func labels() throws {
    let document = try FitDocument(
      json: Array(fixtureDocument([FixtureFit()]).utf8), path: "fit.json")
    func labels(_ paths: String...) -> [String] {
      FitOutput.labelled(paths.map { ($0, document) }).map(\.label)
    }
    #expect(labels("out/k1/", "out/k2/fit.json", "k3") == ["k1", "k2", "k3"])
    #expect(labels("a/out", "b/out/fit.json") == ["a/out", "b/out"])
    #expect(labels("a/out", "a/out/") == ["a/out", "a/out (2)"])
  }
}
