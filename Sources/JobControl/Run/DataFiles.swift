import Glibc
package import JobFiles

extension JobFile {
  /// The files with the observations, sorted, each once; their paths can be opened from here.
  ///
  /// A path that exists is taken as it is, even with characters of a glob. Globs do not find
  /// folders, nor files whose names begin with a point. A file that is not there is listed all the
  /// same if others are: it is a data set that cannot be read, and does not stop them.
  /// - Throws: `JobError.invalid` for each entry of `data.files` that is a folder or a glob that
  ///   finds nothing, and for files that are not there if there is no other.
  package func dataFiles() throws(JobError) -> [String] { try dataFiles(without: []).paths }

  /// As `dataFiles()`.
  /// - Parameter outputs: output folders of popmix; what its list of a folder names is no data that
  ///   a glob finds.
  /// - Returns: the files, and what to tell of those that were left out.
  func dataFiles(
    without outputs: [String]
  ) throws(JobError) -> (paths: [String], notices: [String]) {
    var results = ResultFinder(outputs: outputs, folder: folder)
    var files: [String: String] = [:]
    var missing: [(path: String, fault: JobDiagnostic)] = []
    var faults: [JobDiagnostic] = []
    for entry in data?.files ?? [] {
      let found = entry.value.hasPrefix("/") ? entry.value : folder + entry.value
      var message: String?
      switch kind(of: found) {
      case .file: files[identity(of: found)] = found
      case .folder:
        message =
          "\"\(entry.value)\" is a folder, expected a file; "
          + "write for example '\(trimmed(entry.value))/*.csv'."
      case .missing(let reason):
        guard entry.value.contains(where: { "*?[".contains($0) }) else {
          missing.append(
            (
              found,
              JobDiagnostic(
                path: path, line: entry.line, column: entry.column,
                message: "\"\(entry.value)\" cannot be read (\(reason)), expected a file at "
                  + "\"\(found)\"; correct the path, which begins at the folder of the job file.")
            ))
          break
        }
        let matches = matches(of: entry.value).filter { !results.isResult($0) }
        for match in matches { files[identity(of: match)] = match }
        // What is no UTF-8 has become U+FFFD, and leads nowhere.
        if let other = matches.first(where: {
          $0.unicodeScalars.contains("\u{FFFD}") && access($0, F_OK) != 0
        }) {
          message =
            "\"\(entry.value)\" finds a file whose name is not UTF-8 (\"\(other)\"), expected names in "
            + "UTF-8; rename the file."
        }
        if matches.isEmpty {
          message =
            "\"\(entry.value)\" finds no file"
            + (results.found.isEmpty ? "" : " but results of popmix") + ", expected at least one; "
            + "correct the path, which begins at the folder of the job file."
        }
      }
      if let message {
        faults.append(
          JobDiagnostic(path: path, line: entry.line, column: entry.column, message: message))
      }
    }
    if files.isEmpty || !faults.isEmpty { faults += missing.map(\.fault) }
    guard faults.isEmpty else {
      throw .invalid(faults.sorted { ($0.line, $0.column) < ($1.line, $1.column) })
    }
    return (Set(files.values).union(missing.map(\.path)).sorted(), results.notices)
  }

  /// The path of the job file up to its last `/`, or nothing.
  private var folder: String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
  }

  private func trimmed(_ path: String) -> String {
    path.hasSuffix("/") ? String(path.dropLast()) : path
  }

  /// Two paths of one file have the same.
  private func identity(of path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  private enum Kind {
    case file, folder
    case missing(reason: String)
  }

  private func kind(of path: String) -> Kind {
    var status = stat()
    guard stat(path, &status) == 0 else {
      return .missing(reason: String(cString: strerror(errno)))
    }
    return status.st_mode & S_IFMT == S_IFDIR ? .folder : .file
  }

  /// The files that the glob finds.
  private func matches(of pattern: String) -> [String] {
    // The folder of the job file is no pattern, whatever its name is.
    let escaped = folder.map { "*?[\\".contains($0) ? "\\\($0)" : "\($0)" }.joined()
    var result = glob_t()
    defer { globfree(&result) }
    guard glob(pattern.hasPrefix("/") ? pattern : escaped + pattern, 0, nil, &result) == 0 else {
      return []
    }
    return (0..<Int(result.gl_pathc))
      .compactMap { result.gl_pathv[$0].map { String(cString: $0) } }
      // What cannot be opened, as a link to nowhere, is a data set that fails, not one less.
      .filter { if case .folder = kind(of: $0) { false } else { true } }
  }
}
