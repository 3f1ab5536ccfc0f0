import CBenchmark
import Glibc
import NumericKernels

/// What one number of a function costs, over arrays that stay in the nearest cache.
package struct FunctionFigures: Codable, Sendable, Equatable {
  package let name: String
  package let nanosecondsPerValue: Double
  package let cyclesPerValue: Double

  package init(name: String, nanosecondsPerValue: Double, cyclesPerValue: Double) {
    self.name = name
    self.nanosecondsPerValue = nanosecondsPerValue
    self.cyclesPerValue = cyclesPerValue
  }
}

/// The numeric functions of the kernels, with those of the C library beside them.
package struct NumericFunctions {
  /// Vectors of eight: 8 KB in and 8 KB out.
  private static let vectors = 128

  private let gigahertz: Double
  private let repetitions: Int
  private let numbers: UnsafeMutablePointer<Lanes>
  private let uniforms: UnsafeMutablePointer<Lanes>
  private let results: UnsafeMutablePointer<Lanes>

  /// All functions, in the order of the table.
  package static func measure(gigahertz: Double, repetitions: Int = 10_000) -> [FunctionFigures] {
    NumericFunctions(gigahertz: gigahertz, repetitions: repetitions).measureAll()
  }

  private init(gigahertz: Double, repetitions: Int) {
    self.gigahertz = gigahertz
    self.repetitions = repetitions
    let address = RandomAddress(key: 1, purpose: .expectationStep)
    numbers = .allocate(capacity: Self.vectors)
    uniforms = .allocate(capacity: Self.vectors)
    results = .allocate(capacity: Self.vectors)
    results.initialize(repeating: Lanes.all(0), count: Self.vectors)
    for v in 0..<Self.vectors {
      let (u, w) = address.uniforms(firstSample: 8 * v, pair: 0)
      // Normal numbers, and uniforms of which most vectors have one in the tails of the quantile,
      // as in use.
      (numbers + v).initialize(to: normalQuantile(w))
      (uniforms + v).initialize(to: u)
    }
  }

  private func measureAll() -> [FunctionFigures] {
    defer {
      numbers.deallocate()
      uniforms.deallocate()
      results.deallocate()
    }
    let n = Self.vectors
    let address = RandomAddress(key: 2, purpose: .expectationStep)
    let step = Lattice.generator(dimension: 1)
    let table = SobolSequence.table(dimension: 1)
    let seed = SIMD2<UInt32>(0x9E37_79B9, 0x7F4A_7C15)
    return [
      figures("exp") { for v in 0..<n { results[v] = NumericKernels.exp(numbers[v]) } },
      figures("log") { for v in 0..<n { results[v] = NumericKernels.log(uniforms[v]) } },
      figures("normal quantile") { for v in 0..<n { results[v] = normalQuantile(uniforms[v]) } },
      figures("normal distribution") {
        for v in 0..<n { results[v] = normalDistribution(numbers[v]) }
      },
      figures("Philox uniforms") {
        for v in 0..<n / 2 {
          (results[2 * v], results[2 * v + 1]) = address.uniforms(firstSample: 8 * v, pair: 0)
        }
      },
      figures("Box-Muller normals") {
        for v in 0..<n / 2 {
          (results[2 * v], results[2 * v + 1]) = normalPair(
            exponential: exponentialNumber(
              unsafeBitCast(uniforms[2 * v], to: SIMD8<UInt64>.self)),
            unsafeBitCast(uniforms[2 * v + 1], to: SIMD8<UInt64>.self))
        }
      },
      figures("lattice points") {
        for v in 0..<n {
          results[v] = Lattice.coordinates(first: 8 * v, step: step, count: 8 * n, shift: 0.3)
        }
      },
      figures("scrambled Sobol' points") {
        for v in 0..<n {
          results[v] = SobolSequence.scrambled(first: 8 * v, table: table, seed: seed)
        }
      },
      figures("exp, C library") { scalar(numbers, Glibc.exp) },
      figures("log, C library") { scalar(uniforms, Glibc.log) },
    ]
  }

  /// The function of each single number.
  @inline(__always)
  private func scalar(_ source: UnsafeMutablePointer<Lanes>, _ function: (Double) -> Double) {
    let count = 8 * Self.vectors
    source.withMemoryRebound(to: Double.self, capacity: count) { source in
      results.withMemoryRebound(to: Double.self, capacity: count) { results in
        for i in 0..<count { results[i] = function(source[i]) }
      }
    }
  }

  /// - Parameter pass: computes all of `results`.
  @inline(__always)
  private func figures(_ name: String, _ pass: () -> Void) -> FunctionFigures {
    let least = leastSeconds(of: repetitions) {
      pass()
      cbenchmark_observe(results)
    }
    let nanoseconds = least / Double(8 * Self.vectors) * 1e9
    return FunctionFigures(
      name: name, nanosecondsPerValue: nanoseconds, cyclesPerValue: nanoseconds * gigahertz)
  }
}
