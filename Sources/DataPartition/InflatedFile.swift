package import PopulationData

/// All bytes of a data file, inflated if it is compressed.
package func inflatedContents(of path: String) throws(DatasetError) -> [UInt8] {
  let file = try OpenFile(path)
  guard try GzipContents.isGzip(file) else { return try file.readToEnd() }
  let inflation = GzipInflation(file)
  var bytes: [UInt8] = []
  let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
  defer { buffer.deallocate() }
  while true {
    let count = try inflation.inflate(upTo: buffer)
    bytes.append(contentsOf: buffer[..<count])
    if count < buffer.count { return bytes }
  }
}
