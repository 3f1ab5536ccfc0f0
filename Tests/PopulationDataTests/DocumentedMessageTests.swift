import Foundation
import PopulationData
import TestSupport
import Testing

@Suite("messages in the documentation")
struct DocumentedMessageTests {
  private static let files = [
    WrongFile(marked: "ID,TIME,DV\n1,0,1\n1,1,1\n1,2,▸x", message: ""),
    WrongFile(marked: "ID;TIME;DV\n1;0;1\n1;1;▸4,2", message: ""),
    WrongFile(marked: "ID,TIME,DV\n6,0,1\n7,2,1\n7,▸1.5,1", message: ""),
    WrongFile(marked: "ID,TIME,DV\n1,23:30,1\n1,▸0:30,1", message: ""),
    WrongFile(marked: "ID,DATE,TIME,DV\n1,▸2024-05-01,0,1", message: ""),
    WrongFile(marked: "ID,TIME,AMT,DV,EVID,MDV\n1,0,100,.,1,▸0", message: ""),
    WrongFile(marked: "ID,TIME,AMT,DV,EVID\n1,0,▸0,.,1", message: ""),
    WrongFile(marked: "ID,TIME,DV\n1,0,1\n1,1,▸.", message: ""),
    WrongFile(marked: "ID,TIME,AMT,DV,RATE,DUR\n1,0,100,.,10,▸2", message: ""),
    WrongFile(marked: "ID,TIME,AMT,DV,SS,II\n1,0,5,.,1,▸0", message: ""),
    WrongFile(marked: "ID,TIME,AMT,DV,EVID,MDV,ADDL,II\n1,0,5,.,1,1,▸-1,12", message: ""),
    WrongFile(
      marked: "ID,TIME,DV,SEX\n1,0,1,▸male", covariates: [CovariateColumn("SEX")], message: ""),
    WrongFile(
      marked: "ID,TIME,DV,AGE,WT\n1,0,1,40,70\n2,0,1,40,▸.", covariates: [CovariateColumn("WT")],
      message: ""),
    WrongFile(marked: "ID,TIME,DV,CENS,LIMIT\n1,0,3,1,▸3", message: ""),
    WrongFile(marked: "ID,TIME,DV,CENS\n1,0,▸0,1", positiveLimits: .all, message: ""),
    WrongFile(marked: "▸ID,TIME\n1,0", message: ""),
    WrongFile(
      marked: "▸ID,TIME,DV,WGT\n1,0,1,70", covariates: [CovariateColumn("WT")], message: ""),
  ]

  @Test("those of wrong data files are what the reader says")
  func dataFiles() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let page = try String(
      contentsOf: root.appending(path: "Sources/popmix/popmix.docc/Data.md"), encoding: .utf8)
    // Those with line and column.
    let documented = page.split(separator: "\n").map { $0.drop { $0 == " " } }
      .filter { $0.prefixMatch(of: #/study\.csv:\d+:\d+: /#) != nil }.map(String.init)
    var said: Set<String> = []
    for file in Self.files {
      let text = MarkedText(file.marked)
      let format = try file.format()
      let error = datasetError { () throws(DatasetError) in
        _ = try DatasetReader.read(
          bytes: Array(text.text.utf8), name: "study.csv", format: format)
      }
      #expect(error?.place == Place(path: "study.csv", line: text.line, column: text.column))
      said.insert(error?.description ?? "")
    }
    #expect(Set(documented) == said)
    #expect(documented.count == said.count)
  }
}
