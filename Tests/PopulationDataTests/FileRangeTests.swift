import Glibc
import PopulationData
import Testing

@Suite("Ranges of files")
struct FileRangeTests {
  /// 3 MB of bytes that tell their place.
  private static let contents = (0..<3_000_017).map { UInt8(truncatingIfNeeded: $0 % 251) }

  /// Calls a function with the descriptor of a file that is gone from its folder.
  private func withFile(_ body: (Int32) throws -> Void) throws {
    let file = try #require(tmpfile())
    defer { fclose(file) }
    let written = Self.contents.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, file) }
    try #require(written == Self.contents.count && fflush(file) == 0)
    rewind(file)
    try body(fileno(file))
  }

  @Test("a range ends where the file ends, and begins where it is asked to")
  func ranges() throws {
    try withFile { file in
      let size = Self.contents.count
      for (offset, count) in [(0, 10), (7, 2_000_000), (size - 3, 3), (size - 3, 10), (size, 5)] {
        let expected = Array(Self.contents[offset..<min(size, offset + count)])
        #expect(FileRange.bytes(file, at: offset, count: count) == expected)
      }
      #expect(FileRange.bytes(file, at: 0, count: 0) == [])
    }
  }

  @Test("all of it comes in pieces")
  func pieces() throws {
    try withFile { file in
      var bytes: [UInt8] = []
      #expect(FileRange.forEachPiece(file) { bytes += $0 })
      #expect(bytes == Self.contents)
    }
  }

  @Test("what cannot be read is no end of a file")
  func unreadable() {
    // Folders can be opened and not read.
    let folder = open("/", O_RDONLY | O_DIRECTORY)
    defer { close(folder) }
    #expect(FileRange.bytes(folder, at: 0, count: 10) == nil)
    #expect(errno == EISDIR)
    #expect(!FileRange.forEachPiece(folder) { _ in })
  }

  @Test("signals that interrupt a pipe do not end it")
  func interrupted() throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in }
    // Without SA_RESTART, so that a read that waits returns EINTR. The handler stays: on threads
    // that block signals for a while one may come after the end of this test.
    sigaction(SIGUSR2, &action, nil)
    let reader = UInt(pthread_self())
    let input = ends[1]
    var thread = pthread_t()
    let arguments = UnsafeMutablePointer<(UInt, Int32)>.allocate(capacity: 1)
    arguments.initialize(to: (reader, input))
    defer { arguments.deallocate() }
    pthread_create(
      &thread, nil,
      { memory in
        let (reader, input) = memory!.assumingMemoryBound(to: (UInt, Int32).self).pointee
        for byte in UInt8(0)..<20 {
          usleep(2000)
          pthread_kill(pthread_t(reader), SIGUSR2)
          usleep(2000)
          var byte = byte
          write(input, &byte, 1)
        }
        close(input)
        return nil
      }, arguments)
    var bytes: [UInt8] = []
    #expect(FileRange.forEachPiece(ends[0]) { bytes += $0 })
    pthread_join(thread, nil)
    close(ends[0])
    #expect(bytes == Array(0..<20))
  }
}
