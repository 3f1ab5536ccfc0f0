/// An explicit Runge–Kutta method with an embedded error estimate.
public struct EmbeddedMethod: @unchecked Sendable {
  package let name: String
  /// Of the solution that is continued.
  @usableFromInline let order: Int
  /// Order of the error estimate, plus 1, is that of a step's error: err ∝ h^errorOrder.
  @usableFromInline let errorOrder: Int
  @usableFromInline let stageCount: Int
  @usableFromInline let a: [[Double]]
  @usableFromInline let c: [Double]
  @usableFromInline let b: [Double]
  @usableFromInline let e: [Double]
  @usableFromInline let e3: [Double]
  /// Whether the last stage is f(t + h, y₁).
  @usableFromInline let isFSAL: Bool
  /// A stage at t + h before the last one; its argument beside y₁ shows the stiffness.
  @usableFromInline let table: UnsafeMutablePointer<Double>

  package init(
    name: String, order: Int, errorOrder: Int, a: [[Double]], c: [Double], b: [Double], e: [Double],
    e3: [Double] = []
  ) {
    self.name = name
    self.order = order
    self.errorOrder = errorOrder
    self.a = a
    self.b = b
    self.c = c
    self.e = e
    self.e3 = e3
    isFSAL = e.count == b.count + 1 || (b.last == 0 && a.last == b)
    stageCount = max(e.count, b.count)
    let n = stageCount
    table = .allocate(capacity: n * n + 4 * n)
    table.initialize(repeating: 0, count: n * n + 4 * n)
    for (i, row) in a.enumerated() { for (j, x) in row.enumerated() { table[i * n + j] = x } }
    for (j, x) in b.enumerated() { table[n * n + j] = x }
    for (j, x) in e.enumerated() { table[n * n + n + j] = x }
    for (j, x) in e3.enumerated() { table[n * n + 2 * n + j] = x }
    for (j, x) in c.enumerated() { table[n * n + 3 * n + j] = x }
  }

  /// Dormand & Prince, J Comput Appl Math 6 (1980) 19–26: order 5 with an error estimate of order 4, first same as last.
  package static let standard = EmbeddedMethod(
    name: "Dormand-Prince 5(4)", order: 5, errorOrder: 5,
    a: [
      [], [1.0 / 5], [3.0 / 40, 9.0 / 40], [44.0 / 45, -56.0 / 15, 32.0 / 9],
      [19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729],
      [9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656],
    ],
    c: [0, 1.0 / 5, 3.0 / 10, 4.0 / 5, 8.0 / 9, 1],
    b: [35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84],
    e: [
      71.0 / 57600, 0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40,
    ])
}
