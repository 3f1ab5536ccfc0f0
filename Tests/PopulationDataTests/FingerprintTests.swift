import PopulationData
import Testing

@Suite("fingerprints of data sets with all kinds of events")
struct FingerprintTests {
  private static let rows = """
    ID,TIME,AMT,DV,EVID,CMT,RATE,SS,II,DVID,CENS,LIMIT,WT
    1,-1,.,.,2,.,.,.,.,.,.,.,70
    1,0,100,.,1,1,50,1,12,.,.,.,70
    1,1,80,.,1,0,-2,.,.,.,.,.,70
    1,2,.,5,0,3,.,.,.,2,1,0.5,70
    1,2.5,.,.,2,-2,.,.,.,.,.,.,70
    1,3,.,6,0,0,.,.,.,0,-1,.,71
    2,0,.,4,0,.,.,.,.,.,.,.,60

    """

  private func fingerprint(_ text: String, _ carry: CovariateCarry = .forward) throws -> UInt64 {
    try read(text, DatasetFormat(covariates: [CovariateColumn("WT", carry: carry)])).fingerprint
  }

  /// The value is from a Python program after the documentation of the fingerprint.
  @Test("a known data set has the same on every platform")
  func known() throws {
    #expect(try fingerprint(Self.rows) == 0x8FBB_34D1_1F48_4FFC)
  }

  @Test(
    "it changes with everything that is new",
    arguments: [
      ("1,-1,.", "1,-2,."), ("1,50,1,12", "1,51,1,12"), ("1,50,1,12", "1,50,2,12"),
      ("1,50,1,12", "1,50,1,13"), ("0,-2,", "0,-1,"), ("0,-2,", "0,0,"), (".,2,1,0.5", ".,3,1,0.5"),
      (".,2,1,0.5", ".,2,0,0.5"), (".,2,1,0.5", ".,2,1,0.4"), (".,2,1,0.5", ".,2,1,."),
      ("0,-1,.,71", "0,0,.,71"), ("0,-1,.,71", "0,-1,9,71"), ("2.5,.,.,2,-2", "2.5,.,.,2,-1"),
      ("2.5,.,.,2,-2", "2.6,.,.,2,-2"), ("2.5,.,.,2,-2", "2.5,.,.,2,2"), (".,71", ".,72"),
      (".,60", ".,61"),
    ])
  func changes(old: String, new: String) throws {
    #expect(Self.rows.contains(old))
    let changed = Self.rows.replacing(old, with: new)
    #expect(try fingerprint(changed) != fingerprint(Self.rows))
  }

  @Test("it changes with the way a covariate is carried, and with there being one")
  func carry() throws {
    #expect(try fingerprint(Self.rows, .backward) != fingerprint(Self.rows))
    #expect(try read(Self.rows).fingerprint != fingerprint(Self.rows))
    #expect(
      try read(Self.rows).fingerprint == read(Self.rows.replacing(",70", with: ",80")).fingerprint)
  }
}
