import Foundation
import TestSupport
import Testing

/// The scripts in `Cluster`, which start and end clusters and hosts on this machine.
enum ClusterScripts {
  static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().appending(path: "Cluster").path

  /// Why this machine can have no cluster.
  static let obstacle: String? = {
    do {
      let run = try ChildProcess.run(shell: "\"$1/possible\"", "popmix", [folder])
      return run.exitCode == 0 ? nil : run.output.trimmingCharacters(in: .whitespacesAndNewlines)
    } catch { return "\(error)" }
  }()

  static func run(_ name: String, _ arguments: String...) throws {
    let run = try ChildProcess.run(
      shell: "script=$1; shift; \"$script\" \"$@\"", "popmix", ["\(folder)/\(name)"] + arguments)
    guard run.exitCode == 0 else { throw ClusterFailure("\(name): \(run.output)\(run.errors)") }
  }

  /// A path that no other run of the tests has; short, as sockets are made below it.
  static func path(_ name: String) -> String { "/tmp/popmix-\(name)-\(getpid())" }
}

extension Trait where Self == ConditionTrait {
  /// Leaves tests out, with the reason, where no cluster can be started.
  static var whereClustersAreAllowed: Self {
    .enabled(
      if: ClusterScripts.obstacle == nil,
      "SKIPPED, as \(ClusterScripts.obstacle ?? "nothing") (no cluster is tested)")
  }
}

/// What went wrong with a cluster, for a person who reads the tests' output.
struct ClusterFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// Asks until there is an answer.
/// - Throws: `ClusterFailure` with the text if there is none in so many minutes.
func eventually<Answer>(
  _ failure: @autoclosure () -> String, minutes: Int = 3, _ question: () throws -> Answer?
) async throws -> Answer {
  let begin = ContinuousClock.now
  while begin.duration(to: .now) < .seconds(60 * minutes) {
    if let answer = try question() { return answer }
    try await Task.sleep(for: .milliseconds(100))
  }
  throw ClusterFailure("not within \(minutes) minutes: \(failure())")
}

/// Does something that takes seconds in a thread of its own, as Swift has only as many for tasks as
/// there are processors.
func apart<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws
  -> Result
{
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { continuation.resume(with: Swift.Result { try work() }) }
  }
}
