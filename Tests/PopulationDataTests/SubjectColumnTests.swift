import PopulationData
import Testing

@Suite("Columns without a meaning for the fit")
struct SubjectColumnTests {
  @Test("They have the values of each subject's first row that counts")
  func read() throws {
    let text = """
      # made by hand
      ID;TIME;AMT;DV;WT;"SEX, 1 is male";MDV
      x;0;.;1;0;9;1

      1;0;100;.;70.5;1;1
      1;1;.;5;71;2;0
      2;0;100;.;.;NA;1
      2;1;.;6;80;1;0
      3;0;100;.;-99;0;1
      3;1;.;7;60;0;0

      """
    let format = try DatasetFormat(
      columns: [:], ignore: [IgnoreRule("ID.EQ.x")], accept: [], repeatedIDs: .separate,
      missing: ["NA", "-99"])
    let bytes = Array(text.utf8)
    let data = try DatasetReader.read(bytes: bytes, name: "t.csv", format: format)
    let columns = try SubjectColumn.read(
      bytes: bytes, name: "t.csv", format: format, subjects: data.subjects)
    #expect(columns.map(\.name) == ["WT", "SEX, 1 is male"])
    #expect(columns[0].texts == ["70.5", "", ""])
    #expect(columns[1].texts == ["1", "", "0"])
    #expect(columns[1].numbers == [1, nil, 0])
    #expect(SubjectColumn(name: "a", texts: ["1", "x"]).numbers == nil)
    #expect(SubjectColumn(name: "a", texts: ["", ""]).numbers == nil)
  }
}
