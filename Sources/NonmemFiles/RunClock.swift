import Glibc

/// When a run began and ended, as `date` writes it.
struct RunClock {
  let start: String
  let stop: String

  init(_ run: NonmemRun) {
    // 2026-11-26T20:00:00Z
    let numbers = (run.started ?? "").split { !$0.isNumber }.compactMap { Int32($0) }
    guard numbers.count == 6 else {
      (start, stop) = ("unknown", "unknown")
      return
    }
    var parts = tm()
    (parts.tm_year, parts.tm_mon, parts.tm_mday) = (numbers[0] - 1900, numbers[1] - 1, numbers[2])
    (parts.tm_hour, parts.tm_min, parts.tm_sec) = (numbers[3], numbers[4], numbers[5])
    let begin = timegm(&parts)
    start = Self.text(begin)
    stop = Self.text(begin + Int((run.seconds ?? 0).rounded(.up)))
  }

  private static func text(_ seconds: time_t) -> String {
    var (seconds, parts) = (seconds, tm())
    gmtime_r(&seconds, &parts)
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
      let count = strftime(buffer.baseAddress, buffer.count, "%a %b %e %H:%M:%S UTC %Y", &parts)
      return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }
}
