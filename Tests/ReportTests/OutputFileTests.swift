import Foundation
import Report
import Testing

@Suite("Files that appear whole or not at all")
struct OutputFileTests {
  private let folder = NSTemporaryDirectory() + "popmix-output-" + UUID().uuidString

  private func names(_ path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }

  @Test("a file is written and written over, and nothing else is left")
  func write() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try OutputFile.makeFolder(folder + "/a/b")
    try OutputFile.makeFolder(folder + "/a/b")
    for text in ["first", "", String(repeating: "long Ω\n", count: 100_000)] {
      try OutputFile.write(text, to: folder + "/a/b/file")
      #expect(try String(contentsOfFile: folder + "/a/b/file", encoding: .utf8) == text)
    }
    #expect(try names(folder + "/a/b") == ["file"])
  }

  @Test("a folder that cannot be made is named with the reason")
  func folderFault() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try OutputFile.makeFolder(folder)
    try OutputFile.write("x", to: folder + "/file")
    #expect(
      throws: OutputError.folder(
        path: folder + "/file", reason: "there is a file of that name")
    ) { try OutputFile.makeFolder(folder + "/file") }
    #expect(
      throws: OutputError.folder(path: folder + "/file/sub", reason: "Not a directory")
    ) { try OutputFile.makeFolder(folder + "/file/sub") }
  }

  @Test("a file that cannot be written is named with the reason")
  func fileFault() {
    #expect(
      throws: OutputError.file(path: folder + "/none", reason: "No such file or directory")
    ) { try OutputFile.write("x", to: folder + "/none") }
  }
}
