import Figures
import FoundationEssentials
import OutputFolders
import Report

/// Draws figures and puts them on the page with the tables.
struct PageBuilder {
  let gnuplot: Gnuplot
  let progress: (String) -> Void
  private(set) var drawn: [(name: String, figure: DrawnFigure)] = []
  /// Each once, as the methods of a study may lack the same.
  private(set) var notices: [String] = []
  private var blocks: [PageBlock] = []

  init(gnuplot: Gnuplot, progress: @escaping (String) -> Void) {
    self.gnuplot = gnuplot
    self.progress = progress
  }

  func page(title: String, lead: String, footer: String) throws -> [UInt8] {
    var content = PageContent(title: title, lead: lead, footer: footer)
    content.notices = notices
    content.blocks = blocks
    return try Page(content: content).html()
  }

  mutating func add(_ study: StudyFolder) throws {
    var block = PageBlock(blockID: "study", blockTitle: "The study")
    block.parts = StudyTables(study: study).parts()
    let figures = StudyFigures(study: study).figures()
    if !figures.isEmpty {
      block.parts.append(
        try part(
          ReportSection(title: "Errors and coverage", figures: figures), prefix: "", in: "study"))
    }
    blocks.append(block)
  }

  /// Adds the fits of a folder.
  /// - Parameter method: its name in a study.
  mutating func add(
    _ folder: OutputFolder, method: String?, options: ReportOptions, version: String
  ) throws {
    let chosen = try Self.chosen(folder, options)
    let methodID = method.map(Text.identifier)
    let tables = FolderTables(folder: folder)
    if let overview = tables.dataSets(chosen: chosen.map(\.name)) {
      var block = PageBlock(
        blockID: (methodID.map { $0 + "-" } ?? "") + "data-sets",
        blockTitle: (method.map { "\($0): " } ?? "")
          + "\(grouped(folder.fit.dataSets.count)) data sets")
      block.parts = [overview]
      block.parts[0].partID = block.blockID + "-table"
      blocks.append(block)
      if options.dataSets.isEmpty, method == nil, let first = chosen.first {
        notices.append(
          "There are \(grouped(folder.fit.dataSets.count)) data sets; figures are those of the first regular one, \(first.name). --data-set NAME chooses others."
        )
      }
    }
    var used: Set<String> = []
    for dataSet in chosen {
      var prefix = methodID.map { $0 + "-" } ?? ""
      if chosen.count > 1 {
        var name = Text.identifier(
          dataSet.name.hasSuffix(".csv") ? String(dataSet.name.dropLast(4)) : dataSet.name)
        while !used.insert(name).inserted { name += "-x" }
        prefix += name + "-"
      }
      try add(folder, dataSet, prefix: prefix, method: method, options: options)
    }
    if method == nil || !blocks.contains(where: { $0.blockID == "provenance" }) {
      blocks.append(tables.provenance(version: version))
    } else {
      // What belongs to all methods comes last.
      let place = blocks.firstIndex { $0.blockID == "provenance" }!
      blocks.append(blocks.remove(at: place))
    }
  }

  private mutating func add(
    _ folder: OutputFolder, _ dataSet: FitDocument.DataSet, prefix: String, method: String?,
    options: ReportOptions
  ) throws {
    let id = prefix + "fit"
    var block = PageBlock(
      blockID: id, blockTitle: (method.map { "\($0): " } ?? "") + dataSet.name)
    block.status = dataSet.status
    block.hasStatus = true
    block.statusKind = dataSet.isRegular ? "good" : "bad"
    block.paragraphs = [dataSet.reason] + dataSet.notUsed.map { "Not used: \($0)" }
    guard let fit = dataSet.fit else {
      blocks.append(block)
      return
    }
    progress("\(dataSet.name): reading")
    let view = try FitView(folder, dataSet, fit, jobPath: options.jobPath)
    guard view.rows.count > 0 else {
      throw JobFailure(
        message:
          "\(folder.path)/subjects.csv: the table has no subjects of \(dataSet.name), which fit.json has; give the output folder of a finished fit.",
        code: .data)
    }
    let tables = FitTables(view: view)
    block.facts = tables.facts()
    block.hasFacts = true
    block.paragraphs.append(
      dataSet.sha256.map { "Data: SHA-256 \($0)." } ?? "Data: drawn from the job's simulation.")
    block.warnings = fit.warnings + (dataSet.maximaWarnings ?? [])
    let (sections, missing) = FitFigures(view: view, options: options).sections()
    for notice in missing where !notices.contains(notice) { notices.append(notice) }
    block.parts = [tables.parameters()] + [tables.shrinkage()].compactMap { $0 }
    for section in sections {
      let part = try part(section, prefix: prefix, in: id)
      if !part.figures.isEmpty { block.parts.append(part) }
    }
    block.parts += [tables.starts(), tables.influence(), tables.poorIntegrals()].compactMap { $0 }
    block.parts.append(tables.subjects())
    for place in block.parts.indices where block.parts[place].partID.isEmpty {
      block.parts[place].partID =
        "\(id)-\(Text.identifier(block.parts[place].partTitle.lowercased()))"
    }
    blocks.append(block)
  }

  /// Draws the figures of a section.
  private mutating func part(_ section: ReportSection, prefix: String, in block: String) throws
    -> PagePart
  {
    var part = PagePart(
      partID: "\(block)-\(Text.identifier(section.title.lowercased()))", partTitle: section.title)
    for figure in section.figures {
      var named = figure.figure
      named.name = prefix + named.name
      progress("drawing \(named.name)")
      let result: DrawnFigure
      do throws(FigureError) { result = try gnuplot.draw(named) } catch {
        // One figure less is better than no page.
        if case .failed(_, let reason) = error {
          notices.append(
            "The figure \(named.name) is missing: gnuplot could not draw it (\(reason)). Please report it, with the output folder."
          )
          continue
        }
        let code: ExitStatus =
          switch error {
          case .noGnuplot, .unsuitable: .unavailable
          case .failed: .internal
          case .system: .inputOutput
          }
        throw JobFailure(message: "\(error)", code: code)
      }
      drawn.append((named.name, result))
      let size = named.size
      part.figures.append(
        PageFigure(
          figureID: "figure-\(named.name)", fileName: named.name, heading: figure.heading,
          caption: figure.caption, alternative: "\(figure.heading). \(figure.caption)",
          data: Data(result.svg).base64EncodedString(), width: Int(size.width),
          height: Int(size.height),
          isTall: size.height > 0.75 * size.width))
    }
    return part
  }

  /// The data sets whose figures are made.
  private static func chosen(_ folder: OutputFolder, _ options: ReportOptions) throws
    -> [FitDocument.DataSet]
  {
    guard options.dataSets.isEmpty else {
      return try options.dataSets.map { name in
        if let found = folder.fit.dataSets.first(where: { $0.name == name }) { return found }
        throw JobFailure(
          message:
            "\(folder.path): there is no data set \(name) in the results; the first one is called "
            + "\(folder.fit.dataSets.first?.name ?? "nothing").",
          code: .usage)
      }
    }
    let regular = folder.fit.dataSets.first {
      $0.fit != nil && $0.isRegular
    }
    guard
      let first = regular ?? folder.fit.dataSets.first(where: { $0.fit != nil })
        ?? folder.fit.dataSets.first
    else {
      throw JobFailure(
        message:
          "\(folder.path)/fit.json: there are no data sets in it; give the output folder of a finished fit.",
        code: .data)
    }
    return [first]
  }
}
