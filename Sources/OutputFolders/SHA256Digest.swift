import DataPartition
import Glibc
import PopulationData

/// SHA-256 of bytes in hexadecimal digits, as `sha256sum` prints it.
package func sha256(_ bytes: [UInt8]) -> String { sha256([bytes]) }

/// SHA-256 of texts one after the other.
package func sha256(_ texts: [[UInt8]]) -> String {
  let digest = FileDigest()
  for text in texts { text.withUnsafeBytes { digest.add($0) } }
  return digest.hexadecimal()
}

/// SHA-256 of a file; `nil` if it is none, or cannot be read.
package func fileDigest(_ path: String) -> String? {
  var status = stat()
  guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return nil }
  defer { close(descriptor) }
  let digest = FileDigest()
  return FileRange.forEachPiece(descriptor) { digest.add($0) } ? digest.hexadecimal() : nil
}
