public import Glibc

/// Threads that libraries of linear algebra would start by themselves: a rank is to use one core,
/// its own.
public enum LibraryThreads {
  /// The functions that set the number of threads of OpenBLAS, FlexiBLAS, MKL and OpenMP, each with
  /// a C `int`.
  private static let setters = [
    "openblas_set_num_threads", "flexiblas_set_num_threads", "MKL_Set_Num_Threads",
    "omp_set_num_threads",
  ]

  /// Of BLIS, with an integer as wide as a pointer.
  private static let wideSetters = ["bli_thread_set_num_threads"]

  /// Lets each of these libraries that is in the process use one thread only, whatever variables
  /// say: they were read when the library was loaded, before the program began.
  /// - Parameter find: the address of a function of this name, or `nil` where there is none.
  /// - Returns: the names of the functions that were called.
  @discardableResult
  public static func limitToOne(
    find: (String) -> UnsafeMutableRawPointer? = { dlsym(nil, $0) }
  ) -> [String] {
    typealias Setter = @convention(c) (Int32) -> Void
    typealias WideSetter = @convention(c) (Int) -> Void
    var called: [String] = []
    for name in setters {
      guard let address = find(name) else { continue }
      unsafeBitCast(address, to: Setter.self)(1)
      called.append(name)
    }
    for name in wideSetters {
      guard let address = find(name) else { continue }
      unsafeBitCast(address, to: WideSetter.self)(1)
      called.append(name)
    }
    return called
  }
}
