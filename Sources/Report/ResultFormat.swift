package import MessagePassing
package import PopulationData

/// Results in the files of another program, made from results in memory.
///
/// A run asks each format that a job wants for the files of each fit. Every rank that has a part of
/// the subjects gives its stretch of each file; nobody has all of them. A new format is a target
/// with a type that conforms, a key of the job file, and a line in the list of `JobControl`.
package protocol ResultFormat: Sendable {
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
  package var needsObservations: Bool { false }
  package var remedy: String { "give another folder by `output` or --output" }
  package func validate(_ dataSet: String, columns: () -> [String]?) throws {}
  package func overview(_ place: FormatPlace) -> FormatOverview? { nil }
  package func bootstrapPath(of dataSet: String, _ place: FormatPlace) -> String? { nil }
  package func bootstrap(
    of original: FitDocument.DataSet, replicates: [FitDocument.DataSet]
  ) -> [UInt8] { [] }
}

/// Where the files of a format may go.
package struct FormatPlace: Sendable {
  package struct DataSet: Sendable {
    package let name: String
    /// What files of its own are called, without an ending.
    package let stem: String
    /// The data file; `nil` of drawn data.
    package let path: String?

    package init(name: String, stem: String, path: String?) {
      self.name = name
      self.stem = stem
      self.path = path
    }
  }

  /// Of the outputs.
  package let folder: String
  /// Of the job file, with a `/` at its end; empty for the working folder.
  package let jobFolder: String
  /// All of the job.
  package let dataSets: [DataSet]
  /// How data files are read.
  package let data: DatasetFormat

  package init(folder: String, jobFolder: String, dataSets: [DataSet], data: DatasetFormat) {
    self.folder = folder
    self.jobFolder = jobFolder
    self.dataSets = dataSets
    self.data = data
  }

  package func dataSet(_ name: String) -> DataSet? { dataSets.first { $0.name == name } }
}

/// A file that may be written.
package struct FormatPath: Sendable {
  package let path: String
  /// What gives it another path, for messages; `nil` if that is another output folder.
  package let remedy: String?

  package init(_ path: String, remedy: String? = nil) {
    self.path = path
    self.remedy = remedy
  }
}

/// One rank's stretch of a file: those of all ranks, one after the other, are the file.
package struct FormatFile: Sendable {
  package let path: String
  package let bytes: [UInt8]

  package init(_ path: String, _ text: String) {
    self.path = path
    bytes = Array(text.utf8)
  }
}

/// A table with a row for each data set.
package struct FormatOverview: Sendable {
  package let path: String
  package let head: String
  /// The row of a data set, whose number counts from 1; of one without a fit where there is no
  /// document.
  package let row: @Sendable (_ number: Int, _ dataSet: FitDocument.DataSet?) -> String

  package init(
    path: String, head: String,
    row: @escaping @Sendable (_ number: Int, _ dataSet: FitDocument.DataSet?) -> String
  ) {
    self.path = path
    self.head = head
    self.row = row
  }
}
