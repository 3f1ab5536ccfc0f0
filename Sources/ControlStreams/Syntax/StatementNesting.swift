/// What a line of abbreviated code does.
enum CodeLine {
  /// `IF (…) THEN`
  case begin(Expression)
  /// `ELSE IF (…) THEN`, or `ELSE` without a condition.
  case alternative(Expression?)
  /// `ENDIF`
  case end
  case statement(Statement)
}

/// Statements in the branches of IFs that are still open.
struct StatementNesting {
  private struct Block {
    var branches: [Statement.Branch]
    /// The position of the IF.
    var position: Position
  }

  /// The statements outside of all open blocks.
  private(set) var statements: [Statement] = []
  private var blocks: [Block] = []

  /// The positions of IFs without an ENDIF.
  var open: [Position] { blocks.map(\.position) }

  mutating func add(_ line: CodeLine, _ place: Position) throws(Fault) {
    switch line {
    case .begin(let condition):
      blocks.append(Block(branches: [.init(condition: condition, statements: [])], position: place))
    case .alternative(let condition):
      guard let last = blocks.last else {
        throw Fault(place, "ELSE without an IF … THEN before it.")
      }
      guard last.branches.last?.condition != nil else {
        throw Fault(place, "a second ELSE of one IF.")
      }
      blocks[blocks.count - 1].branches.append(.init(condition: condition, statements: []))
    case .end:
      guard let block = blocks.popLast() else {
        throw Fault(place, "ENDIF without an IF … THEN before it.")
      }
      add(.conditional(block.branches, block.position))
    case .statement(let statement): add(statement)
    }
  }

  private mutating func add(_ statement: Statement) {
    guard let block = blocks.indices.last else { return statements.append(statement) }
    let branch = blocks[block].branches.count - 1
    blocks[block].branches[branch].statements.append(statement)
  }
}
