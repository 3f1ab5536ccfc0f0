import DataPartition
import MessagePassing
import PopulationData

extension DatasetShare {
  /// IDs of the first of some subjects in the order of the data set, the same on all ranks; collective.
  /// - Parameter own: places of this rank's subjects.
  func firstIDs(of own: [Int], limit: Int, communicator: any Communicator) throws -> [String] {
    let bytes = own.map { subjects[$0] }.sorted { $0.index < $1.index }.prefix(limit)
      .flatMap { Array("\($0.index)\0\($0.id)\0".utf8) }
    var all = try communicator.gather(bytes, root: 0).map { Array($0.joined()) } ?? []
    try communicator.broadcast(&all, root: 0)
    let texts = all.split(separator: 0, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    var named: [(number: Int, id: String)] = []
    for place in stride(from: 0, to: texts.count - 1, by: 2) {
      named.append((number: Int(texts[place]) ?? 0, id: texts[place + 1]))
    }
    named.sort { $0.number < $1.number }
    return named.prefix(limit).map(\.id)
  }
}
