import Foundation
import JobControl
import JobFiles
import TestSupport
import Testing

@Suite("files of the data")
struct DataFilesTests {
  @Test("paths and globs are relative to the job file, sorted, each file once")
  func expansion() throws {
    try inFolder(with: ["b.csv", "a.csv", "c.txt", "x[1].csv", "sub/d.csv"]) { folder in
      let files = "[b.csv, '*.csv', ./a.csv, '?.txt', '[ab].csv', 'sub/*', 'x[1].csv', '*']"
      let job = try readJob(job(data: "{files: \(files)}"), path: "\(folder)/job.yaml")
      let found = try job.dataFiles().map { $0.replacingOccurrences(of: "/./", with: "/") }
      let names = ["a.csv", "b.csv", "c.txt", "sub/d.csv", "x[1].csv"]
      #expect(Set(found) == Set(names.map { "\(folder)/\($0)" }))
      #expect(found.count == names.count)
    }
  }

  @Test("an absolute path does not depend on the job file")
  func absolutePath() throws {
    try inFolder(with: ["a.csv"]) { folder in
      // What is a pattern in the job file is one in every part of it.
      let pattern = String(folder.map { "[]".contains($0) ? "?" : $0 }) + "/*"
      for path in ["job.yaml", "elsewhere/job.yaml"] {
        let job = try readJob(job(data: "{files: ['\(folder)/a.csv', '\(pattern)']}"), path: path)
        #expect(try job.dataFiles() == ["\(folder)/a.csv"])
      }
    }
  }

  @Test("entries without a file are refused at their place")
  func faults() throws {
    try inFolder(with: ["a.csv", "sub/d.csv"]) { folder in
      let path = "\(folder)/job.yaml"
      let job = try readJob(job(data: "{files: [a.csv, b.csv, sub/, '*.txt']}"), path: path)
      let error = #expect(throws: JobError.self) { try job.dataFiles() }
      #expect(
        error?.description == """
          \(path):3:23: "b.csv" cannot be read (No such file or directory), expected a file at \
          "\(folder)/b.csv"; correct the path, which begins at the folder of the job file.
          \(path):3:30: "sub/" is a folder, expected a file; write for example 'sub/*.csv'.
          \(path):3:36: "*.txt" finds no file, expected at least one; \
          correct the path, which begins at the folder of the job file.
          """)
    }
  }

  @Test("a job without data has no files")
  func withoutData() throws {
    #expect(try readJob(job(data: nil, simulation: "{\(design), \(trueValues)}")).dataFiles() == [])
  }

  @Test("a job file is read from its path, and refused when it cannot be")
  func readingFiles() throws {
    try inFolder(with: []) { folder in
      let path = "\(folder)/job.yaml"
      let missing = #expect(throws: JobError.self) {
        try JobFileReader().read(contentsOfFile: path)
      }
      #expect(
        missing?.description == """
          \(path): the job file cannot be read (No such file or directory); \
          check its name and its permissions.
          """)
      #expect(throws: JobError.unreadable(path: folder, reason: "Is a directory")) {
        try JobFileReader().read(contentsOfFile: folder)
      }
      try Data(exampleJob.utf8).write(to: URL(filePath: path))
      #expect(
        try JobFileReader().read(contentsOfFile: path) == readJob(exampleJob, path: path))
      try Data([0x6A, 0xFF]).write(to: URL(filePath: path))
      #expect(
        throws: JobError.invalid([
          JobDiagnostic(
            path: path, line: 1, column: 1,
            message: "the file is not UTF-8 text, as a job file has to be; save it as UTF-8.")
        ])
      ) {
        try JobFileReader().read(contentsOfFile: path)
      }
    }
  }

  /// A folder whose name has the characters of a glob, with empty files.
  private func inFolder(with files: [String], _ body: (String) throws -> Void) throws {
    let folder = URL(filePath: "/tmp/popmix [\(UUID().uuidString)]*")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for file in files {
      let url = folder.appending(path: file)
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data().write(to: url)
    }
    try body(folder.path(percentEncoded: false))
  }
}

private func readJob(_ text: String, path: String = "job.yaml") throws -> JobFile {
  try JobFileReader().read(text, path: path)
}
