import Estimation
import Foundation
import Report
import TestSupport
import Testing

/// Jobs whose starting values are found from the data, and what is said of them.
@Suite("Starting values from the data")
struct StartSearchJobTests {
  private static let fixtures = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("EstimationTests/Fixtures/starts").path

  struct Case: Sendable, CustomTestStringConvertible {
    let data: String
    let model: String
    var estimation = "{seed: 1}"
    /// By closed form (lines), or quadrature of both branches.
    let minusTwoLogLikelihood: Double
    var testDescription: String { "\(data) \(estimation)" }

    var text: String {
      let covariates = data.contains("lines") ? ", covariates: [X1]" : ""
      return """
        popmix: 1
        job: found
        data: {files: '\(StartSearchJobTests.fixtures)/\(data).csv'\(covariates)}
        model:
        \(model)
        estimation: \(estimation)

        """
    }
  }

  private static let straightLines = """
      equations: |
        y = b0 + b1*X1
      random-effects:
        b0: {distribution: normal, membership: shared}
        b1: {distribution: normal, membership: shared}
      residual-error: additive
    mixture: {components: 1, covariance: diagonal, covariance-across-components: per-component}
    """
  private static let oralEquations = """
      equations: |
        d/dt(g) = -ka*g
        d/dt(c) = ka*g - k*c
        cp = c/V
      random-effects:
        k: {distribution: lognormal, membership: shared}
        V: {distribution: lognormal, membership: shared}
        ka: {distribution: lognormal, membership: shared}
      residual-error: proportional
    """
  private static func oral(_ error: String, start: String = "", mixture: String = "") -> String {
    """
      structure: one-compartment oral
      random-effects:
        ka: {distribution: lognormal, membership: mixture}
        V: {distribution: lognormal, membership: mixture}
        CL: {distribution: lognormal, membership: mixture}
      residual-error: \(error)\(start)\(mixture)
    """
  }
  private static let slowStart = """

      start:
        typical: {ka: 0.1, V: 4.0, CL: 0.5}
        variance: {ka: 0.1, V: 0.1, CL: 0.1}
        sigma: 0.2
    """

  static let cases = [
    Case(data: "falling-lines", model: straightLines, minusTwoLogLikelihood: 550.3921),
    Case(data: "oral-by-equations", model: oralEquations, minusTwoLogLikelihood: 101.811),
    Case(
      data: "oral-by-equations", model: oralEquations, estimation: "{starts: 4}",
      minusTwoLogLikelihood: 101.811),
    Case(data: "slow-absorption", model: oral("proportional"), minusTwoLogLikelihood: -121.958),
    Case(
      data: "slow-absorption", model: oral("proportional", start: slowStart),
      estimation: "{starts: 4}", minusTwoLogLikelihood: -121.958),
    Case(
      data: "combined-error",
      model: oral("combined", mixture: "\nmixture: {components: 1, covariance: full}"),
      estimation: "{starts: 3}", minusTwoLogLikelihood: 1235.5275),
  ]

  private func fit(_ text: String) throws -> (run: ChildProcess, fit: FitDocument.DataSet?) {
    let folder = try JobFolder()
    try folder.write(text, to: "job.yaml")
    let run = try ChildProcess.run(
      "popmix", ["fit", "-q", "\(folder.path)/job.yaml", "-o", "\(folder.path)/out"])
    let document = try? FitDocument(
      json: Array(folder.read("out/fit.json").utf8), path: "fit.json")
    return (run, document?.dataSets.first)
  }

  @Test("the fit ends at the maximum", arguments: cases)
  func maximum(_ own: Case) throws {
    let (run, dataSet) = try fit(own.text)
    #expect(run.exitCode == 0, "\(run.errors)")
    let found = try #require(dataSet?.fit)
    #expect(dataSet?.status == "converged")
    #expect(abs(found.minusTwoLogLikelihood - own.minusTwoLogLikelihood) < 0.01)
    let isGiven = own.model.contains("start:")
    #expect((found.startSearch == nil) == isGiven)
    #expect(run.output.contains("starting values from the data: ") == !isGiven)
  }

  @Test("two lines say what was tried, and what else was found")
  func lines() throws {
    let (run, dataSet) = try fit(Self.cases[1].text)
    let search = try #require(dataSet?.fit?.startSearch)
    #expect(search.candidates.count >= 2)
    #expect(search.candidates[0].minusTwoLogLikelihood < search.candidates[1].minusTwoLogLikelihood)
    let lines = run.output.split(separator: "\n").map(String.init)
    let place = try #require(lines.firstIndex { $0.hasPrefix("starting values from the data: ") })
    #expect(lines[place + 1].hasPrefix("also found: -2 log L 137."), "\(lines[place + 1])")
  }

  @Test("a fit from a start on the worse branch of a flip-flop gets a second opinion")
  func secondOpinion() throws {
    let folder = try JobFolder()
    try folder.write(
      Case(
        data: "slow-absorption", model: Self.oral("proportional", start: Self.slowStart),
        minusTwoLogLikelihood: -121.958
      ).text, to: "job.yaml")
    let run = try ChildProcess.run(
      "popmix", ["fit", "-q", "\(folder.path)/job.yaml", "-o", "\(folder.path)/out"])
    #expect(run.exitCode == 0, "\(run.errors)")
    let document = try FitDocument(json: Array(folder.read("out/fit.json").utf8), path: "fit.json")
    let found = try #require(document.dataSets.first?.fit)
    #expect(abs(found.minusTwoLogLikelihood - -121.958) < 0.01)
    let rows = try folder.read("out/starts.csv").split(separator: "\n").dropFirst()
    let ends = rows.compactMap { Double($0.split(separator: ",")[3]) }
    #expect(abs(ends[0] - -73.438) < 0.01)
    #expect(ends.count { abs($0 - -121.958) < 0.01 } == 2)
    #expect(!found.warnings.contains { $0.contains("explain the data better") }, "\(run.output)")
  }

  @Test("starts that follow have the same bits on any number of ranks, and after kills")
  func followingStarts() throws {
    let folder = try JobFolder()
    try folder.write(
      Case(
        data: "slow-absorption", model: Self.oral("proportional", start: Self.slowStart),
        minusTwoLogLikelihood: -121.958
      ).text, to: "job.yaml")
    func fit(_ output: String, ranks: Int? = nil) throws -> ChildProcess {
      let arguments = ["fit", "\(folder.path)/job.yaml", "-q", "-o", "\(folder.path)/\(output)"]
      return try ranks.map { try ChildProcess.run("popmix", arguments, ranks: $0) }
        ?? ChildProcess.run("popmix", arguments)
    }
    #expect(try fit("whole").exitCode == 0)
    let whole = try folder.results(in: "whole")
    for ranks in [2, 3] {
      #expect(try fit("by-\(ranks)", ranks: ranks).exitCode == 0)
      #expect(try folder.results(in: "by-\(ranks)") == whole)
    }
    // Killed when one start is done, when two are, and so on.
    var runs = 0
    repeat {
      runs += 1
      _ = try ChildProcess.run(
        shell: """
          "$0" fit "$1/job.yaml" -q -o "$1/killed" & popmix=$!
          while kill -0 $popmix 2>/dev/null; do
            [ "$(cat "$1"/killed/ledger/run-* 2>/dev/null | grep -c '"start"')" -ge \(runs) ] && break
            sleep 0.002
          done
          kill -KILL $popmix 2>/dev/null; wait $popmix
          true
          """, "popmix", [folder.path])
    } while runs < 4
    #expect(try fit("killed").exitCode == 0)
    #expect(try folder.results(in: "killed") == whole)
  }

  @Test("one start on the worse branch of a flip-flop stays there, and warns")
  func worseBranch() throws {
    let (run, dataSet) = try fit(
      Case(
        data: "slow-absorption", model: Self.oral("proportional", start: Self.slowStart),
        estimation: "{starts: 1}", minusTwoLogLikelihood: -73.438
      ).text)
    let found = try #require(dataSet?.fit)
    #expect(abs(found.minusTwoLogLikelihood - -73.438) < 0.01)
    #expect(found.warnings.contains { $0.contains("explain the data better") }, "\(run.output)")
  }

  @Test("an integral with more than ten dimensions is refused, with what makes them")
  func dimensions() throws {
    let effects = (1...9).map(String.init).joined(separator: ", ")
    let text = """
      popmix: 1
      job: many
      data: {files: '\(Self.fixtures)/nine-occasions.csv', covariates: [X1, OCC]}
      model:
        equations: |
          y = b0 + b1*X1
        random-effects:
          b0: {distribution: normal, membership: shared, occasions: {covariate: OCC, values: [\(effects)]}}
          b1: {distribution: normal, membership: shared}
        residual-error: additive

      """
    let folder = try JobFolder()
    try folder.write(text, to: "job.yaml")
    for command in ["check", "fit"] {
      let run = try ChildProcess.run("popmix", [command, "\(folder.path)/job.yaml"])
      #expect(run.exitCode == 78)
      #expect(
        run.errors.contains(
          "has 11 dimensions (b0 with its 9 occasions 10 and b1 1), expected at most 10"),
        "\(run.errors)")
    }
  }

  /// A chain of compartments whose search takes seconds.
  @Test("the search heeds SIGTERM, and the same command goes on")
  func stops() throws {
    let folder = try JobFolder()
    try folder.write(
      """
      popmix: 1
      job: slow
      data: {files: '\(Self.fixtures)/oral-by-equations.csv'}
      model:
        equations: |
          d/dt(a) = -k1*a
          d/dt(b) = k1*a - k2*b
          d/dt(d) = k2*b - k3*d
          d/dt(e) = k3*d - k4*e
          d/dt(c) = k4*e - k5*c
          cp = c/V
        random-effects:
          V: {distribution: lognormal, membership: shared}
          k1: {distribution: lognormal, membership: shared}
        fixed-effects:
          k2: {distribution: lognormal}
          k3: {distribution: lognormal}
          k4: {distribution: lognormal}
          k5: {distribution: lognormal}
        residual-error: proportional

      """, to: "job.yaml")
    let run = try ChildProcess.run(
      shell: """
        "$0" fit "$1/job.yaml" -o "$1/out" 2>"$1/log" &
        for i in {1..600}; do grep -q "starting values: " "$1/log" && break; sleep 0.02; done
        SECONDS=0
        kill -TERM $!
        wait $!
        echo "code $? after $SECONDS"
        """, "popmix", [folder.path])
    let log = try folder.read("log")
    let words = run.output.split(separator: " ")
    #expect(words.first == "code" && words[1] == "75", "\(run.output) \(log)")
    let seconds = try #require(Int(words.last?.trimmingCharacters(in: .newlines) ?? ""))
    #expect(seconds < 20)
    #expect(log.contains("stopped: SIGTERM"))
  }
}
