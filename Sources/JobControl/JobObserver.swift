import Estimation
import Report

/// Is told what a job does, on the first rank; algorithms print nothing.
public protocol JobObserver {
  /// The fit of a data set begins; `number` counts from 1.
  func begins(_ name: String, number: Int, of count: Int, subjects: Int, observations: Int)
  /// An iteration of that fit is done.
  func iterated(_ record: IterationRecord, settings: EstimationSettings)
  /// A data set is done, whatever became of it; `number` counts from 1.
  func finished(_ result: DataSetResult, number: Int, of count: Int)
  /// The results of all data sets stand in the folder.
  func wrote(_ results: [DataSetResult], folder: String, files: [String])
}

/// Listens and says nothing.
public struct SilentObserver: JobObserver {
  public init() {}
  public func begins(
    _ name: String, number: Int, of count: Int, subjects: Int, observations: Int
  ) {}
  public func iterated(_ record: IterationRecord, settings: EstimationSettings) {}
  public func finished(_ result: DataSetResult, number: Int, of count: Int) {}
  public func wrote(_ results: [DataSetResult], folder: String, files: [String]) {}
}
