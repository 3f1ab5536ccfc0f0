import FoundationEssentials
import Glibc
import OutputFolders

/// The file of the running program.
package enum ProgramFile {
  /// A number that tells this file on this machine from others.
  package static func identity(host: String) -> Int64 {
    var status = stat()
    guard stat("/proc/self/exe", &status) == 0 else { return Int64(getpid()) }
    return number(
      of: machine(host: host) + [
        "\(status.st_dev)", "\(status.st_ino)", "\(status.st_size)", "\(status.st_mtim.tv_sec)",
      ])
  }

  /// The first digits of the SHA-256 of its bytes.
  package static var fingerprint: String {
    fileDigest("/proc/self/exe").map { String($0.prefix(12)) } ?? "unknown"
  }

  /// A number that processes have in common if they see the same files: those of one machine,
  /// unless some are in a container or have mounts of their own.
  static func viewOfFiles(host: String) -> Int64 {
    var buffer = [CChar](repeating: 0, count: 256)
    let count = readlink("/proc/self/ns/mnt", &buffer, buffer.count - 1)
    let mounts =
      count > 0
      ? String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self) : ""
    return number(of: machine(host: host) + [mounts])
  }

  /// Two machines may have one name, but they were not started at the same moment.
  private static func machine(host: String) -> [String] {
    let boot = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
    return [host, boot ?? ""]
  }

  private static func number(of words: [String]) -> Int64 {
    let digest = sha256(words.map { Array("\($0)\0".utf8) })
    return Int64(bitPattern: UInt64(digest.prefix(16), radix: 16) ?? 0)
  }
}
