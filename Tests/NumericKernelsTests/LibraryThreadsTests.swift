import NumericKernels
import Synchronization
import Testing

/// Stand for those of a library.
private let narrow = Atomic<Int32>(0)
private let wide = Atomic<Int>(0)

@Suite("threads of libraries", .serialized)
struct LibraryThreadsTests {
  @Test("each library that is there is told to use one thread")
  func limit() {
    let setNarrow: @convention(c) (Int32) -> Void = { narrow.store($0, ordering: .relaxed) }
    let setWide: @convention(c) (Int) -> Void = { wide.store($0, ordering: .relaxed) }
    let functions = [
      "openblas_set_num_threads": unsafeBitCast(setNarrow, to: UnsafeMutableRawPointer.self),
      "bli_thread_set_num_threads": unsafeBitCast(setWide, to: UnsafeMutableRawPointer.self),
    ]
    let called = LibraryThreads.limitToOne { functions[$0] }
    #expect(called == ["openblas_set_num_threads", "bli_thread_set_num_threads"])
    #expect(narrow.load(ordering: .relaxed) == 1 && wide.load(ordering: .relaxed) == 1)
  }

  @Test("without any of them nothing is done")
  func none() { #expect(LibraryThreads.limitToOne { _ in nil }.isEmpty) }
}
