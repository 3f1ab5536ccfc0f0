import Spelling

/// Reads the records of a control stream into their meaning, and notes all that is wrong at once.
struct ControlStreamReader {
  private let records: [ControlRecord]
  private(set) var faults: FaultList
  private var stream = ControlStream()

  init(_ scanner: RecordScanner) {
    records = scanner.records
    faults = scanner.faults
  }

  /// Reads all records; what cannot be read is among `faults`, and left out.
  mutating func read() -> ControlStream {
    for record in records where stream.places[record.kind] == nil {
      stream.places[record.kind] = record.position
    }
    readProblem()
    readData()
    readColumns()
    checkConditions()
    readKinetics()
    readCode()
    readParameters()
    readRequests()
    checkCompleteness()
    return stream
  }

  /// The records of one kind in their order.
  private func all(_ kind: RecordKind) -> [ControlRecord] { records.filter { $0.kind == kind } }

  /// The first record, where an error says what is missing.
  private var start: Position { records.first?.position ?? .beginning }

  /// Does something with the control stream, and notes the error that it ends with.
  @discardableResult
  private mutating func noting<Value>(
    _ work: (inout ControlStream) throws(Fault) -> Value
  ) -> Value? {
    do throws(Fault) { return try work(&stream) } catch {
      faults.add(error)
      return nil
    }
  }

  private mutating func readProblem() {
    let problems = all(.problem)
    if problems.count > 1 {
      faults.add(
        Fault(
          problems[1].position,
          "a second $PROBLEM; a job has one model: write it into a separate file."))
    }
    stream.problem = problems.first?.text.trimmed ?? ""
  }

  // MARK: data

  private mutating func readData() {
    var data: DataRecord?
    for record in all(.data) {
      data = noting { _ throws(Fault) in try DataRecord(record) } ?? data
    }
    if let data {
      if !data.accept.isEmpty, data.ignore.contains(where: { $0.count > 1 }) {
        faults.add(
          Fault(
            data.position,
            "a list of IGNORE and one of ACCEPT, of which NONMEM takes one; put all conditions into one of them."
          ))
      }
      stream.data = data
    } else if all(.data).isEmpty {
      faults.add(Fault(start, "there is no $DATA, which names the data file."))
    }
  }

  private mutating func readColumns() {
    let inputs = all(.input)
    stream.columns = noting { _ throws(Fault) in try InputColumn.read(inputs) } ?? []
    guard let input = inputs.first else {
      faults.add(Fault(start, "there is no $INPUT, which names the columns of the data."))
      return
    }
    let columns = stream.columns.filter { !$0.isDropped }
    guard !stream.columns.isEmpty else { return }
    for name in ["ID", "DV", "TIME"] where !columns.contains(where: { $0.name == name }) {
      faults.add(
        Fault(
          input.position,
          "$INPUT has no \(name), which every data set needs"
            + (name == "TIME" ? "; number the records in order, if there are no times." : ".")))
    }
    for (index, column) in columns.enumerated()
    where columns[..<index].contains(where: { $0.name == column.name }) {
      faults.add(
        Fault(column.position, "\(column.name) stands twice in $INPUT; DROP one of them."))
    }
  }

  /// Notes conditions of `$DATA` about columns that are not there.
  private mutating func checkConditions() {
    let (data, columns) = (stream.data, stream.columns)
    for rule in data.ignore + data.accept where rule.count > 1 && !columns.isEmpty {
      let name = DataRecord.column(of: rule)
      if columns.contains(where: { $0.synonyms.contains(name) || $0.name.hasPrefix(name + "_") }) {
        continue
      }
      let nearest = nearestName(to: name, among: columns.flatMap(\.synonyms))
      faults.add(
        Fault(
          data.position,
          "the condition \(rule) is about \(name), which is no column of $INPUT"
            + (nearest.map { "; did you mean \($0)?" } ?? ".")))
    }
  }

  // MARK: model

  private mutating func readKinetics() {
    let subroutines = all(.subroutines)
    stream.subroutine = noting { _ throws(Fault) in try Subroutine.read(subroutines) } ?? nil
    if let record = all(.model).first {
      stream.compartments = noting { _ throws(Fault) in try CompartmentList.read(record) }
    }
  }

  private mutating func readCode() {
    var replacements = Replacements()
    for record in all(.abbreviated) {
      noting { _ throws(Fault) in try replacements.read(record) }
    }
    stream.hasPredictions = !all(.predictions).isEmpty
    stream.parameters = code(stream.hasPredictions ? .predictions : .parameters, replacements)
    stream.derivatives = code(.derivatives, replacements)
    stream.error = code(.error, replacements)
    guard let mixture = all(.mixture).first else { return }
    stream.mixture = code(.mixture, replacements)
    stream.mixturePosition = mixture.position
  }

  private mutating func code(_ kind: RecordKind, _ replacements: Replacements) -> [Statement] {
    var statements: [Statement] = []
    for record in all(kind) {
      var parser = CodeParser(replacements: replacements)
      statements += parser.parse(record, &faults)
    }
    return statements
  }

  /// Reads THETAs, OMEGA, SIGMA, and their prior, which may stand among them.
  private mutating func readParameters() {
    for record in all(.theta) {
      noting { stream throws(Fault) in
        stream.thetas += try Theta.read(record, after: stream.thetas.count)
      }
    }
    for record in all(.omega) { noting { stream throws(Fault) in try stream.omega.read(record) } }
    for record in all(.sigma) { noting { stream throws(Fault) in try stream.sigma.read(record) } }
    if let record = all(.prior).first {
      let records = records
      noting { stream throws(Fault) in
        stream.prior = try NormalWishartPrior.read(
          record, records, &stream.thetas, &stream.omega)
      }
    }
  }

  /// Reads what is asked for: estimation, tables, simulation.
  private mutating func readRequests() {
    for record in all(.estimation) {
      noting { stream throws(Fault) in try stream.estimation.read(record) }
    }
    for record in all(.table) {
      noting { stream throws(Fault) in
        if let table = try TableRecord.read(record) { stream.tables.append(table) }
      }
    }
    for record in all(.simulation) {
      stream.notes.append(
        "line \(record.position.line): \(record.name) is left out; `popmix simulate` draws data sets."
      )
    }
  }

  private mutating func checkCompleteness() {
    guard !stream.hasPredictions else { return }
    if stream.subroutine == nil, all(.subroutines).isEmpty {
      faults.add(
        Fault(
          start, "there is neither $PRED nor $SUBROUTINES with $PK, which say what the model is."))
    }
    if all(.error).isEmpty {
      faults.add(Fault(start, "there is no $ERROR, which says what is observed."))
    }
  }
}
