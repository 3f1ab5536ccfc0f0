import Foundation
import TestSupport

/// A headless browser, Chromium from Debian, without a network.
struct Browser {
  /// Why there is none.
  static let whyNot = "chromium is not installed (Debian: apt-get install chromium)"

  static let isThere = find("chromium") != nil
  static let hasPDFTools = find("pdftotext") != nil

  /// What a page has become, and what the browser said about it.
  struct Visit {
    let document: String
    let remarks: String
    /// Messages of the page's console.
    var console: [String] {
      remarks.split(separator: "\n").filter { $0.contains("CONSOLE") }.map(String.init)
    }
  }

  /// Opens a page and takes its document after its scripts have run.
  static func visit(_ path: String) throws -> Visit {
    let run = try start(["--dump-dom", "--virtual-time-budget=10000", "file://\(path)"])
    return Visit(document: run.output, remarks: run.errors)
  }

  /// Prints a page to a PDF file and takes its text.
  static func printed(_ path: String, to pdf: String) throws -> String {
    _ = try start(["--print-to-pdf=\(pdf)", "--no-pdf-header-footer", "file://\(path)"])
    return try ChildProcess.run(shell: "pdftotext -layout \"$1\" -", "popmix", [pdf]).output
  }

  private static func start(_ arguments: [String]) throws -> ChildProcess {
    // Root may start Chromium without its sandbox only.
    let sandbox = getuid() == 0 ? ["--no-sandbox"] : []
    return try ChildProcess.run(
      shell: """
        profile=$(mktemp -d) || exit 1
        chromium --headless --disable-gpu --user-data-dir="$profile" --host-resolver-rules='MAP * ~NOTFOUND' \
          --enable-logging=stderr "$@"
        status=$?
        rm -rf "$profile"
        exit "$status"
        """, "popmix", sandbox + arguments)
  }

  private static func find(_ name: String) -> String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return path.split(separator: ":").map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}
