/// The statements and expressions of a text, without their meaning.
///
/// All expressions are in one array, operands before what they are operands of: nothing that reads
/// it needs recursion, however deep an expression is.
struct Syntax {
  typealias Span = SourceText.Span

  struct Node {
    enum Kind {
      case number(Double)
      case name(Int)
      /// d/dt of a compartment
      case derivative(Int)
      case operation(Operation)
      /// Of the library model; its arguments are `Call`s.
      case libraryCall(Int)
      /// Part of a statement that was not understood; what follows from it is not told.
      case fault
    }
    var kind: Kind
    var a: Int32 = -1
    var b: Int32 = -1
    var c: Int32 = -1
    var span: Span
  }

  /// The arguments of a library call.
  struct Call {
    struct Argument {
      var name: Int
      var nameSpan: Span
      var value: Int
    }
    var arguments: [Argument] = []
    var span: Span
  }

  enum Target {
    case variable(Int)
    case derivative(Int)
    case property(CompartmentProperty, Int)
  }

  enum Statement {
    /// Nodes `first ... value` are the expression's.
    case assign(Target, Span, first: Int, value: Int)
    case beginIf(first: Int, condition: Int, Span)
    case beginElse
    case endIf
  }

  var nodes: [Node] = []
  var calls: [Call] = []
  var statements: [Statement] = []
  var names: [String] = []
  /// Whether a block has no end, so that nobody knows what belongs to it.
  var isUnclosed = false
  private var numbers: [String: Int] = [:]

  /// The number of a name.
  mutating func number(_ name: String) -> Int {
    if let number = numbers[name] { return number }
    numbers[name] = names.count
    names.append(name)
    return names.count - 1
  }

  func number(of name: String) -> Int? { numbers[name] }
}
