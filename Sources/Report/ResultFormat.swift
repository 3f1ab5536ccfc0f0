import MessagePassing
import PopulationData

/// Results in the files of another program, made from results in memory.
///
/// A run asks each format that a job wants for the files of each fit. Every rank that has a part of
/// the subjects gives its stretch of each file; nobody has all of them. A new format is a target
/// with a type that conforms, a key of the job file, and a line in the list of `JobControl`.
public protocol ResultFormat: Sendable {
  /// A word for the terminal and for the list of what popmix has written.
  var name: String { get }
  /// What gives the files other paths, for messages: `give another path by …`.
  var remedy: String { get }
  /// Whether it needs what the fit says of each observation.
  var needsObservations: Bool { get }

  /// Refuses what cannot be made, before anything is fitted; on the first rank.
  /// - Parameter columns: of the data file, in capitals; none of drawn data; `nil` if it cannot be
  ///   read.
  /// - Throws: what is told to the user.
  func validate(_ dataSet: String, columns: () -> [String]?) throws

  /// All files that may be written, known before anything is fitted.
  func paths(_ place: FormatPlace) -> [FormatPath]

  /// The files of a fit; collective over the ranks that have a part of its subjects.
  /// - Returns: the same paths in the same order on all ranks, each with this rank's stretch.
  /// - Throws: the same on all ranks; `CommunicationError`.
  func files(
    of share: FittedShare, _ run: FittedRun, _ place: FormatPlace, by communicator: any Communicator
  ) throws -> [FormatFile]

  /// A table of all data sets; `nil` if there is none.
  func overview(_ place: FormatPlace) -> FormatOverview?

  /// What is made of the fits of a bootstrap; `nil` if nothing is.
  /// - Parameter dataSet: that the others are drawn from.
  func bootstrapPath(of dataSet: String, _ place: FormatPlace) -> String?

  /// The text of that file.
  func bootstrap(
    of original: FitDocument.DataSet, replicates: [FitDocument.DataSet]
  ) -> [UInt8]
}

extension ResultFormat {
  public var needsObservations: Bool { false }
  public var remedy: String { "give another folder by `output` or --output" }
  public func validate(_ dataSet: String, columns: () -> [String]?) throws {}
  public func overview(_ place: FormatPlace) -> FormatOverview? { nil }
  public func bootstrapPath(of dataSet: String, _ place: FormatPlace) -> String? { nil }
  public func bootstrap(
    of original: FitDocument.DataSet, replicates: [FitDocument.DataSet]
  ) -> [UInt8] { [] }
}

/// Where the files of a format may go.
public struct FormatPlace: Sendable {
  public struct DataSet: Sendable {
    public let name: String
    /// What files of its own are called, without an ending.
    public let stem: String
    /// The data file; `nil` of drawn data.
    public let path: String?

    public init(name: String, stem: String, path: String?) {
      self.name = name
      self.stem = stem
      self.path = path
    }
  }

  /// Of the outputs.
  public let folder: String
  /// Of the job file, with a `/` at its end; empty for the working folder.
  public let jobFolder: String
  /// All of the job.
  public let dataSets: [DataSet]
  /// How data files are read.
  public let data: DatasetFormat

  public init(folder: String, jobFolder: String, dataSets: [DataSet], data: DatasetFormat) {
    self.folder = folder
    self.jobFolder = jobFolder
    self.dataSets = dataSets
    self.data = data
  }

  public func dataSet(_ name: String) -> DataSet? { dataSets.first { $0.name == name } }
}

/// A file that may be written.
public struct FormatPath: Sendable {
  public let path: String
  /// What gives it another path, for messages; `nil` if that is another output folder.
  public let remedy: String?

  public init(_ path: String, remedy: String? = nil) {
    self.path = path
    self.remedy = remedy
  }
}

/// One rank's stretch of a file: those of all ranks, one after the other, are the file.
public struct FormatFile: Sendable {
  public let path: String
  public let bytes: [UInt8]

  public init(_ path: String, _ text: String) {
    self.path = path
    bytes = Array(text.utf8)
  }
}

/// A table with a row for each data set.
public struct FormatOverview: Sendable {
  public let path: String
  public let head: String
  /// The row of a data set, whose number counts from 1; of one without a fit where there is no
  /// document.
  public let row: @Sendable (_ number: Int, _ dataSet: FitDocument.DataSet?) -> String

  public init(
    path: String, head: String,
    row: @escaping @Sendable (_ number: Int, _ dataSet: FitDocument.DataSet?) -> String
  ) {
    self.path = path
    self.head = head
    self.row = row
  }
}
