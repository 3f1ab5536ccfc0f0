import FoundationEssentials
import Logging

/// Log lines for people: time in UTC and the message, on standard error.
struct LineLogHandler: LogHandler {
  var logLevel: Logger.Level = .info
  var metadata: Logger.Metadata = [:]

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let mark = event.level >= .warning ? " \(event.level):" : ""
    StandardStream.error.write("\(Date.now.formatted(.iso8601))\(mark) \(event.message)\n")
  }
}
