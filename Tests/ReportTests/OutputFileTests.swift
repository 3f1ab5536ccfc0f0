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

  @Test("what is no regular file is never replaced, and what is there only if that is wanted")
  func kept() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try OutputFile.makeFolder(folder)
    try OutputFile.write("precious", to: folder + "/file")
    try FileManager.default.createSymbolicLink(
      atPath: folder + "/link", withDestinationPath: folder + "/file")
    #expect(mkfifo(folder + "/pipe", 0o600) == 0)
    for name in ["link", "pipe"] {
      #expect(
        throws: OutputError.file(
          path: folder + "/" + name, reason: "what is there is no regular file")
      ) { try OutputFile.write("x", to: folder + "/" + name) }
    }
    #expect(throws: OutputError.file(path: folder + "/file", reason: "File exists")) {
      let temporary = try OutputFile.stage([1], for: folder + "/file")
      try OutputFile.move(temporary, to: folder + "/file", replacing: false)
    }
    #expect(try String(contentsOfFile: folder + "/file", encoding: .utf8) == "precious")
    #expect(try names(folder) == ["file", "link", "pipe"])
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
