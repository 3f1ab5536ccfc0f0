import Foundation

/// The job that says the same as a control stream.
package struct ImportedJob: Sendable {
  /// The text of the job file.
  package var text: String
  /// What was left out, or taken in a way of which a reader should know; the job file has it too.
  package var notes: [String]
  /// The path of the data file.
  package var dataPath: String
}

/// Translates a NONMEM control stream into a job.
package enum ControlStreamImport {
  /// Translates a control stream, whose data file has to be there.
  /// - Parameters:
  ///   - text: the control stream.
  ///   - path: the control stream's file, as in messages; the data file is looked for next to it.
  ///   - root: the root of NONMEM-style outputs, from the control stream's name without ending and
  ///     the files of its tables; `nil` for the folder of all outputs.
  /// - Throws: `ControlStreamError` with all that cannot be translated.
  package static func job(
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

  /// Notes on what is in the control stream and means nothing to the job.
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
