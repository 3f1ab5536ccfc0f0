import Spelling

/// A control stream, read but not yet understood.
struct ControlStream {
  var problem = ""
  var data: DataRecord
  var columns: [InputColumn]
  var subroutine: Subroutine?
  var compartments: CompartmentList?
  /// `$PK` or `$PRED`
  var parameters: [Statement] = []
  var hasPredictions = false
  var derivatives: [Statement] = []
  var error: [Statement] = []
  var mixture: [Statement]?
  /// Of the first $MIX, or of the beginning.
  var mixturePosition = Position(line: 1, column: 1)
  /// Where records begin.
  var places: [RecordKind: Position] = [:]
  var thetas: [Theta] = []
  var omega = CovarianceBlocks()
  var sigma = CovarianceBlocks()
  var prior: NormalWishartPrior?
  var estimation = EstimationRecord()
  var tables: [TableRecord] = []
  var notes: [String] = []

  /// - Throws: all faults of its form.
  init(_ text: String, path: String) throws(ControlStreamError) {
    let scanner = RecordScanner(text)
    var faults = scanner.faults
    let records = scanner.records
    // What is missing then follows from that.
    if records.isEmpty { try faults.check(path: path) }
    var data: DataRecord?
    columns = []
    self.data = DataRecord(file: "")
    func all(_ kind: RecordKind) -> [ControlRecord] { records.filter { $0.kind == kind } }
    for record in records where places[record.kind] == nil { places[record.kind] = record.position }
    if all(.problem).count > 1 {
      faults.add(
        Fault(
          all(.problem)[1].position,
          "a second $PROBLEM; a job has one model: write it into a file of its own."))
    }
    problem = all(.problem).first?.text.trimmed ?? ""
    for record in all(.data) {
      data = faults.noting { () throws(Fault) in try DataRecord(record) } ?? data
    }
    let start = records.first?.position ?? Position(line: 1, column: 1)
    if let data {
      if !data.accept.isEmpty, data.ignore.contains(where: { $0.count > 1 }) {
        faults.add(
          Fault(
            data.position,
            "a list of IGNORE and one of ACCEPT, of which NONMEM takes one; put all conditions into one of them."
          ))
      }
      self.data = data
    } else if all(.data).isEmpty {
      faults.add(Fault(start, "there is no $DATA, which names the data file."))
    }
    columns = faults.noting { () throws(Fault) in try InputColumn.read(all(.input)) } ?? []
    if all(.input).isEmpty {
      faults.add(Fault(start, "there is no $INPUT, which names the columns of the data."))
    } else if !columns.isEmpty {
      for name in ["ID", "DV", "TIME"]
      where !columns.contains(where: { $0.name == name && !$0.isDropped }) {
        faults.add(
          Fault(
            all(.input)[0].position,
            "$INPUT has no \(name), which every data set needs"
              + (name == "TIME" ? "; number the records in order, if there are no times." : ".")))
      }
      for (index, column) in columns.enumerated() where !column.isDropped {
        if columns[..<index].contains(where: { !$0.isDropped && $0.name == column.name }) {
          faults.add(
            Fault(column.position, "\(column.name) stands twice in $INPUT; DROP one of them."))
        }
      }
    }
    for rule in self.data.ignore + self.data.accept where rule.count > 1 && !columns.isEmpty {
      let name = rule.prefix { $0.isLetter || $0.isNumber || $0 == "_" }.uppercased()
      if !columns.contains(where: { $0.synonyms.contains(name) || $0.name.hasPrefix(name + "_") }) {
        let nearest = nearestName(to: name, among: columns.flatMap(\.synonyms))
        faults.add(
          Fault(
            self.data.position,
            "the condition \(rule) is about \(name), which is no column of $INPUT"
              + (nearest.map { "; did you mean \($0)?" } ?? ".")))
      }
    }
    subroutine = faults.noting { () throws(Fault) in try Subroutine.read(all(.subroutines)) } ?? nil
    if let record = all(.model).first {
      compartments = faults.noting { () throws(Fault) in try CompartmentList.read(record) }
    }
    var replacements: [String: (String, Int)] = [:]
    for record in all(.abbreviated) {
      faults.noting { () throws(Fault) in try Self.read(record, &replacements) }
    }
    func code(_ kind: RecordKind) -> [Statement] {
      var statements: [Statement] = []
      for record in all(kind) {
        var parser = CodeParser(replacements: replacements)
        statements += parser.parse(record, &faults)
      }
      return statements
    }
    hasPredictions = !all(.predictions).isEmpty
    parameters = code(hasPredictions ? .predictions : .parameters)
    derivatives = code(.derivatives)
    error = code(.error)
    mixture = all(.mixture).isEmpty ? nil : code(.mixture)
    mixturePosition = all(.mixture).first?.position ?? mixturePosition
    for record in all(.theta) {
      thetas +=
        faults.noting { () throws(Fault) in try Theta.read(record, after: thetas.count) } ?? []
    }
    for record in all(.omega) { faults.noting { () throws(Fault) in try omega.read(record) } }
    for record in all(.sigma) { faults.noting { () throws(Fault) in try sigma.read(record) } }
    if let record = all(.prior).first {
      prior = faults.noting { () throws(Fault) in
        try NormalWishartPrior.read(record, records, &thetas, &omega)
      }
    }
    for record in all(.estimation) {
      faults.noting { () throws(Fault) in try estimation.read(record) }
    }
    for record in all(.table) {
      if let table = faults.noting({ () throws(Fault) in try TableRecord.read(record) }) ?? nil {
        tables.append(table)
      }
    }
    for record in records where record.kind == .simulation {
      notes.append(
        "line \(record.position.line): \(record.name) is left out; `popmix simulate` draws data sets."
      )
    }
    if !hasPredictions {
      if subroutine == nil, all(.subroutines).isEmpty {
        faults.add(
          Fault(
            start, "there is neither $PRED nor $SUBROUTINES with $PK, which say what the model is.")
        )
      }
      if all(.error).isEmpty {
        faults.add(Fault(start, "there is no $ERROR, which says what is observed."))
      }
    }
    try faults.check(path: path)
  }

  /// `$ABBR REPLACE THETA(CL)=THETA(1)`
  private static func read(
    _ record: ControlRecord, _ replacements: inout [String: (String, Int)]
  ) throws(Fault) {
    var reader = try WordReader(record)
    guard let first = reader.name else { throw reader.unexpected("REPLACE") }
    guard first == "REPLACE" else {
      if first == "DERIV2" || first == "DERIV1" || first == "FASTDER" || first == "PROTECT" {
        return
      }
      throw Fault(
        reader.position,
        "$ABBREVIATED \(first) is not supported"
          + (first == "COMRES"
            ? ": values that are kept from record to record (COM) are not known to a job." : "."))
    }
    while reader.name == "REPLACE" {
      reader.advance()
      func item(_ reader: inout WordReader) throws(Fault) -> (String, String) {
        guard let name = reader.name else { throw reader.unexpected("a name such as THETA(CL)") }
        reader.advance()
        try reader.expect(.open, "`(`")
        guard let index = reader.name else { throw reader.unexpected("a name or number") }
        reader.advance()
        try reader.expect(.close, "`)`")
        return (name, index)
      }
      let (name, label) = try item(&reader)
      try reader.expect(.equals, "`=`")
      let place = reader.position
      let (target, index) = try item(&reader)
      guard let number = Int(index) else {
        throw Fault(
          place, "the number of \(target)(\(index)) is not a whole number; lists are not supported."
        )
      }
      replacements["\(name)(\(label))"] = (target, number)
    }
    if !reader.isAtEnd { throw reader.unexpected("REPLACE") }
  }
}

extension DataRecord {
  fileprivate init(file: String) {
    self.file = file
    position = Position(line: 1, column: 1)
  }
}
