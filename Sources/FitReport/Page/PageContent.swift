/// What the page says, as its template takes it. A name stands for one thing on all levels, as the
/// template looks for it on outer levels where an inner one lacks it.
struct PageContent {
  var title: String
  var lead: String
  var notices: [String] = []
  var blocks: [PageBlock] = []
  var footer: String
}

/// One data set, or what belongs to all.
struct PageBlock {
  var blockID: String
  var blockTitle: String
  var status = ""
  var statusKind = ""
  var paragraphs: [String] = []
  var facts: [PageFact] = []
  var warnings: [String] = []
  var parts: [PagePart] = []
  // Stored, as the template finds stored properties only.
  var hasStatus = false
  var hasFacts = false
}

struct PageFact {
  var term: String
  var definition: String
}

struct PagePart {
  var partID: String
  var partTitle: String
  var tables: [PageTable] = []
  var figures: [PageFigure] = []
  var texts: [String] = []
}

struct PageFigure {
  var figureID: String
  var fileName: String
  var heading: String
  var caption: String
  var alternative: String
  /// The SVG file in base 64.
  var data: String
  var width: Int
  var height: Int
  /// Whether two of its kind would not do on a printed page.
  var isTall: Bool
}

struct PageTable {
  var tableTitle: String
  var headers: [PageHeader]
  var rows: [PageRow] = []
  var tableNotes: [String] = []

  /// - Parameter headers: names of the columns; those that begin with `#` have numbers.
  init(_ title: String, _ headers: [String]) {
    tableTitle = title
    self.headers = headers.map {
      PageHeader(
        label: $0.hasPrefix("#") ? String($0.dropFirst()) : $0, isNumber: $0.hasPrefix("#"))
    }
  }

  mutating func add(_ cells: [PageCell]) { rows.append(PageRow(cells: cells)) }
}

struct PageHeader {
  var label: String
  var isNumber: Bool
}

struct PageRow {
  var cells: [PageCell]
}

struct PageCell {
  var text: String
  /// What it is sorted by.
  var value: String
  var isNumber: Bool

  static func text(_ text: String) -> PageCell {
    PageCell(text: text, value: text, isNumber: false)
  }

  /// - Parameter shown: how it is written, if not with four digits.
  static func number(_ value: Double?, shown: String? = nil) -> PageCell {
    PageCell(
      text: shown ?? Text.number(value), value: value.map { $0.isNaN ? "" : "\($0)" } ?? "",
      isNumber: true)
  }

  static func count(_ value: Int) -> PageCell {
    PageCell(text: grouped(value), value: "\(value)", isNumber: true)
  }
}
