import Glibc

/// Where the program speaks. Written at once, so that lines of a killed job are not lost in a buffer.
enum StandardStream {
  case output, error

  private var descriptor: Int32 { self == .output ? STDOUT_FILENO : STDERR_FILENO }

  var isTerminal: Bool { isatty(descriptor) == 1 }

  func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      var written = 0
      while written < bytes.count {
        let count = Glibc.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
        if count < 0, errno == EINTR { continue }
        // A closed pipe or a full disk: there is nobody to tell.
        guard count > 0 else { return }
        written += count
      }
    }
  }
}
