extension UnsafeMutableBufferPointer<Double> {
  /// Sorts the finite numbers to the front.
  /// - Returns: the finite numbers, ascending.
  func sortFinite() -> UnsafeMutableBufferPointer<Double> {
    var count = 0
    for i in indices where self[i].isFinite {
      self[count] = self[i]
      count += 1
    }
    var finite = UnsafeMutableBufferPointer(rebasing: self[0..<count])
    finite.sort()
    return finite
  }
}
