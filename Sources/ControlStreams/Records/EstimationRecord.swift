/// `$ESTIMATION`, as far as it has a meaning.
struct EstimationRecord: Sendable {
  var seed: Int?
  /// Options that have none, as written.
  var withoutMeaning: [String] = []
  /// Whether there was a record before.
  private var hasEstimated = false

  private struct Option {
    var name: String
    var value: String?
    var position: Position
  }

  /// Reads a record; of what several say the last one counts.
  mutating func read(_ record: ControlRecord) throws(Fault) {
    var reader = try WordReader(record)
    defer { hasEstimated = true }
    while !reader.isAtEnd {
      if !reader.take(.comma) { try take(Self.option(&reader)) }
    }
  }

  /// Reads `NAME` or `NAME=value`; what stands in parentheses behind a value is left out.
  private static func option(_ reader: inout WordReader) throws(Fault) -> Option {
    let place = reader.position
    guard let name = reader.name else { throw reader.unexpected("an option of $ESTIMATION") }
    reader.advance()
    guard reader.take(.equals) else { return Option(name: name, position: place) }
    guard let value = reader.content else { throw reader.unexpected("a value") }
    reader.advance()
    if reader.take(.open) { while !reader.isAtEnd, !reader.take(.close) { reader.advance() } }
    return Option(name: name, value: value, position: place)
  }

  private mutating func take(_ option: Option) throws(Fault) {
    let (name, value) = (option.name, option.value)
    switch name {
    case "LIKE", "LIKELIHOOD", "-2LL", "-2LOGLIKELIHOOD", "-2LLIKELIHOOD":
      throw Fault(
        option.position,
        "\(name): Y is a likelihood itself, and popmix has normal residual errors (and limits of quantification) only."
      )
    case "METHOD", "METH": try Self.checkMethod(value, option.position)
    case "SEED": seed = value.flatMap { Int($0) }
    case "MAXEVALS", "MAXEVAL", "MAX":
      guard value != "0" || hasEstimated else {
        throw Fault(
          option.position,
          "MAXEVAL=0 evaluates without fitting, which a job cannot; give start values and FIX, or let it fit."
        )
      }
      withoutMeaning.append("\(name)=\(value ?? "")")
    case "EONLY":
      guard value != "1" || hasEstimated else {
        throw Fault(
          option.position, "EONLY=1 evaluates without fitting, which a job cannot; remove it.")
      }
    case "MSFO", "FILE", "PRINT", "NOABORT", "FORMAT", "NOTITLE", "NOLABEL", "ORDER", "POSTHOC",
      "NOOMITTED", "NOPRIOR":
      break
    default: withoutMeaning.append(name + (value.map { "=\($0)" } ?? ""))
    }
  }

  /// - Throws: `Fault` at methods that look for something else than maximum likelihood.
  private static func checkMethod(_ value: String?, _ place: Position) throws(Fault) {
    switch value?.uppercased() ?? "0" {
    case "0" where value == nil, "BAYES", "NUTS", "DIRECT", "CHAIN", "HYBRID":
      throw Fault(
        place,
        "METHOD=\(value ?? "") is not supported; popmix maximises the exact likelihood: write METHOD=IMP."
      )
    case "0", "ZERO":
      throw Fault(
        place,
        "METHOD=0 approximates the model at ETA = 0; popmix maximises the exact likelihood: write METHOD=IMP."
      )
    default: break
    }
  }
}
