/// Where the rows of a data set come from.
package indirect enum DataSetSource: Sendable {
  case file(String, name: String)
  /// Drawn from the job's simulation, counted from 1.
  case simulated(name: String, number: Int)
  /// Drawn from another data set, or from the fit of it.
  case resampled(name: String, Resample)

  /// Of the file that is read.
  package var path: String? {
    switch self {
    case .file(let path, _): path
    case .simulated: nil
    case .resampled(_, let resample): resample.base.path
    }
  }

  package var name: String {
    switch self {
    case .file(_, let name), .simulated(let name, _), .resampled(let name, _): name
    }
  }
}
