import Synchronization

/// The counters of the threads of one process.
final class CounterValues: Sendable {
  private let values: Mutex<[Int64]>

  init(_ count: Int) { values = Mutex(Array(repeating: 0, count: count)) }

  func add(_ amount: Int64, to index: Int) -> Int64 {
    values.withLock {
      let before = $0[index]
      $0[index] &+= amount
      return before
    }
  }
}

/// One thread's handle of them.
final class LocalCounters: SharedCounters {
  private let values: CounterValues
  private let answer = Mutex<Int64>(0)

  init(_ values: CounterValues) { self.values = values }

  func begin(adding amount: Int64, to index: Int) {
    let before = values.add(amount, to: index)
    answer.withLock { $0 = before }
  }

  func before() -> Int64 { answer.withLock { $0 } }

  func free() {}
}
