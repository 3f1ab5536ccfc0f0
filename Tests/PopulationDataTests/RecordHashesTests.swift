import PopulationData
import Testing

@Suite("hashes of what the likelihood uses")
struct RecordHashesTests {
  private static let rows = """
    ID,TIME,AMT,DV,EVID,CMT,RATE,DVID,CENS,LIMIT,WT,SEX
    1,-1,.,.,2,.,.,.,.,.,70,1
    1,0,100,.,1,1,50,.,.,.,70,1
    1,2,.,5,0,2,.,2,1,0.5,70,1
    1,2.5,.,.,2,-2,.,.,.,.,70,1
    1,3,.,6,0,2,.,1,0,.,71,1
    2,0,.,4,0,2,.,1,.,.,60,0

    """

  private func hashes(_ text: String, _ covariates: [String] = []) throws -> [UInt64] {
    let hashes = RecordHashes(
      of: try read(text, DatasetFormat(covariates: covariates.map { CovariateColumn($0) }))
        .subjects)
    return [hashes.observations, hashes.design]
  }

  @Test("covariates change neither, read or not")
  func covariates() throws {
    let plain = try hashes(Self.rows)
    #expect(try hashes(Self.rows, ["WT"]) == plain)
    #expect(try hashes(Self.rows, ["SEX", "WT"]) == plain)
    #expect(try hashes(Self.rows.replacing(",70,1", with: ",80,1"), ["WT"]) == plain)
    let with = try read(Self.rows, DatasetFormat(covariates: [CovariateColumn("WT")]))
    #expect(try with.fingerprint != read(Self.rows).fingerprint)
  }

  @Test(
    "values, times, limits, outputs and IDs change that of the observations",
    arguments: [
      ("2,.,5,0", "2,.,5.1,0"), ("1,3,.,6", "1,3.5,.,6"), (".,2,1,0.5", ".,2,1,0.4"),
      (".,2,1,0.5", ".,2,1,."), (".,2,1,0.5", ".,2,0,."), (".,2,1,0.5", ".,3,1,0.5"),
      ("\n2,0,.,4", "\n7,0,.,4"), ("2,0,.,4,0,2,.,1,.,.,60,0\n", ""),
    ])
  func observations(old: String, new: String) throws {
    #expect(Self.rows.contains(old))
    let changed = try hashes(Self.rows.replacing(old, with: new))
    let before = try hashes(Self.rows)
    #expect(changed[0] != before[0])
  }

  @Test(
    "doses and other events change that of the design only",
    arguments: [
      ("0,100,", "0,101,"), ("1,1,50", "1,1,60"), ("1,1,50", "1,2,50"), ("2,-2", "2,-1"),
      ("6,0,2", "6,0,3"),
    ])
  func design(old: String, new: String) throws {
    #expect(Self.rows.contains(old))
    let changed = try hashes(Self.rows.replacing(old, with: new))
    let before = try hashes(Self.rows)
    #expect(changed[0] == before[0])
    #expect(changed[1] != before[1])
  }

  @Test("the order of subjects changes neither")
  func order() throws {
    let lines = Self.rows.split(separator: "\n")
    let turned = ([lines[0], lines[6]] + lines[1...5]).joined(separator: "\n") + "\n"
    #expect(try hashes(turned) == hashes(Self.rows))
  }
}
