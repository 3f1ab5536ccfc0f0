/// One thing in a control stream that is wrong or cannot be translated, at its place.
package struct ControlStreamFault: Sendable, Equatable {
  package var position: Position
  /// What was found, why it cannot be taken over, and what to do.
  package var message: String
}

/// Why a control stream cannot be translated.
package struct ControlStreamError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file, as in messages.
  package var path: String
  /// In the order of their places; at least one.
  package var faults: [ControlStreamFault]

  /// Of a job that a stream was translated to, and that says what none can.
  package init(path: String, ofItsJob messages: [String]) {
    self.init(
      path: path,
      faults: messages.map {
        ControlStreamFault(
          position: Position(line: 1, column: 1),
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
  /// From 1.
  package var line: Int
  /// In characters, from 1.
  package var column: Int

  package static func < (a: Position, b: Position) -> Bool {
    (a.line, a.column) < (b.line, b.column)
  }
}

/// A fault on its way to the list of them.
struct Fault: Error {
  var position: Position
  var message: String

  init(_ position: Position, _ message: String) {
    self.position = position
    self.message = message
  }
}

/// Collects faults, so that all that do not follow from each other are told at once.
struct FaultList {
  private(set) var faults: [ControlStreamFault] = []

  mutating func add(_ fault: Fault) {
    let one = ControlStreamFault(position: fault.position, message: fault.message)
    if !faults.contains(one) { faults.append(one) }
  }

  /// Does something, and notes the fault that it ends with.
  mutating func noting<Value>(_ work: () throws(Fault) -> Value) -> Value? {
    do throws(Fault) { return try work() } catch {
      add(error)
      return nil
    }
  }

  /// - Throws: the faults, if there are any.
  func check(path: String) throws(ControlStreamError) {
    guard !faults.isEmpty else { return }
    throw ControlStreamError(path: path, faults: faults.sorted { $0.position < $1.position })
  }
}
