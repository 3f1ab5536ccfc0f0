import PopulationData
import Testing

@Suite("columns named by the job")
struct NamedColumnsTests {
  @Test("all lines are rows, and a header is left out by @")
  func withoutHeader() throws {
    let rows = "1,0,100,.,1\n1,1,.,5,0\n2,0,50,.,1\n2,1,.,3,0\n"
    let format = try DatasetFormat(header: ["ID", "TIME", "AMT", "DV", "EVID"])
    let plain = try read(rows, format)
    #expect(plain.subjects.map(\.id) == ["1", "2"])
    #expect(plain.subjects[1].occasions[0].observations[0].line == 4)

    let own = try DatasetFormat(
      ignore: [.letters], header: ["ID", "TIME", "AMT", "DV", "EVID"])
    let headed = try read("id,t,d,y,e\n" + rows, own)
    #expect(
      headed.subjects.map { $0.occasions[0].observations.map(\.value) }
        == plain.subjects.map { $0.occasions[0].observations.map(\.value) })
    #expect(headed.subjects[0].line == 2)
    // Without a rule the line is a row with a fault.
    #expect(throws: DatasetError.self) { try read("id,t,d,y,e\n" + rows, format) }
  }

  @Test("names may be those of the first columns only, and not of more than there are")
  func fewer() throws {
    let format = try DatasetFormat(header: ["ID", "TIME", "AMT", "DV"])
    #expect(try read("1,0,100,.,9\n1,1,.,5,8\n", format).subjects.count == 1)
    #expect(throws: DatasetError.self) { try read("1,0,100\n1,1,.\n", format) }
  }

  @Test("blanks, tabs and a mark of UTF-8 at the beginning are no part of the first row")
  func delimiters() throws {
    let format = try DatasetFormat(header: ["ID", "TIME", "AMT", "DV"])
    for text in [
      "1 0 100 .\n1 1 . 5\n", "\u{FEFF}1\t0\t100\t.\n1\t1\t.\t5\n", "# c\n\n1,0,100,.\n1,1,.,5\n",
    ] {
      let dataset = try read(text, format)
      #expect(dataset.subjects.count == 1)
      #expect(dataset.subjects[0].occasions[0].observations.map(\.value) == [5])
    }
  }

  @Test("the limit of the job takes the place of DV where CENS is 1, given or not")
  func limit() throws {
    let format = try DatasetFormat(quantificationLimit: 0.5)
    let dataset = try read(
      "ID,TIME,AMT,DV,CENS\n1,0,5,.,0\n1,1,.,7,0\n1,2,.,0,1\n1,3,.,.,1\n1,4,.,0.2,0\n", format)
    let found = dataset.subjects[0].occasions[0].observations
    #expect(found.map(\.value) == [7, 0.5, 0.5, 0.2])
    #expect(found.map(\.isCensored) == [false, true, true, false])
  }

  @Test("without CENS all values below the limit are censored")
  func limitAlone() throws {
    let format = try DatasetFormat(quantificationLimit: 0.5)
    let found = try read("ID,TIME,AMT,DV\n1,0,5,.\n1,1,.,7\n1,2,.,0.2\n1,3,.,0.5\n", format)
      .subjects[0].occasions[0].observations
    #expect(found.map(\.value) == [7, 0.5, 0.5])
    #expect(found.map(\.isCensored) == [false, true, false])
  }

  @Test("outputs may be those of CMT, which doses keep")
  func outputs() throws {
    let format = try DatasetFormat(columns: ["DVID": "CMT"])
    let subject = try read("ID,TIME,AMT,DV,CMT\n1,0,5,.,1\n1,1,.,7,2\n1,1,.,8,3\n", format)
      .subjects[0]
    #expect(subject.occasions[0].doses.map(\.compartment) == [1])
    #expect(subject.occasions[0].observations.map(\.output) == [2, 3])
  }

  @Test("names that are usual for Monolix and in R are found, unless they mean something else")
  func layouts() throws {
    let monolix = try read(
      "ID,TIME,Y,AMT,TINF,YTYPE\n1,0,.,100,2,.\n1,1,5,.,.,1\n", DatasetFormat(layout: .monolix))
    #expect(monolix.subjects[0].occasions[0].observations.map(\.value) == [5])
    #expect(monolix.subjects[0].occasions[0].observations.map(\.output) == [1])
    let frame = try read("Subject,hours,conc,dose\nA,0,.,100\nA,1,5,.\n", DatasetFormat(layout: .r))
    #expect(frame.subjects.map(\.id) == ["A"])
    #expect(frame.subjects[0].occasions[0].doses.map(\.amount) == [100])
    #expect(throws: DatasetError.self) { try read("Subject,hours,conc,dose\nA,0,.,100\nA,1,5,.\n") }
    // The standard name counts before others, and a covariate is one.
    let both = try read(
      "ID,TIME,DV,Y,AMT,DOSE\n1,0,.,9,100,3\n1,1,5,9,.,3\n",
      DatasetFormat(covariates: [CovariateColumn("DOSE")], layout: .monolix))
    #expect(both.subjects[0].occasions[0].observations.map(\.value) == [5])
    #expect(both.subjects[0].occasions[0].doses.map(\.amount) == [100])
  }
}
