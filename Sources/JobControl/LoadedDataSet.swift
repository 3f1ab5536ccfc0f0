import CCrypto
import MessagePassing
import PopulationData
import PopulationModel
import Report

/// A data set as all ranks have it, or why it cannot be used.
public struct LoadedDataSet: Sendable {
  public let name: String
  /// Of the file's bytes, in hexadecimal digits.
  public let sha256: String?
  public let content: Result<Dataset, JobFailure>

  /// Reads a file on the first rank, shares its bytes, and takes it apart on every rank; collective.
  public init(_ source: DataSetSource, plan: RunPlan, communicator: any Communicator) throws {
    name = source.name
    let bytes: [UInt8]
    switch source {
    case .simulated(_, let number):
      guard let trial = plan.trial else { preconditionFailure("a simulated data set has a trial") }
      do throws(JobFailure) {
        bytes = Array(trial.dataTable(try plan.draw(number, of: trial)).utf8)
      } catch {
        sha256 = nil
        content = .failure(error)
        return
      }
    case .file(let path, _):
      switch try Self.shared(path, communicator: communicator) {
      case .success(let shared): bytes = shared
      case .failure(let failure):
        sha256 = nil
        content = .failure(failure)
        return
      }
    }
    sha256 = Self.digest(bytes)
    content = Self.dataset(bytes, name: source.path ?? source.name, plan: plan)
  }

  /// The file's bytes, or why they cannot be read, the same on all ranks.
  private static func shared(_ path: String, communicator: any Communicator) throws
    -> Result<[UInt8], JobFailure>
  {
    do {
      var bytes =
        try communicator.onFirstRank(failingWith: .noInput) {
          try DatasetReader.contents(of: path)
        } ?? []
      try communicator.broadcast(&bytes, root: 0)
      return .success(bytes)
    } catch let failure as JobFailure {
      return .failure(failure)
    }
  }

  private static func dataset(_ bytes: [UInt8], name: String, plan: RunPlan) -> Result<
    Dataset, JobFailure
  > {
    do {
      let format = plan.jobFile.data == nil ? .standard : plan.format
      let dataset = try DatasetReader.read(bytes: bytes, name: name, format: format)
      var faults: [ModelError] = []
      for subject in dataset.subjects {
        do throws(ModelError) {
          try plan.model.structural.validate(subject, residual: plan.model.residual)
        } catch {
          faults.append(error)
        }
      }
      guard let first = faults.first else { return .success(dataset) }
      // The first is told in full, as they are mostly of one kind.
      let place = first.line.map { "\(name):\($0): " } ?? "\(name): "
      let others =
        faults.count == 1
        ? "" : " The rows of \(counted(faults.count - 1, "other subject")) have such a fault too."
      return .failure(JobFailure(message: place + "\(first)" + others, code: .data))
    } catch {
      return .failure(JobFailure(message: "\(error)", code: .data))
    }
  }

  private static func digest(_ bytes: [UInt8]) -> String {
    var digest = [UInt8](repeating: 0, count: 32)
    _ = SHA256(bytes, bytes.count, &digest)
    return digest.map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}
