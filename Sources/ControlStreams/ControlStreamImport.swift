import Foundation
import PopulationData

/// A control stream as a job.
public struct ImportedJob: Sendable {
  /// The job file.
  public var text: String
  /// What was left out or taken in a way of which a reader should know; also in the job file.
  public var notes: [String]
  /// Where the data are.
  public var dataPath: String
}

/// Translates a NONMEM control stream into a job.
public enum ControlStreamImport {
  /// - Parameters:
  ///   - text: the control stream.
  ///   - path: its file, as in messages; the data file is looked for beside it.
  ///   - root: of NONMEM-style outputs, from the control stream's name without ending and the files
  ///     of its tables; `nil` for the folder of all outputs.
  /// - Throws: `ControlStreamError` with all that cannot be translated.
  public static func job(
    from text: String, path: String, root: (String, [String]) -> String? = { name, _ in name }
  ) throws(ControlStreamError) -> ImportedJob {
    let stream = try ControlStream(text, path: path)
    let folder = (path as NSString).deletingLastPathComponent
    let dataPath =
      stream.data.file.hasPrefix("/") || folder.isEmpty
      ? stream.data.file : "\(folder)/\(stream.data.file)"
    do throws(Fault) {
      guard FileManager.default.isReadableFile(atPath: dataPath) else {
        throw Fault(
          stream.data.position,
          "the data file \"\(stream.data.file)\" cannot be read; its path begins at the folder of the control stream."
        )
      }
      let table = DataColumns(path: dataPath, stream: stream)
      var translator = try Translator(stream, data: table)
      var model = try translator.translate()
      model.notes = stream.notes + model.notes + unused(stream, model)
      let file = (path as NSString).lastPathComponent
      let name = (file as NSString).deletingPathExtension
      let writer = JobWriter(
        stream: stream, model: model, name: name, root: root(name, stream.tables.map(\.file)),
        source: file)
      try writer.check()
      return ImportedJob(text: writer.text, notes: model.notes, dataPath: dataPath)
    } catch {
      throw ControlStreamError(
        path: path, faults: [ControlStreamFault(position: error.position, message: error.message)])
    }
  }

  private static func unused(_ stream: ControlStream, _ model: TranslatedModel) -> [String] {
    var notes: [String] = []
    let options = stream.estimation.withoutMeaning
    if !options.isEmpty {
      notes.append(
        "options of $ESTIMATION without a meaning here: \(options.joined(separator: " ")).")
    }
    let numbering = Numbering(stream: stream, model: model)
    for (index, theta) in stream.thetas.enumerated()
    where !theta.isFixed && WordReader.number(numbering.thetas[index]) != nil {
      notes.append("THETA(\(index + 1)) has no effect on the model and stays as it is.")
    }
    for index in 0..<stream.omega.count
    where stream.omega.variance(index + 1) != 0 && WordReader.number(numbering.etas[index]) != nil {
      notes.append("ETA(\(index + 1)) has no effect on the model, and its variance stays as it is.")
    }
    return notes + TableColumns(stream: stream, model: model).notes
  }
}

/// The numbers in columns of a data file.
struct DataColumns {
  private let rows: [[Substring]]
  private let stream: ControlStream

  init(path: String, stream: ControlStream) {
    self.stream = stream
    let text = FileManager.default.contents(atPath: path).map { plainText($0) } ?? ""
    // Other line ends, such as U+0085, are part of a text.
    rows = text.split { ["\n", "\r", "\r\n"].contains($0) }.map { line in
      line.contains(",")
        ? line.split(separator: ",", omittingEmptySubsequences: false)
        : line.split(whereSeparator: \.isWhitespace)
    }
  }

  /// CMT of observations, or of other records, ascending; missing ones are 0.
  func compartments(ofObservations: Bool) -> [Double] {
    func place(_ name: String) -> Int? {
      stream.columns.firstIndex { $0.name == name && !$0.isDropped }
    }
    guard let compartment = place("CMT") else { return [] }
    let others = ["EVID", "MDV", "AMT"].compactMap(place)
    var values: Set<Double> = []
    for row in rows where compartment < row.count {
      func number(_ place: Int) -> Double {
        place < row.count ? WordReader.number(row[place].trimmed) ?? 0 : 0
      }
      guard WordReader.number(row[0].trimmed) != nil,
        others.allSatisfy({ number($0) == 0 }) == ofObservations
      else { continue }
      values.insert(number(compartment))
    }
    return values.sorted()
  }

  /// Whether in each row with numbers in two columns one is 1 and the other one 0.
  func areComplementary(_ a: String, _ b: String) -> Bool {
    guard let first = stream.columns.firstIndex(where: { $0.name == a }),
      let second = stream.columns.firstIndex(where: { $0.name == b })
    else { return false }
    return rows.allSatisfy { row in
      guard first < row.count, second < row.count, let x = WordReader.number(row[first].trimmed),
        let y = WordReader.number(row[second].trimmed)
      else { return true }
      return (x == 0 || x == 1) && x + y == 1
    }
  }

  /// The different numbers in a column, ascending.
  func values(_ name: String) -> [Double]? {
    guard let place = stream.columns.firstIndex(where: { $0.name == name }) else { return nil }
    var values: Set<Double> = []
    for row in rows where place < row.count {
      if let value = WordReader.number(row[place].trimmed) { values.insert(value) }
    }
    return values.sorted()
  }
}
