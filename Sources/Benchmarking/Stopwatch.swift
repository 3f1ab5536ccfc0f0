import Glibc

/// Times of repeated measurements, in seconds.
package struct Timing: Codable, Sendable, Equatable {
  package let least: Double
  package let median: Double
  package let largest: Double
  /// Number of measurements.
  package let count: Int

  /// - Parameter seconds: at least one measurement.
  package init(_ seconds: [Double]) {
    precondition(!seconds.isEmpty, "something was measured")
    least = seconds.min()!
    median = Benchmarking.median(seconds)
    largest = seconds.max()!
    count = seconds.count
  }
}

/// The middle value, or the mean of the two in the middle.
func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  let middle = sorted.count / 2
  return sorted.count % 2 == 1 ? sorted[middle] : 0.5 * (sorted[middle - 1] + sorted[middle])
}

/// Seconds that an action takes, by a clock that is never set.
@inline(__always)
func seconds(of action: () throws -> Void) rethrows -> Double {
  let start = now()
  try action()
  return now() - start
}

/// The least of several measurements: what else the machine does can only add to a time.
func leastSeconds(of repetitions: Int, _ action: () throws -> Void) rethrows -> Double {
  var least = Double.infinity
  for _ in 0..<repetitions { least = min(least, try seconds(of: action)) }
  return least
}

/// Seconds that an action takes by the clock on the wall, and the seconds that this process worked
/// meanwhile. The latter leave out when other processes had the core.
func elapsed(_ action: () throws -> Void) rethrows -> (wall: Double, processor: Double) {
  let start = (now(), now(CLOCK_PROCESS_CPUTIME_ID))
  try action()
  return (now() - start.0, now(CLOCK_PROCESS_CPUTIME_ID) - start.1)
}

private func now(_ clock: clockid_t = CLOCK_MONOTONIC) -> Double {
  var time = timespec()
  clock_gettime(clock, &time)
  return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
}
