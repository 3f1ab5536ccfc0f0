import Glibc
import MessagePassing
import PopulationData

/// A data file that all ranks have opened, in one of the ways to read it.
struct SourceFile {
  enum Form {
    case plain(PlainContents)
    case gzip(GzipContents)
    /// A pipe, which the first rank has read to its end.
    case memory(MemoryContents)
  }

  let form: Form
  /// SHA-256 of the bytes as they are stored.
  let sha256: String

  /// Opens a file; collective.
  ///
  /// The first rank reads all of it once, for the digests and for the length of the inflated text.
  /// A rank whose file is another one throws: of a compressed file as soon as it is opened, as its
  /// text depends on every byte before; of a plain one when it reads a block that differs.
  /// - Throws: `DatasetFailure` if a rank cannot open or read it.
  init(path: String, communicator: any Communicator) throws {
    var found: Examined?
    var error: DatasetError?
    if communicator.rank == 0 {
      do throws(DatasetError) { found = try Examined(path) } catch let caught { error = caught }
    }
    try communicator.throwTogether(error)

    var message = found?.message ?? []
    try communicator.broadcast(&message, root: 0)
    let seen = Description(message)
    sha256 = seen.sha256
    if seen.kind == .memory {
      form = .memory(MemoryContents(bytes: seen.bytes))
      return
    }
    let advice = { (rank: Int) in
      " So says rank \(rank) of \(communicator.size), while the first rank can read it: every "
        + "rank needs the file under this path, so put it on a file system that they share."
    }
    let own = found?.file
    let file = try communicator.together(advice: advice) { () throws(DatasetError) in
      if let own { return own }
      do throws(DatasetError) { return try OpenFile(path) } catch {
        guard case .unreadable(let path, let reason) = error else { throw error }
        throw .unreadable(path: path, reason: "\(reason), on \(hostName)")
      }
    }
    try communicator.together { () throws(DatasetError) in
      guard own == nil else { return }
      var isSame = file.count == seen.storedCount
      if isSame, seen.kind == .gzip { isSame = try file.digest() == seen.sha256 }
      if !isSame { throw try file.difference(from: seen.sha256) }
    }
    form =
      seen.kind == .gzip
      ? .gzip(GzipContents(file, count: seen.count))
      : .plain(
        PlainContents(
          file: file, count: seen.count,
          digests: BlockDigests(blockSize: seen.blockSize, bytes: seen.bytes), sha256: seen.sha256))
  }
}

/// What the first rank finds of a file, and lets the others know.
private struct Examined {
  let file: OpenFile
  let message: [UInt8]

  init(_ path: String) throws(DatasetError) {
    file = try OpenFile(path)
    let digest = FileDigest()
    if try GzipContents.isGzip(file) {
      var stored = 0
      let count = try GzipInflation.count(file) {
        digest.add($0)
        stored += $0.count
      }
      message = Self.message(.gzip, count, stored: stored, digest, blockSize: 0, [])
      return
    }
    guard file.isRegular else {
      let bytes = try file.readToEnd()
      bytes.withUnsafeBytes { digest.add($0) }
      message = Self.message(
        .memory, bytes.count, stored: bytes.count, digest, blockSize: 0, bytes)
      return
    }
    var blocks = BlockDigests(blockSize: BlockDigests.blockSize(fileSize: file.count))
    let count = try file.readAll(pieceSize: blocks.blockSize) {
      digest.add($0)
      blocks.add($0)
    }
    message = Self.message(
      .plain, count, stored: count, digest, blockSize: blocks.blockSize, blocks.bytes)
  }

  private static func message(
    _ kind: Description.Kind, _ count: Int, stored: Int, _ digest: FileDigest, blockSize: Int,
    _ bytes: [UInt8]
  ) -> [UInt8] {
    var writer = ByteWriter()
    for number in [kind.rawValue, count, stored, blockSize] { writer.append(number) }
    writer.append(digest.hexadecimal())
    writer.append(bytes)
    return writer.bytes
  }
}

/// What all ranks know of a file.
private struct Description {
  enum Kind: Int { case plain, gzip, memory }

  let kind: Kind
  /// Of the text, inflated if it is compressed, and of the file.
  let count: Int
  let storedCount: Int
  let blockSize: Int
  let sha256: String
  /// The digests of a plain file's blocks, or the bytes of a pipe.
  let bytes: [UInt8]

  init(_ message: [UInt8]) {
    (kind, count, storedCount, blockSize, sha256, bytes) = message.withUnsafeBytes {
      var reader = ByteReader($0)
      return (
        Kind(rawValue: reader.integer()) ?? .plain, reader.integer(), reader.integer(),
        reader.integer(), reader.text(), reader.array()
      )
    }
  }
}

/// Name of the machine on which this rank runs.
var hostName: String {
  var name = [CChar](repeating: 0, count: 256)
  guard gethostname(&name, name.count - 1) == 0 else { return "an unknown machine" }
  return name.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
}
