import CCrypto

/// SHA-256 of bytes that come one after the other.
package final class FileDigest {
  private let context: OpaquePointer

  package init() {
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      preconditionFailure("libcrypto knows SHA-256")
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  package func add(_ bytes: UnsafeRawBufferPointer) {
    let status = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
    precondition(status == 1, "libcrypto takes in bytes")
  }

  /// Number of bytes of a digest.
  static let byteCount = 32

  /// The digest; nothing may be added afterwards.
  func finish() -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: Self.byteCount)
    let status = EVP_DigestFinal_ex(context, &digest, nil)
    precondition(status == 1, "libcrypto ends a digest")
    return digest
  }

  /// The digest in hexadecimal digits, as `sha256sum` prints it; nothing may be added afterwards.
  package func hexadecimal() -> String {
    let digest = finish()
    let digits = Array("0123456789abcdef".utf8)
    let text = digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return String(decoding: text, as: UTF8.self)
  }
}
