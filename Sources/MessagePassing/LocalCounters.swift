import Synchronization

/// Counters of the threads of one process.
final class LocalCounters: SharedCounters {
  private let values: Mutex<[Int64]>

  init(_ count: Int) { values = Mutex(Array(repeating: 0, count: count)) }

  func add(_ amount: Int64, to index: Int) -> Int64 {
    values.withLock {
      let before = $0[index]
      $0[index] &+= amount
      return before
    }
  }

  func free() {}
}
