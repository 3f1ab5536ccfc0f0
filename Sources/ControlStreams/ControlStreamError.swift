/// One thing in a control stream that is wrong or cannot be translated, at its place.
package struct ControlStreamFault: Sendable, Equatable {
  package var position: Position
  /// What was found, why it cannot be taken over, and what to do.
  package var message: String
}

/// Why a control stream cannot be translated.
package struct ControlStreamError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The path of the control stream, as in messages.
  package var path: String
  /// All errors in the order of their places, at least one.
  package var faults: [ControlStreamFault]

  /// The error that a control stream was translated to a job that says what none can.
  package init(path: String, ofItsJob messages: [String]) {
    self.init(
      path: path,
      faults: messages.map {
        ControlStreamFault(
          position: .beginning,
          message: "its job is none that can be fitted: \($0)")
      })
  }

  init(path: String, faults: [ControlStreamFault]) {
    self.path = path
    self.faults = faults
  }

  package var description: String {
    faults.map { "\(path):\($0.position.line):\($0.position.column): \($0.message)" }
      .joined(separator: "\n")
  }
}

/// A place in a control stream.
package struct Position: Sendable, Hashable, Comparable {
  /// The number of the line, from 1.
  package var line: Int
  /// The column in characters, from 1.
  package var column: Int

  static let beginning = Position(line: 1, column: 1)

  package static func < (a: Position, b: Position) -> Bool {
    (a.line, a.column) < (b.line, b.column)
  }
}

/// An error at its place, before it is in a list.
struct Fault: Error {
  var position: Position
  var message: String

  init(_ position: Position, _ message: String) {
    self.position = position
    self.message = message
  }
}

/// A list of errors, so that all that do not follow from each other are reported at once.
struct FaultList {
  private(set) var faults: [ControlStreamFault] = []

  mutating func add(_ fault: Fault) {
    let one = ControlStreamFault(position: fault.position, message: fault.message)
    if !faults.contains(one) { faults.append(one) }
  }

  /// Does something, and notes the error that it ends with.
  @discardableResult
  mutating func noting<Value>(_ work: () throws(Fault) -> Value) -> Value? {
    do throws(Fault) { return try work() } catch {
      add(error)
      return nil
    }
  }

  /// - Throws: the errors in the order of their places, if there are any.
  func check(path: String) throws(ControlStreamError) {
    guard !faults.isEmpty else { return }
    throw ControlStreamError(path: path, faults: faults.sorted { $0.position < $1.position })
  }
}
