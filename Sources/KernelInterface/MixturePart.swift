public import NumericKernels

/// One density of a mixture of importance densities, in the standard normal variable z of the first
/// of them.
public struct MixturePart {
  /// T_m
  public var samples = 0
  /// c_m
  public var share = 1.0
  /// |L|/|L_m|
  public var scale = 1.0
  /// `nil`: normal numbers.
  public var grid: GridNodes?
  /// From z to its own standard normal variable: offset, p elements, and factor, packed; `nil` for
  /// the first density, whose own variable is z.
  public var map: UnsafePointer<Double>?

  public init() {}

  public init(
    samples: Int, share: Double, scale: Double, grid: GridNodes?, map: UnsafePointer<Double>?
  ) {
    self.samples = samples
    self.share = share
    self.scale = scale
    self.grid = grid
    self.map = map
  }
}

/// The nodes of all densities of a mixture, one density's after another's, and what is made of
/// them: z, dimension d of vector v at `d * stride + v`, and behind it vectors of one number for
/// each node.
public struct MixtureNodes {
  public let vectors: Int
  public let z: UnsafeMutablePointer<Lanes>
  public let stride: Int
  /// Stands in the place of 1/((2π)^(p/2) q(z)).
  public let inverseDensity: UnsafeMutablePointer<Lanes>
  @usableFromInline let scratch: UnsafeMutablePointer<Lanes>
  /// Of the nodes of grids; see `GridNodes.draw`.
  public let volumes: UnsafeMutablePointer<Lanes>
  public let windows: UnsafeMutablePointer<Lanes>

  /// Vectors for each node behind z.
  public static let extra = 4

  /// - Parameter memory: (p + `extra`) × `stride` vectors.
  public init(vectors: Int, memory: UnsafeMutablePointer<Lanes>, stride: Int, effectCount p: Int) {
    self.vectors = vectors
    z = memory
    self.stride = stride
    inverseDensity = memory + p * stride
    scratch = inverseDensity + stride
    volumes = scratch + stride
    windows = volumes + stride
  }

  /// Numerators of `inverseDensity`.
  @inlinable public var numerators: UnsafeMutablePointer<Lanes> { scratch }
}
