/// An SVG file of gnuplot in fewer bytes: points of one look refer to one mark, and fonts have
/// others in their place where they are missing. What gnuplot forgets to escape is escaped.
///
/// gnuplot writes some 120 bytes for a point. Only lines that gnuplot wrote itself are changed,
/// which texts cannot imitate: it writes `<` in texts as `&lt;`.
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
    output = Self.replacing(
      "font-family=\"Arial\"",
      with: "font-family=\"Arial,'Liberation Sans',Helvetica,sans-serif\"", in: output)
    // gnuplot leaves it in texts, where XML does not allow it.
    self.bytes = Self.replacing("]]>", with: "]]&gt;", in: output)
  }

  /// By bytes, as a character may be more than the sign that it begins with.
  private static func replacing(_ mark: String, with other: String, in bytes: [UInt8]) -> [UInt8] {
    let mark = Array(mark.utf8)
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count + bytes.count / 16)
    var place = 0
    while place < bytes.count {
      if bytes[place] == mark[0], bytes[place...].starts(with: mark) {
        result += other.utf8
        place += mark.count
      } else {
        result.append(bytes[place])
        place += 1
      }
    }
    return result
  }

  private static let pointStart = Array("\t<use xlink:href='#gpPt".utf8)

  /// `<use xlink:href='#gpPt6' transform='translate(105.16,179.60) scale(2.25)' color='rgb(  0,
  /// 114, 178)' opacity='0.50'/>`
  private struct Point {
    let x: String
    let y: String
    /// What is the same for all points of one look.
    let look: String

    init?(_ line: ArraySlice<UInt8>) {
      var rest = line.dropFirst(CompactSVG.pointStart.count)
      /// The bytes up to a mark, which is skipped as well.
      func next(_ mark: StaticString) -> String? {
        mark.withUTF8Buffer { mark in
          guard
            let end = rest.indices.first(where: { place in
              rest[place] == mark[0] && rest[place...].starts(with: mark)
            })
          else { return nil }
          defer { rest = rest[(end + mark.count)...] }
          return String(decoding: rest[..<end], as: UTF8.self)
        }
      }
      guard let type = next("' transform='translate("), let x = next(","), let y = next(") scale("),
        let scale = next(")' "), let paint = next("/>"), rest.isEmpty,
        [type, x, y, scale].allSatisfy({
          $0.utf8.allSatisfy { $0 == 45 || $0 == 46 || (48...57).contains($0) }
        })
      else { return nil }
      self.x = x
      self.y = y
      look = "\(paint)><use xlink:href='#gpPt\(type)' transform='scale(\(scale))'"
    }
  }
}
