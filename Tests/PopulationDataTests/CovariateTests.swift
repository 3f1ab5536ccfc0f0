import PopulationData
import Testing

@Suite("covariates")
struct CovariateTests {
  private let weight = [CovariateColumn("WT")]

  @Test("constant covariates are one row, with the values in the order of the settings")
  func constant() throws {
    let format = try DatasetFormat(covariates: [CovariateColumn("apgr"), CovariateColumn("WT")])
    let dataset = try read(
      "ID,WT,TIME,AMT,DV,APGR,SEX\n1,1.4,0,5,.,7,m\n1,1.4,1,.,2,7,m\n2,.8,1,.,2,3,f\n", format)
    #expect(dataset.subjects.map(\.covariates) == [[[7, 1.4]], [[3, 0.8]]])
    #expect(dataset.subjects.allSatisfy { $0.occasions[0].observations[0].covariates == 0 })
    #expect(dataset.report.unusedColumns == ["SEX"])
    #expect(try read("ID,TIME,DV\n1,0,2\n").subjects[0].covariates == [[]])
  }

  private let changing = """
    ID,TIME,AMT,DV,EVID,WT
    1,0,5,.,1,70
    1,1,.,2,0,70
    1,2,.,2,0,71
    1,3,.,2,0,72
    1,4,.,2,0,72

    """

  @Test("backward: a row's values hold in the interval that ends at it")
  func backward() throws {
    let subject = try read(changing, DatasetFormat(covariates: weight)).subjects[0]
    #expect(subject.covariates == [[70], [71], [72]])
    let occasion = subject.occasions[0]
    #expect(occasion.doses.map(\.covariates) == [0])
    #expect(occasion.observations.map(\.covariates) == [0, 1, 2, 2])
    #expect(occasion.others == [])
  }

  @Test("forward: a row's values hold until the next row, where the interval of the old ones ends")
  func forward() throws {
    let format = try DatasetFormat(covariates: [CovariateColumn("WT", carry: .forward)])
    let subject = try read(changing, format).subjects[0]
    #expect(subject.covariates == [[70], [71], [72]])
    let occasion = subject.occasions[0]
    #expect(occasion.observations.map(\.covariates) == [0, 1, 2, 2])
    #expect(
      occasion.others == [
        OtherEvent(time: 2, line: 4, covariates: 0, precedingDoses: 1, precedingObservations: 1),
        OtherEvent(time: 3, line: 5, covariates: 1, precedingDoses: 1, precedingObservations: 2),
      ])
  }

  @Test("each covariate is carried in its own way")
  func mixed() throws {
    let format = try DatasetFormat(covariates: [
      CovariateColumn("A", carry: .backward), CovariateColumn("B", carry: .forward),
    ])
    let subject = try read("ID,TIME,DV,A,B\n1,0,1,1,10\n1,1,1,2,20\n", format).subjects[0]
    let occasion = subject.occasions[0]
    #expect(occasion.others.map { subject.covariates[$0.covariates] } == [[2, 10]])
    #expect(
      occasion.observations.map { subject.covariates[$0.covariates] } == [[1, 10], [2, 20]])
  }

  @Test("missing values are those of the row before, at first the first there is")
  func missing() throws {
    let format = try DatasetFormat(
      missing: ["-99"], covariates: [CovariateColumn("WT"), CovariateColumn("AGE")])
    let subject = try read(
      "ID,TIME,DV,WT,AGE\n1,0,1,.,30\n1,1,1,-99,.\n1,2,1,70,31\n1,3,1,,.\n1,4,1,71,-99\n", format
    ).subjects[0]
    #expect(subject.covariates == [[70, 30], [70, 31], [71, 31]])
    #expect(subject.occasions[0].observations.map(\.covariates) == [0, 0, 1, 1, 2])
    let late = try read("ID,TIME,DV,WT\n1,0,1,.\n1,1,1,70\n", DatasetFormat(covariates: weight))
    #expect(late.subjects[0].covariates == [[70]])
    #expect(late.subjects[0].occasions[0].observations.map(\.covariates) == [0, 0])
  }

  @Test("values that come back have the row that they had")
  func recurring() throws {
    let format = try DatasetFormat(covariates: [CovariateColumn("OCC")])
    let rows = [1, 2, 1, 2, 3, 1].enumerated().map { "1,\($0),5,\($1)" }
    let subject = try read("ID,TIME,DV,OCC\n" + rows.joined(separator: "\n"), format).subjects[0]
    #expect(subject.covariates == [[1], [2], [3]])
    #expect(subject.occasions[0].observations.map(\.covariates) == [0, 1, 0, 1, 2, 0])
  }

  @Test("rows without an observation end intervals where values change, and are not kept elsewhere")
  func otherRows() throws {
    let dataset = try read(
      """
      ID,TIME,AMT,DV,EVID,MDV,WT
      1,0,5,.,1,1,70
      1,1,.,.,2,1,70
      1,2,.,.,2,1,71
      1,3,.,.,0,1,72
      1,4,.,.,2,1,73
      1,5,.,2,0,0,73
      1,6,.,.,2,1,80
      2,0,5,.,1,1,50
      2,1,.,.,2,1,50
      2,5,.,2,0,0,50
      """, DatasetFormat(covariates: weight))
    let subject = dataset.subjects[0]
    let others = subject.occasions[0].others
    // That at 1 ends no interval of other values than the row after the next one, and that at 4 has
    // those of the observation.
    #expect(others.map(\.time) == [1, 2, 3])
    #expect(others.map { subject.covariates[$0.covariates] } == [[70], [71], [72]])
    #expect(dataset.subjects[1].occasions[0].others == [])
    // EVID 2 changes nothing in the second subject only.
    #expect(dataset.report.otherEventRows == 1)
    #expect(dataset.report.unobservedRows == 1)
  }

  @Test("a reset row has values of its own, which hold at the beginning of its occasion")
  func resets() throws {
    let subject = try read(
      """
      ID,TIME,AMT,DV,EVID,WT
      1,0,5,.,1,70
      1,5,.,2,0,70
      1,10,.,.,3,75
      1,12,5,.,1,76
      1,13,.,2,0,76
      """, DatasetFormat(covariates: weight)
    ).subjects[0]
    let second = subject.occasions[1]
    #expect(second.others.map { subject.covariates[$0.covariates] } == [[75]])
    #expect(second.others.map(\.time) == [10])
    #expect(second.start == nil)
  }

  @Test(
    "additional doses: intervals by the rows around them, bioavailability by the row that ordered them"
  )
  func additionalDoses() throws {
    let rows = """
      ID,TIME,AMT,DV,ADDL,II,WT
      1,0,5,.,4,10,70
      1,15,.,2,.,.,71
      1,25,.,2,.,.,72

      """
    let backward = try read(rows, DatasetFormat(covariates: weight)).subjects[0]
    func values(_ subject: Subject, _ path: KeyPath<DoseRecord, Int>) -> [Double] {
      subject.occasions[0].doses.map { subject.covariates[$0[keyPath: path]][0] }
    }
    #expect(backward.occasions[0].doses.map(\.time) == [0, 10, 20, 30, 40])
    #expect(values(backward, \.covariates) == [70, 71, 72, 72, 72])
    #expect(values(backward, \.dosingCovariates) == [70, 70, 70, 70, 70])
    let forward = try read(
      rows, DatasetFormat(covariates: [CovariateColumn("WT", carry: .forward)])
    ).subjects[0]
    #expect(values(forward, \.covariates) == [70, 70, 71, 72, 72])
    #expect(values(forward, \.dosingCovariates) == [70, 70, 70, 70, 70])
  }

  @Test("a subject without observations needs no values")
  func unobserved() throws {
    let dataset = try read(
      "ID,TIME,AMT,DV,WT\n1,0,5,.,.\n2,0,.,5,60\n", DatasetFormat(covariates: weight))
    #expect(dataset.report.unobservedSubjects == ["1"])
    #expect(dataset.subjects.map(\.covariates) == [[[60]]])
  }

  @Test("rows of a returning ID that is joined go on with the values before")
  func joined() throws {
    let dataset = try read(
      "ID,TIME,DV,WT\n1,0,5,.\n2,0,5,60\n1,1,5,70\n2,1,5,.\n",
      DatasetFormat(repeatedIDs: .join, covariates: weight))
    #expect(dataset.subjects.map(\.covariates) == [[[70]], [[60]]])
  }
}
