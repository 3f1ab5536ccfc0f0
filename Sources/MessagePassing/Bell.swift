import Synchronization

/// By which any rank of a group tells all of them something once, without anybody waiting.
public protocol Bell: Sendable {
  /// Rings it, as often as one likes; not collective.
  func ring() throws(CommunicationError)

  /// Whether any rank has rung, as far as this one has heard; not collective.
  func hasRung() throws(CommunicationError) -> Bool

  /// Gives the bell back; collective.
  func free() throws(CommunicationError)
}

/// The bell of the threads of one process.
final class LocalBell: Bell {
  private let isRung = Atomic(false)

  func ring() { isRung.store(true, ordering: .relaxed) }
  func hasRung() -> Bool { isRung.load(ordering: .relaxed) }
  func free() {}
}
