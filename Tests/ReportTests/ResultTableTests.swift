import Diagnostics
import Estimation
import Foundation
import Inference
import PopulationData
import PopulationModel
import Report
import Testing

import struct NumericKernels.SymmetricMatrix

@Suite("Tables of observations, subjects and influence")
struct ResultTableTests {
  /// The fields of a table by column.
  private struct Columns {
    let rows: [[String]]
    private let places: [String: Int]

    init(_ header: [UInt8], _ rows: [UInt8]) {
      let lines = String(decoding: header + rows, as: UTF8.self).split(separator: "\n").map {
        $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      }
      places = Dictionary(uniqueKeysWithValues: lines[0].enumerated().map { ($1, $0) })
      self.rows = Array(lines.dropFirst())
      for row in self.rows { #expect(row.count == lines[0].count) }
    }

    var names: [String] { places.sorted { $0.value < $1.value }.map(\.key) }

    func texts(_ name: String) throws -> [String] {
      let place = try #require(places[name], "\(name)")
      return rows.map { $0[place] }
    }

    func numbers(_ name: String) throws -> [Double] {
      try texts(name).map { try #require(Double($0), "\(name): \($0)") }
    }
  }

  private static func result(_ components: Int) throws -> (DataSetResult, FitResult) {
    var example = HealthCase()
    if components == 1 { example.start = [(1, [-1.2], [0.3])] }
    let fit = try example.fit()
    return (DataSetResult(name: "a,b", start: 1, share: nil, outcome: .fitted(fit)), fit)
  }

  private func isClose(_ a: [Double], _ b: [Double], _ error: Double = 1e-12) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= error * max(1, abs($1)) }
  }

  @Test("observations have predictions by the closed form, and residuals about them")
  func observations() throws {
    let (result, fit) = try Self.result(2)
    let table = ObservationsTable(model: fit.model)
    // The name of the data set is quoted, and has a comma.
    let text = String(decoding: table.rows(result), as: UTF8.self)
    #expect(text.hasPrefix("\"a,b\",1,1,1,,0.5,"))
    let columns = Columns(
      table.header, Array(text.replacingOccurrences(of: "\"a,b\"", with: "a").utf8))
    #expect(
      columns.names == [
        "data_set", "subject", "ID", "occasion", "line", "TIME", "DV", "class", "PRED", "MPRED",
        "IPRED", "MIPRED", "RES", "IRES", "IWRES", "EPRED", "EWRES", "NPDE",
      ])
    let times = try columns.numbers("TIME")
    let subjects = try columns.numbers("subject").map { Int($0) - 1 }
    #expect(times.count == 800 && subjects == subjects.sorted())
    let classes = fit.posteriors.map { Classification(membership: $0.membership).component }
    #expect(try columns.numbers("class") == subjects.map { Double(classes[$0] + 1) })
    func h(_ phi: Double, _ t: Double) -> Double { 10 * exp(-exp(phi) * t) }
    let estimates = fit.estimates
    let mu = estimates.means.map { $0[0] }
    func column(_ value: (_ subject: Int, _ time: Double) -> Double) -> [Double] {
      zip(subjects, times).map(value)
    }
    let (dv, pred, ipred) = (
      try columns.numbers("DV"), try columns.numbers("PRED"), try columns.numbers("IPRED")
    )
    #expect(isClose(pred, column { h(mu[classes[$0]], $1) }))
    #expect(
      isClose(
        try columns.numbers("MPRED"),
        column { _, t in estimates.weights[0] * h(mu[0], t) + estimates.weights[1] * h(mu[1], t) }))
    #expect(isClose(ipred, column { h(fit.posteriors[$0].mean(classes[$0])[0], $1) }))
    #expect(
      isClose(
        try columns.numbers("MIPRED"),
        column { i, t in
          let (posterior, tau) = (fit.posteriors[i], fit.posteriors[i].membership)
          return tau[0] * h(posterior.mean(0)[0], t) + tau[1] * h(posterior.mean(1)[0], t)
        }))
    #expect(try columns.numbers("RES") == zip(dv, pred).map { $0 - $1 })
    let ires = try columns.numbers("IRES")
    #expect(ires == zip(dv, ipred).map { $0 - $1 })
    let sigma = estimates.sigma2.squareRoot()
    #expect(isClose(try columns.numbers("IWRES"), ires.map { $0 / sigma }))
    let iwres = try columns.numbers("IWRES")
    let mean = iwres.reduce(0, +) / 800
    let spread = (iwres.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 799).squareRoot()
    let shrinkage = try #require(fit.residualShrinkage.first)
    #expect(abs(shrinkage.share - 1 + spread) < 1e-9)
  }

  @Test("NPDE are those of the report, bit for bit, and residuals of a right model are standard")
  func simulated() throws {
    let (result, fit) = try Self.result(1)
    let table = ObservationsTable(model: fit.model)
    let text = String(decoding: table.rows(result), as: UTF8.self)
    let columns = Columns(
      table.header, Array(text.replacingOccurrences(of: "\"a,b\"", with: "a").utf8))
    // Of one component class and mixture say nothing.
    #expect(
      columns.names == [
        "data_set", "subject", "ID", "occasion", "line", "TIME", "DV", "PRED", "IPRED", "RES",
        "IRES", "IWRES", "EPRED", "EWRES", "NPDE",
      ])
    let errors = PredictionDistributionErrors(
      FittedModel(model: fit.model, estimates: fit.estimates), subjects: fit.subjects)
    #expect(try columns.numbers("NPDE") == errors.values.flatMap { $0 })
    let (dv, expected) = (try columns.numbers("DV"), try columns.numbers("EPRED"))
    let residuals = try columns.numbers("EWRES")
    // The first observation of a subject has nothing before it to be decorrelated with.
    for row in stride(from: 0, to: 800, by: 8) {
      #expect((dv[row] > expected[row]) == (residuals[row] > 0))
    }
    let square = residuals.reduce(0) { $0 + $1 * $1 } / 800
    #expect(square > 0.8 && square < 1.25, "\(square)")
  }

  @Test("subjects have modes and their distances from the class's typical values")
  func subjects() throws {
    let (result, fit) = try Self.result(2)
    let table = SubjectsTable(model: fit.model)
    let text = String(decoding: table.rows(result), as: UTF8.self)
    let columns = Columns(
      table.header, Array(text.replacingOccurrences(of: "\"a,b\"", with: "a").utf8))
    #expect(Array(columns.names.suffix(8).prefix(2)) == ["mode.k", "eta.k"])
    #expect(try columns.numbers("mode.k") == fit.modes)
    let typical = try columns.numbers("class").map { fit.estimates.means[Int($0) - 1][0] }
    #expect(try columns.numbers("eta.k") == zip(fit.modes, typical).map { $0 - $1 })
    // Little shrinks here: mode and mean are close.
    for (i, mode) in fit.modes.enumerated() {
      let component = Int(try columns.numbers("class")[i]) - 1
      let posterior = fit.posteriors[i]
      #expect(
        abs(mode - posterior.mean(component)[0])
          < 0.5 * posterior.covariance(component)[0, 0].squareRoot())
    }
  }

  @Test("influence has the numbers of each subject, in the order of the free parameters")
  func influence() throws {
    let (result, fit) = try Self.result(2)
    let table = InfluenceTable(model: fit.model)
    let text = String(decoding: table.rows(result), as: UTF8.self)
    let columns = Columns(
      table.header, Array(text.replacingOccurrences(of: "\"a,b\"", with: "a").utf8))
    #expect(
      columns.names
        == ["data_set", "subject", "ID", "likelihood_displacement", "largest_change"]
        + fit.free.names.map { "change.\($0)" })
    let influence = try #require(SubjectInfluence(fit))
    let displacements = try columns.numbers("likelihood_displacement")
    let largest = try columns.numbers("largest_change")
    let changes = try fit.free.names.map { try columns.numbers("change.\($0)") }
    #expect(displacements.count == 100)
    influence.forEachSubject { place, displacement, own in
      #expect(displacements[place] == displacement)
      #expect(changes.map { $0[place] } == own)
      #expect(abs(largest[place]) == own.map(abs).max() && own.contains(largest[place]))
    }
    let most = try #require(fit.influence?.most)
    #expect(most.map(\.displacement) == Array(displacements.sorted(by: >).prefix(10)))
  }
}
