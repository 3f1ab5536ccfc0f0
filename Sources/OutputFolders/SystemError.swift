import Glibc

/// The system's last error in its words.
package struct SystemError: Error, CustomStringConvertible {
  package let code: Int32

  package init(code: Int32 = errno) { self.code = code }

  package var description: String { String(cString: strerror(code)) }
}
