/// An SVG file of gnuplot in fewer bytes: points of one look refer to one mark, and fonts have others in their place where they are missing.
///
/// gnuplot writes some 120 bytes for a point. Only lines that gnuplot wrote itself are changed, which texts cannot imitate: it writes `<`
/// in texts as `&lt;`.
struct CompactSVG {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) {
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    var marks: [String: Int] = [:]
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true) {
      if line.starts(with: Self.pointStart), let point = Point(line) {
        let number = marks[point.look] ?? marks.count
        if marks[point.look] == nil {
          marks[point.look] = number
          output += Array("<defs><g id='m\(number)' \(point.look)/></g></defs>\n".utf8)
        }
        output += Array("<use xlink:href='#m\(number)' x='\(point.x)' y='\(point.y)'/>\n".utf8)
      } else {
        output += line
        output.append(UInt8(ascii: "\n"))
      }
    }
    self.bytes = Array(
      String(decoding: output, as: UTF8.self)
        .replacing(
          "font-family=\"Arial\"",
          with: "font-family=\"Arial,'Liberation Sans',Helvetica,sans-serif\""
        ).utf8)
  }

  private static let pointStart = Array("\t<use xlink:href='#gpPt".utf8)

  /// `<use xlink:href='#gpPt6' transform='translate(105.16,179.60) scale(2.25)' color='rgb(  0, 114, 178)' opacity='0.50'/>`
  private struct Point {
    let x: Substring
    let y: Substring
    /// What is the same for all points of one look.
    let look: String

    init?(_ line: ArraySlice<UInt8>) {
      let text = Substring(decoding: line, as: UTF8.self)
      guard
        let match = text.wholeMatch(
          of:
            /\t<use xlink:href='#(gpPt[0-9]+)' transform='translate\((?<x>[-0-9.]+),(?<y>[-0-9.]+)\) scale\((?<scale>[0-9.]+)\)' (?<rest>color='[^']*'(?: opacity='[0-9.]+')?)\/>/
        )
      else { return nil }
      x = match.x
      y = match.y
      look = "\(match.rest)><use xlink:href='#\(match.1)' transform='scale(\(match.scale))'"
    }
  }
}
