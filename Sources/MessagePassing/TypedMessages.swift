import FoundationEssentials

// Values of any type between ranks, as JSON. Sums over subjects do not go this way, which is for
// what is said a few times in a run.
extension Communicator {
  /// The root's value on all ranks; collective.
  /// - Parameter value: of the root; of no meaning on other ranks.
  /// - Returns: the same bits on all ranks, numbers that are not finite included.
  public func shared<Value: Codable>(
    _ value: @autoclosure () -> Value, root: Int = 0
  ) throws(CommunicationError) -> Value {
    if size == 1 { return value() }
    var bytes = rank == root ? try encoded(value()) : []
    try broadcast(&bytes, root: root)
    return try decoded(bytes)
  }

  /// The values of all ranks in the order of the ranks, on the root; none elsewhere. Collective.
  public func gathered<Value: Codable>(
    _ value: Value, root: Int = 0
  ) throws(CommunicationError) -> [Value] {
    if size == 1 { return [value] }
    guard let blocks = try gather(try encoded(value), root: root) else { return [] }
    var values: [Value] = []
    for block in blocks { values.append(try decoded(block)) }
    return values
  }

  /// The values of all ranks in the order of the ranks, on every rank; collective.
  public func collected<Value: Codable>(_ value: Value) throws(CommunicationError) -> [Value] {
    if size == 1 { return [value] }
    let all = try gathered(value)
    return try shared(all)
  }

  private func encoded<Value: Encodable>(_ value: Value) throws(CommunicationError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      // A text alone is no document everywhere.
      return Array(try encoder.encode([value]))
    } catch { throw .notEncodable("\(Value.self)", reason: "\(error)") }
  }

  private func decoded<Value: Decodable>(_ bytes: [UInt8]) throws(CommunicationError) -> Value {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      if let value = try decoder.decode([Value].self, from: Data(bytes)).first { return value }
    } catch { throw .notEncodable("\(Value.self)", reason: "\(error)") }
    throw .notEncodable("\(Value.self)", reason: "an empty message")
  }
}
