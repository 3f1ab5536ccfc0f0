import Foundation
import TestSupport
import Testing

@Suite("A package that depends on the library")
struct DependentPackageTests {
  private static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  @Test(
    "builds by path, and sees nothing but the library",
    .enabled(
      if: ProcessInfo.processInfo.environment["POPMIX_ALL_TESTS"] != nil,
      "left out; scripts/test --all runs it"))
  func builds() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("dependent-\(UUID().uuidString)")
    let sources = folder.appendingPathComponent("Sources/dependent")
    try FileManager.default.createDirectory(at: sources, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    // The folder of a package is its name for others, whatever the clone is called.
    let link = folder.appendingPathComponent("popmix")
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: Self.root)
    try """
    // swift-tools-version: 6.2
    import PackageDescription

    let package = Package(
      name: "dependent",
      dependencies: [.package(path: "popmix")],
      targets: [
        .executableTarget(
          name: "dependent",
          dependencies: [.product(name: "PopmixLibrary", package: "popmix")])
      ])
    """.write(
      to: folder.appendingPathComponent("Package.swift"), atomically: true, encoding: .utf8)
    try """
    import PopmixLibrary

    let job = try Job(path: CommandLine.arguments[1])
    let fit = try Fit(of: job)
    while !fit.hasEnded, fit.iterations < 3 { try fit.step() }
    print(job.name, fit.iterations)
    """.write(
      to: sources.appendingPathComponent("main.swift"), atomically: true, encoding: .utf8)
    let job = Self.root.appendingPathComponent("jobs/wang2007.yaml").path
    let run = try ChildProcess.run(
      shell: "cd \"$1\" && swift build --quiet 2>&1 && .build/debug/dependent \"$2\"", "popmix",
      [folder.path, job])
    #expect(run.exitCode == 0, "\(run.output.suffix(3000))")
    #expect(run.output.hasSuffix("wang2007 3\n"), "\(run.output.suffix(3000))")
  }
}
