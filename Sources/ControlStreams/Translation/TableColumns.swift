/// What columns of `$TABLE` are called in a job.
struct TableColumns {
  let stream: ControlStream
  let model: TranslatedModel

  /// Columns that popmix computes of records.
  private static let computed: Set<String> = [
    "ID", "TIME", "DV", "PRED", "RES", "WRES", "IPRED", "IRES", "IWRES", "CWRES", "NPDE", "EPRED",
    "EWRES", "MIXEST", "SUBPOP", "MDV", "EVID",
  ]

  /// The job's name of a column; `nil` if it is a variable of the code, or something of NONMEM's
  /// own.
  func name(_ column: String) -> String? {
    if let own = stream.columns.first(where: { $0.synonyms.contains(column) }) {
      return own.isDropped ? nil : own.name
    }
    if Self.computed.contains(column) || isRandom(column) { return column }
    let effects = model.forms.map(\.name) + model.fixedEffects.map(\.name)
    return effects.contains(column) ? column : nil
  }

  /// Whether a column is `ETA1`, `ETA(1)` or `PHI(1)` of an ETA that there is.
  private func isRandom(_ column: String) -> Bool {
    for prefix in ["ETA", "PHI"] where column.hasPrefix(prefix) {
      var rest = column.dropFirst(prefix.count)
      if rest.first == "(", rest.last == ")" {
        rest = rest.dropFirst().dropLast()
      } else if prefix == "PHI" {
        return false
      }
      if let number = Int(rest), 1...max(1, stream.omega.count) ~= number, stream.omega.count > 0 {
        return true
      }
    }
    return false
  }

  /// Notes on columns that are left out, one for each table.
  var notes: [String] {
    stream.tables.compactMap { table in
      let missing = table.columns.filter { name($0) == nil }
      return missing.isEmpty
        ? nil
        : "the table \(table.file) is without \(missing.joined(separator: ", ")): variables of the code are not computed for tables."
    }
  }
}
