import Glibc
import Synchronization

/// Where the program speaks. Written at once, so that lines of a killed job are not lost in a
/// buffer.
enum StandardStream {
  case output, error

  /// Whether something for standard output was lost to a full disk or the like. A reader that has
  /// gone, as `head` does, is no fault.
  static let hasLostOutput = Atomic(false)

  private var descriptor: Int32 { self == .output ? STDOUT_FILENO : STDERR_FILENO }

  var isTerminal: Bool { isatty(descriptor) == 1 }

  func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      var written = 0
      while written < bytes.count {
        let count = Glibc.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else {
          if self == .output, errno != EPIPE {
            Self.hasLostOutput.store(true, ordering: .relaxed)
          }
          return
        }
        written += count
      }
    }
  }
}

extension String {
  /// The text with control characters, which names in a user's files may hold, made visible; lines
  /// stay lines.
  var printable: String {
    guard unicodeScalars.contains(where: \.isControl) else { return self }
    var text = ""
    for scalar in unicodeScalars {
      text += scalar.isControl ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
    }
    return text
  }
}

extension Unicode.Scalar {
  fileprivate var isControl: Bool {
    properties.generalCategory == .control && self != "\n" && self != "\t"
  }
}
