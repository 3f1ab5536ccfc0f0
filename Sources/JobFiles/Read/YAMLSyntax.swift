import Yams

extension YAMLDocument {
  /// An error of the YAML parser in our words, and its place.
  func sentence(for error: YamlError) -> (message: String, position: TextPosition) {
    switch error {
    case .scanner(let context, let problem, let mark, _),
      .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let start = position(of: context?.mark ?? mark)
      let sentence = sentence(for: problem, at: mark, begunOnLine: start.line)
      // These are found long after their cause, which stands where the context begins.
      let isLate = problem == "could not find expected ':'" || problem.hasSuffix("end of stream")
      return (sentence, isLate ? start : position(of: mark))
    case .duplicatedKeysInMapping(let keys, let context):
      let key = keys.first.map { "the key '\($0)'" } ?? "a key"
      return (
        "\(key) is written more than once in one mapping, expected it once; keep one of them.",
        position(of: context.mark)
      )
    case .reader(let problem, _, _, _), .writer(let problem), .emitter(let problem),
      .representer(let problem):
      return (
        "the file cannot be read as YAML (\(problem)); save it as UTF-8 text.",
        TextPosition(line: 1, column: 1)
      )
    case .no, .memory, .dataCouldNotBeDecoded:
      return ("the file cannot be read as YAML.", TextPosition(line: 1, column: 1))
    }
  }

  private func sentence(for problem: String, at mark: Mark, begunOnLine start: Int) -> String {
    let found = character(at: mark)
    if found == "\t" || problem.contains("tab character") {
      return "found a tab, expected spaces; indent with spaces only."
    }
    switch problem {
    case "did not find expected ',' or ']'":
      return "the list begun on line \(start) is not continued or closed here, expected ',' or ']'."
    case "did not find expected ',' or '}'":
      return
        "the mapping begun on line \(start) is not continued or closed here, expected ',' or '}'."
    case "could not find expected ':'":
      return "found a text that is no key, expected 'key: value'; add a ':' and a blank."
    case "did not find expected key":
      return "this does not continue the mapping begun on line \(start), expected 'key: value'; "
        + "check the indentation."
    case "did not find expected '-' indicator":
      return "this does not continue the list begun on line \(start), expected '- value'; "
        + "check the indentation."
    case "mapping values are not allowed in this context":
      return "found a ':' where no key can end, expected one 'key: value' on a line; "
        + "check the indentation, or put the text in quotes."
    case "found unexpected end of stream":
      return "the text in quotes that begins here has no end, expected the same quotes behind it; "
        + "add them."
    case "found character that cannot start any token":
      let character = found.map { "'\($0)'" } ?? "this"
      return "no value begins with \(character), expected a text, a number, a list or a mapping; "
        + "put the text in quotes."
    case "did not find expected alphabetic or numeric character":
      let character = found.map { "'\($0)'" } ?? "this"
      return "found \(character) in the name of an anchor or alias, expected letters and digits; "
        + "put a text that begins with '*' or '&' in quotes."
    case "found undefined alias":
      return "found an alias without its anchor, expected a value; "
        + "put a text that begins with '*' in quotes."
    case "but found another document", "did not find expected <document start>":
      return "found a second document, expected one job in a file; remove what follows from here."
    default:
      return "the text is no YAML here (\(problem)), expected 'key: value', a list or a text; "
        + "check the quotes, brackets and indentation."
    }
  }
}
