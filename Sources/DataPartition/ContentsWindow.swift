import PopulationData

/// A range of a file in memory, which can be extended at its end.
struct ContentsWindow<Contents: FileContents> {
  let contents: Contents
  /// Place in the file of the first byte.
  private(set) var start: Int
  private(set) var bytes: [UInt8] = []
  private var step = 1 << 16

  init(_ contents: Contents, from start: Int, capacity: Int = 0) {
    self.contents = contents
    self.start = start
    bytes.reserveCapacity(capacity)
  }

  /// Place in the file after the last byte.
  var end: Int { start + bytes.count }
  var reachesEnd: Bool { end == contents.count }

  /// Reads on up to a place, or to the end of the file.
  mutating func extend(to place: Int) throws(DatasetError) {
    let place = min(place, contents.count)
    guard place > end else { return }
    let old = bytes.count
    let offset = end
    let contents = contents
    bytes.append(contentsOf: repeatElement(0, count: place - end))
    try bytes.withUnsafeMutableBufferPointer { (buffer) throws(DatasetError) in
      try contents.read(
        from: offset,
        into: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[old...])))
    }
  }

  /// Reads on by a piece, each of which is longer than the one before.
  mutating func extend() throws(DatasetError) {
    try extend(to: end + step)
    if step < 1 << 24 { step *= 2 }
  }

  /// Forgets the bytes before a place.
  mutating func drop(before place: Int) {
    guard place > start else { return }
    bytes.removeFirst(min(place, end) - start)
    start = place
  }

  /// Forgets the bytes from a place on.
  mutating func drop(from place: Int) {
    if place < end { bytes.removeLast(end - max(place, start)) }
  }

  /// Place of the first line that begins at a place or after it.
  ///
  /// A line begins after LF, CR LF or CR. The byte before the place must not be before the window.
  mutating func lineStart(atOrAfter place: Int) throws(DatasetError) -> Int {
    var place = place - 1
    while true {
      try extend(to: place + 2)
      while place < end {
        let byte = bytes[place - start]
        if byte == 10 { return place + 1 }
        if byte == 13 {
          try extend(to: place + 2)
          let isPair = place + 1 < end && bytes[place + 1 - start] == 10
          return place + (isPair ? 2 : 1)
        }
        place += 1
      }
      if reachesEnd { return end }
      try extend()
    }
  }

  /// Place after the last line that is whole in the window, from the beginning of a line on.
  func wholeLinesEnd(from place: Int) -> Int {
    if reachesEnd { return end }
    var index = bytes.count - 1
    // After CR at the end of the window there could be its LF.
    if index >= 0, bytes[index] == 13 { index -= 1 }
    while index >= place - start {
      if bytes[index] == 10 || bytes[index] == 13 { return start + index + 1 }
      index -= 1
    }
    return place
  }

  /// Calls a function with the bytes of a range of the file.
  func withBytes<Value, Failure: Error>(
    _ range: Range<Int>, _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    try bytes.withUnsafeBufferPointer { (bytes) throws(Failure) in
      try body(
        UnsafeBufferPointer(rebasing: bytes[range.lowerBound - start..<range.upperBound - start]))
    }
  }
}
