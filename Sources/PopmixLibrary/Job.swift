import DataSets
import Estimation
import JobControl
import JobFiles
import MessagePassing
import PopulationModel

/// A job that has been read and checked: what is to be fitted, to which data, and how.
public struct Job: Sendable {
  let loaded: LoadedJob

  /// Reads a job file. Paths in it begin at its folder; data are read by the fits.
  /// - Parameter path: of a job file, or of a NONMEM control stream, which is imported next to it.
  /// - Throws: `PopmixError` with the place and the remedy of the first faults.
  public init(path: String) throws(PopmixError) {
    loaded = try PopmixError.wrapping {
      try LoadedJob(path: path, communicator: SerialCommunicator())
    }
  }

  public var name: String { loaded.plan.jobFile.name }

  /// The names of the data sets, in the order of the results.
  public var dataSets: [String] { loaded.sources.map(\.name) }

  /// The names of the free parameters, as in `estimates.csv`.
  public var parameterNames: [String] { FreeParameters(loaded.plan.model).names }

  /// What the user should know before the job is run.
  public var notices: [String] { loaded.plan.warnings.map { "\($0)" } + loaded.notices }
}

/// What is wrong, where, and what to do; one sentence for each fault.
public struct PopmixError: Error, Equatable, CustomStringConvertible, Sendable {
  public let description: String

  init(_ description: String) { self.description = description }

  static func wrapping<Value>(_ body: () throws -> Value) throws(PopmixError) -> Value {
    do { return try body() } catch let error as PopmixError { throw error } catch {
      throw PopmixError("\(error)")
    }
  }
}
