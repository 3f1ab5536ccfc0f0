import DataPartition
import MessagePassing
import PopulationData

extension DatasetShare {
  /// IDs of the first of some subjects in the order of the data set, the same on all ranks;
  /// collective.
  /// - Parameter own: places of this rank's subjects.
  func firstIDs(of own: [Int], limit: Int, communicator: any Communicator) throws -> [String] {
    struct Named: Codable {
      let index: Int
      let id: String
    }
    let named = own.map { Named(index: subjects[$0].index, id: subjects[$0].id) }
      .sorted { $0.index < $1.index }.prefix(limit)
    return try communicator.collected(Array(named)).joined()
      .sorted { $0.index < $1.index }.prefix(limit).map(\.id)
  }
}
