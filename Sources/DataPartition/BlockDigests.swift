import PopulationData

/// SHA-256 of the blocks of a file, as the first rank has read them.
///
/// Ranks may run on machines whose paths lead to different files, such as a copy on a local disk
/// that nobody has renewed. Sizes and names agree then, so only the bytes themselves can tell: each
/// rank compares every block of which it uses a byte with that of the first rank, before it uses
/// it.
struct BlockDigests: Sendable, Equatable {
  /// Bytes of each block but the last, which may be shorter.
  let blockSize: Int
  /// 32 bytes for each block.
  private(set) var bytes: [UInt8]

  /// - Parameters:
  ///   - blockSize: as `blockSize(fileSize:)` chooses it.
  ///   - bytes: digests of another rank; none if they are yet to be added.
  init(blockSize: Int, bytes: [UInt8] = []) {
    precondition(blockSize > 0 && bytes.count % FileDigest.byteCount == 0)
    self.blockSize = blockSize
    self.bytes = bytes
  }

  /// 64 KiB, and more where a file would have more than 4096 blocks, so that the digests of all fit
  /// into a message of 128 KiB.
  static func blockSize(fileSize: Int) -> Int {
    var size = 1 << 16
    while size < fileSize >> 12 { size *= 2 }
    return size
  }

  var count: Int { bytes.count / FileDigest.byteCount }

  /// Adds the block that follows.
  mutating func add(_ block: UnsafeRawBufferPointer) { bytes += Self.digest(block) }

  /// Whether a block is that of the first rank.
  func agree(_ block: UnsafeRawBufferPointer, number: Int) -> Bool {
    guard number < count else { return false }
    let start = number * FileDigest.byteCount
    return bytes[start..<start + FileDigest.byteCount].elementsEqual(Self.digest(block))
  }

  private static func digest(_ block: UnsafeRawBufferPointer) -> [UInt8] {
    let digest = FileDigest()
    digest.add(block)
    return digest.finish()
  }
}

/// A file as it is stored, of which each block is compared with that of the first rank when it is
/// read.
final class PlainContents: FileContents {
  let count: Int
  private let file: OpenFile
  private let digests: BlockDigests
  /// Of the whole file of the first rank.
  private let sha256: String
  /// The block that was read last in part, as the next range often begins in it.
  private var block: [UInt8] = []
  private var blockNumber = -1

  init(file: OpenFile, count: Int, digests: BlockDigests, sha256: String) {
    self.file = file
    self.count = count
    self.digests = digests
    self.sha256 = sha256
  }

  func read(
    from offset: Int, into buffer: UnsafeMutableRawBufferPointer
  ) throws(DatasetError) {
    let end = offset + buffer.count
    var place = offset
    while place < end {
      let number = place / digests.blockSize
      let start = number * digests.blockSize
      let blockEnd = min(start + digests.blockSize, count)
      let part = UnsafeMutableRawBufferPointer(
        rebasing: buffer[(place - offset)..<(min(blockEnd, end) - offset)])
      if part.count == blockEnd - start {
        try fill(part, from: start, number: number)
      } else {
        if number != blockNumber { try load(number, start..<blockEnd) }
        block.withUnsafeBytes {
          part.copyMemory(from: .init(rebasing: $0[(place - start)..<(place - start + part.count)]))
        }
      }
      place += part.count
    }
  }

  private func load(_ number: Int, _ range: Range<Int>) throws(DatasetError) {
    blockNumber = -1
    if block.count != range.count { block = [UInt8](repeating: 0, count: range.count) }
    try block.withUnsafeMutableBufferPointer { (bytes) throws(DatasetError) in
      try fill(UnsafeMutableRawBufferPointer(bytes), from: range.lowerBound, number: number)
    }
    blockNumber = number
  }

  /// Reads a whole block.
  private func fill(
    _ bytes: UnsafeMutableRawBufferPointer, from start: Int, number: Int
  ) throws(DatasetError) {
    let isWhole = try file.read(from: start, upTo: bytes) == bytes.count
    guard isWhole, digests.agree(UnsafeRawBufferPointer(bytes), number: number) else {
      throw try file.difference(from: sha256)
    }
  }
}

extension OpenFile {
  /// SHA-256 of all its bytes.
  func digest() throws(DatasetError) -> String {
    let digest = FileDigest()
    _ = try readAll(pieceSize: 1 << 18) { digest.add($0) }
    return digest.hexadecimal()
  }

  /// What to say of a file in which a byte differs from the first rank's.
  func difference(from sha256: String) throws(DatasetError) -> DatasetError {
    let own = try digest()
    return own == sha256
      ? .unreadable(path: path, reason: "it changed while it was read, on \(hostName)")
      : .differs(path: path, machine: hostName, sha256: own, first: sha256)
  }

  /// Reads a file with ranges from its beginning to its end.
  /// - Parameter look: is given the pieces, of which only the last is shorter; none is empty.
  /// - Returns: the number of bytes.
  func readAll(
    pieceSize: Int, _ look: (UnsafeRawBufferPointer) -> Void
  ) throws(DatasetError) -> Int {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: pieceSize, alignment: 16)
    defer { buffer.deallocate() }
    var total = 0
    while true {
      let count = try read(from: total, upTo: buffer)
      if count > 0 { look(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
      total += count
      if count < buffer.count { return total }
    }
  }
}
