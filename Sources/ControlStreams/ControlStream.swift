/// A control stream, read but not yet understood.
struct ControlStream: Sendable {
  /// The text of `$PROBLEM`.
  var problem = ""
  var data = DataRecord()
  /// The columns of `$INPUT`.
  var columns: [InputColumn] = []
  /// `$SUBROUTINES`; `nil` if there is none, as with `$PRED`.
  var subroutine: Subroutine?
  /// `$MODEL`
  var compartments: CompartmentList?
  /// The code of `$PK` or `$PRED`.
  var parameters: [Statement] = []
  /// Whether the model is written in `$PRED`.
  var hasPredictions = false
  /// The code of `$DES`.
  var derivatives: [Statement] = []
  /// The code of `$ERROR`.
  var error: [Statement] = []
  /// The code of `$MIX`; `nil` without subpopulations.
  var mixture: [Statement]?
  /// The position of the first `$MIX`, or the beginning of the control stream without one.
  var mixturePosition = Position.beginning
  /// The position of the first record of each kind.
  var places: [RecordKind: Position] = [:]
  /// The THETAs of all `$THETA` records in their order.
  var thetas: [Theta] = []
  var omega = CovarianceBlocks()
  var sigma = CovarianceBlocks()
  var prior: NormalWishartPrior?
  var estimation = EstimationRecord()
  /// The `$TABLE` records that write a file.
  var tables: [TableRecord] = []
  /// What was left out that a reader should know of.
  var notes: [String] = []

  init() {}

  /// - Throws: all errors of its form.
  init(_ text: String, path: String) throws(ControlStreamError) {
    let scanner = RecordScanner(text)
    // Whatever else is missing follows from that.
    if scanner.records.isEmpty { try scanner.faults.check(path: path) }
    var reader = ControlStreamReader(scanner)
    self = reader.read()
    try reader.faults.check(path: path)
  }
}
