import MessagePassing
import NumericKernels
package import PopulationModel
package import Report

/// A file as `$TABLE` makes it: a row for each record of the data, numbers as `s1PE11.4`.
package struct NonmemTable: Sendable {
  package enum Header: Sendable {
    /// The title and the names of the columns every 900 rows.
    case each
    case once
    case none
  }

  package var columns: [String]
  package var header: Header
  /// Whether there is only the first row of each individual.
  package var isFirstOnly: Bool

  package init(columns: [String], header: Header = .once, isFirstOnly: Bool = false) {
    self.columns = columns
    self.header = header
    self.isFirstOnly = isFirstOnly
  }

  static let rowsToAHeader = 900

  /// - Parameters:
  ///   - number: of the table, from 1.
  ///   - before: rows of the table before these.
  func text(_ rows: [[Double]], number: Int, before: Int) -> String {
    let head =
      "TABLE NO." + NonmemNumber.padded("\(number)", 3) + "\n"
      + columns.map { NonmemNumber.label($0, width: 11) }.joined() + "\n"
    var text = ""
    for (own, row) in rows.enumerated() {
      let place = before + own
      switch header {
      case .each where place % Self.rowsToAHeader == 0, .once where place == 0: text += head
      case .each, .once, .none: break
      }
      text += row.map(NonmemNumber.table).joined() + "\n"
    }
    return text
  }
}

/// The records of a data set, as tables show them, or one rank's part of them.
package struct NonmemRecords: Sendable {
  package struct Record: Sendable {
    /// Of the individual; that of a text is its number.
    package var id: Double
    /// Place among the subjects; `nil` of an individual without observations.
    package var subject: Int?
    package var isFirst: Bool
    package var time: Double
    /// By column of the file.
    package var fields: [Double]
    /// By column of `observations.csv`, NaN where there is no number; `nil` of a record without an
    /// observation.
    package var observation: [Double]?

    package init(
      id: Double, subject: Int?, isFirst: Bool, time: Double, fields: [Double],
      observation: [Double]?
    ) {
      self.id = id
      self.subject = subject
      self.isFirst = isFirst
      self.time = time
      self.fields = fields
      self.observation = observation
    }
  }

  /// In capitals.
  package var fileColumns: [String]
  package var observationColumns: [String]
  package var records: [Record]
  /// Those of the records; `nil` if they are this rank's of the run.
  package var subjects: [SubjectResult]?

  package init(
    fileColumns: [String], observationColumns: [String], records: [Record],
    subjects: [SubjectResult]? = nil
  ) {
    self.subjects = subjects
    self.fileColumns = fileColumns
    self.observationColumns = observationColumns
    self.records = records
  }
}

/// What a column of a table holds.
enum TableColumn: Sendable, Equatable {
  case id, time, event, missingValue, subpopulation
  case value
  /// Of `observations.csv`.
  case diagnostic(String)
  case eta(Int)
  case phi(Int)
  /// The individual value of a random effect, by its place.
  case effect(Int)
  /// That of a structural parameter without a random effect, by its place among the direct
  /// parameters.
  case fixedEffect(Int)
  case file(Int)

  private static let diagnostics = [
    "PRED", "MPRED", "IPRED", "MIPRED", "RES", "IRES", "IWRES", "EPRED", "EWRES", "NPDE",
  ]

  /// - Parameter files: columns of the data file, in capitals.
  init?(_ name: String, model: MixtureModel, etaCount: Int, files: [String]) {
    let capitals = name.uppercased()
    if let own = Self.standard(capitals, isMixture: model.componentCount > 1) {
      self = own
    } else if let place = Self.number(capitals, ["ETA", "ET"]),
      (1...max(1, etaCount)).contains(place)
    {
      self = .eta(place - 1)
    } else if let place = Self.number(capitals, ["PHI"]), (1...max(1, etaCount)).contains(place) {
      self = .phi(place - 1)
    } else if let place = model.effects.firstIndex(where: { $0.name.uppercased() == capitals }) {
      self = .effect(place)
    } else if let place = model.direct.firstIndex(where: {
      $0.isStructural && $0.base.uppercased() == "MU.\(capitals)"
    }) {
      self = .fixedEffect(place)
    } else if let place = files.firstIndex(of: capitals) {
      self = .file(place)
    } else if capitals == "MDV" {
      self = .missingValue
    } else if capitals == "EVID" {
      self = .event
    } else {
      return nil
    }
  }

  private static func standard(_ name: String, isMixture: Bool) -> TableColumn? {
    switch name {
    case "ID": .id
    case "TIME": .time
    case "DV": .value
    case "WRES", "CWRES": .diagnostic("EWRES")
    case "MIXEST", "SUBPOP": .subpopulation
    case "MPRED", "MIPRED": .diagnostic(isMixture ? name : String(name.dropFirst()))
    default: diagnostics.contains(name) ? .diagnostic(name) : nil
    }
  }

  /// 2 of `ETA2` and `ETA(2)`.
  private static func number(_ name: String, _ words: [String]) -> Int? {
    for word in words where name.hasPrefix(word) {
      var rest = name.dropFirst(word.count)
      if rest.hasPrefix("("), rest.hasSuffix(")") { rest = rest.dropFirst().dropLast() }
      if !rest.isEmpty, rest.allSatisfy(\.isNumber), let number = Int(rest) { return number }
    }
    return nil
  }
}

extension NonmemTable {
  /// The first column that there is not.
  /// - Parameter fileColumns: of the data, in capitals.
  package static func unknownColumn(
    _ names: [String], model: MixtureModel, numbering: NonmemNumbering, fileColumns: [String]
  ) -> String? {
    names.first {
      TableColumn($0, model: model, etaCount: numbering.etas.count, files: fileColumns) == nil
    }
  }
}

extension RawTables {
  /// The text of a table, or this rank's stretch of it; columns that there are not are 0.
  /// Collective.
  func table(
    _ table: NonmemTable, number: Int, _ source: NonmemRecords, by communicator: any Communicator
  ) throws(CommunicationError) -> String {
    let subjects = source.subjects ?? run.subjects
    let columns = table.columns.map {
      TableColumn(
        $0, model: run.model, etaCount: parameters.etaCount, files: source.fileColumns)
    }
    let places = Dictionary(
      source.observationColumns.enumerated().map { ($1, $0) }, uniquingKeysWith: { a, _ in a })
    let scales = parameters.scales(at: fitted)
    // Of the class, as NONMEM's tables have those of MIXEST.
    let moments = subjects.map {
      estimates.moments($0, in: $0.component, scales: scales, estimates: fitted)
    }
    func finite(_ value: Double?) -> Double {
      value.flatMap { $0.isFinite ? $0 : nil } ?? 0
    }
    let rows = source.records.filter { !table.isFirstOnly || $0.isFirst }.map { record in
      columns.map { column -> Double in
        func diagnostic(_ name: String) -> Double {
          finite(record.observation.flatMap { own in places[name].map { own[$0] } })
        }
        let subject = record.subject.map { subjects[$0] }
        switch column {
        case .id: return record.id
        case .time: return record.time
        case .event, .missingValue: return record.observation == nil ? 1 : 0
        case .subpopulation: return Double((subject?.component ?? 0) + 1)
        case .value:
          if record.observation != nil { return diagnostic("DV") }
          return finite(source.fileColumns.firstIndex(of: "DV").map { record.fields[$0] })
        case .diagnostic(let name): return diagnostic(name)
        case .eta(let i): return record.subject.map { moments[$0].eta[i] } ?? 0
        case .phi(let i): return record.subject.map { moments[$0].phi[i] } ?? 0
        case .effect(let j):
          let k = subject?.component ?? 0
          return finite(
            run.model.effects[j].distribution.natural(
              subject?.means[k][j] ?? fitted.means[k][j]))
        case .fixedEffect(let a):
          guard case .structural(_, let distribution) = run.model.direct[a].kind else { return 0 }
          return finite(distribution.natural(fitted.direct[subject?.component ?? 0][a]))
        case .file(let place): return finite(record.fields[place])
        case nil: return 0
        }
      }
    }
    let counts = try communicator.allGather(Int64(rows.count))
    return table.text(
      rows, number: number, before: Int(counts[..<communicator.rank].reduce(0, +)))
  }
}
