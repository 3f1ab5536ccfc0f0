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
  /// The first rank reads all of it once, for the digest and for the length of the inflated text.
  /// - Throws: `DatasetFailure` if a rank cannot open or read it.
  init(path: String, communicator: any Communicator) throws {
    var found: (file: OpenFile, kind: Int, count: Int, sha256: String, bytes: [UInt8])?
    var error: DatasetError?
    if communicator.rank == 0 {
      do throws(DatasetError) { found = try Self.examine(path) } catch let caught { error = caught }
    }
    try communicator.throwTogether(error)

    var writer = ByteWriter()
    if let found {
      writer.append(found.kind)
      writer.append(found.count)
      writer.append(found.sha256)
      writer.append(found.bytes)
    }
    var message = writer.bytes
    try communicator.broadcast(&message, root: 0)
    let (kind, count, sha256, bytes) = message.withUnsafeBytes {
      var reader = ByteReader($0)
      return (reader.integer(), reader.integer(), reader.text(), reader.array())
    }
    self.sha256 = sha256
    if kind == 2 {
      form = .memory(MemoryContents(bytes: bytes))
      return
    }
    let open = { () throws(DatasetError) in
      if let found { return found.file }
      do throws(DatasetError) { return try OpenFile(path) } catch {
        guard case .unreadable(let path, let reason) = error else { throw error }
        throw .unreadable(path: path, reason: "\(reason), on \(hostName)")
      }
    }
    let advice = { (rank: Int) in
      " So says rank \(rank) of \(communicator.size), while the first rank can read it: every "
        + "rank needs the file under this path, so put it on a file system that they share."
    }
    let file = try communicator.together(advice: advice, open)
    form =
      kind == 1
      ? .gzip(GzipContents(file, count: count)) : .plain(PlainContents(file: file, count: count))
  }

  private static func examine(
    _ path: String
  ) throws(DatasetError) -> (OpenFile, Int, Int, String, [UInt8]) {
    let file = try OpenFile(path)
    let digest = FileDigest()
    if try GzipContents.isGzip(file) {
      let count = try GzipInflation.count(file) { digest.add($0) }
      return (file, 1, count, digest.hexadecimal(), [])
    }
    guard file.isRegular else {
      let bytes = try file.readToEnd()
      bytes.withUnsafeBytes { digest.add($0) }
      return (file, 2, bytes.count, digest.hexadecimal(), bytes)
    }
    var total = 0
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = try file.read(from: total, upTo: buffer)
      digest.add(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      total += count
      if count < buffer.count { return (file, 0, total, digest.hexadecimal(), []) }
    }
  }
}

/// Name of the machine on which this rank runs.
private var hostName: String {
  var name = [CChar](repeating: 0, count: 256)
  guard gethostname(&name, name.count - 1) == 0 else { return "an unknown machine" }
  return name.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
}
