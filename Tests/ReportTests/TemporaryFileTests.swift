import Foundation
import Glibc
import Report
import Testing

@Suite("Temporary files")
struct TemporaryFileTests {
  @Test("those of dead processes are removed, also where another process has their number")
  func sweep() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var host = [CChar](repeating: 0, count: 65)
    gethostname(&host, 64)
    let name = host.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }

    // A child that has ended, and whose end nobody has noticed yet.
    let child = Process()
    child.executableURL = URL(filePath: "/bin/sh")
    child.arguments = ["-c", "sleep 0 & echo $!; exec sleep 20"]
    let pipe = Pipe()
    child.standardOutput = pipe
    try child.run()
    defer { child.terminate() }
    let zombie = try #require(
      Int(
        String(decoding: pipe.fileHandleForReading.availableData, as: UTF8.self)
          .trimmingCharacters(in: .whitespacesAndNewlines)))
    usleep(300_000)

    let running = ".popmix-\(name)-\(getpid())-1.tmp"
    let before = ".popmix-\(name)-\(getpid())-2.tmp"
    let dead = ".popmix-\(name)-2000000000-1.tmp"
    let ended = ".popmix-\(name)-\(zombie)-1.tmp"
    for file in [running, before, dead, ended, "mine.tmp"] {
      try Data("x".utf8).write(to: folder.appending(path: file))
    }
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: 1e9)],
      ofItemAtPath: folder.appending(path: before).path)
    OutputFile.sweep(folder.path)
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(Set(left) == [running, "mine.tmp"])
  }
}
