import Foundation
import Report
import TestSupport
import Testing

@Suite("popmix report")
struct ReportTests {
  /// IDs, a column and a file that try to be something else.
  private static let ids = [
    "<script>alert(1)</script>", "'; system('touch MARK') #", "`touch MARK`", "$(touch MARK)",
    "{/Symbol a}", "EOD", "😀", "שלום", "\"><img src=x onerror=alert(1)>",
    "\"\u{301} onerror=alert(1)",
  ]
  private static let column = "<u onclick=alert(1)>'`touch MARK`"
  private static let file = "d'a`t$a <b>.csv"

  /// The example's first subjects with other IDs and a covariate.
  private func hostileData(mark: String) throws -> String {
    var lines = try JobFolder.exampleData(subjects: 30).split(separator: "\n").map(String.init)
    func quoted(_ text: String) -> String {
      let bytes = text.replacing("MARK", with: mark).utf8.flatMap { $0 == 34 ? [34, 34] : [$0] }
      return "\"" + String(decoding: bytes, as: UTF8.self) + "\""
    }
    lines[0] += "," + quoted(Self.column)
    for line in lines.indices.dropFirst() {
      let (id, rest) = (lines[line].prefix { $0 != "," }, lines[line].drop { $0 != "," })
      let number = Int(id)!
      let text = number <= Self.ids.count ? quoted(Self.ids[number - 1]) : String(id)
      lines[line] = text + rest + ",\(number % 3)"
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func fitted(_ folder: JobFolder) throws {
    try folder.write(hostileData(mark: folder.path + "/MARK"), to: Self.file)
    let job = JobFolder.job(method: "method: exact").replacing(
      "files: data.csv", with: "files: \"\(Self.file)\"")
    try folder.write(job, to: "job.yaml")
    let fit = try ChildProcess.run("popmix", ["fit", "-q", folder.path + "/job.yaml"])
    #expect(fit.exitCode == 0, "\(fit.errors)")
  }

  private func report(_ folder: JobFolder, _ options: [String] = []) throws -> ChildProcess {
    try ChildProcess.run("popmix", ["report", folder.path + "/out"] + options)
  }

  private let expected = [
    "conditional-means", "correlations", "covariates", "individual-best",
    "individual-worst", "log-likelihood", "membership", "npde", "observed-predicted", "parameters",
    "random-effects", "residuals", "standard-errors", "vpc",
  ]

  @Test("writes one page and each figure as SVG and PDF, and nothing else")
  func files() throws {
    let folder = try JobFolder()
    try fitted(folder)
    let run = try report(folder)
    #expect(run.exitCode == 0)
    #expect(run.errors == "")
    #expect(run.output.contains("14 figures"))
    #expect(folder.files(in: "out/report") == ["figures", "popmix-files.json", "report.html"])
    #expect(
      folder.files(in: "out/report/figures") == expected.flatMap { ["\($0).pdf", "\($0).svg"] })
    let page = try folder.read("out/report/report.html")
    // What is fetched is part of the page.
    let sources = page.matches(of: /(?:src|href)="([^"]*)"/).map { String($0.1) }
    #expect(sources.allSatisfy { $0.hasPrefix("data:") || $0.hasPrefix("#") })
    #expect(!page.contains("url("))
    #expect(page.utf8.count < 3_000_000)
    for table in ["Shrinkage", "Most influential subjects", "Subjects"] {
      #expect(page.contains("<caption>\(table)</caption>"), "\(table)")
    }
    for table in ["Distinct maxima", "Subjects with poor importance weights"] {
      #expect(!page.contains(table), "\(table)")
    }
    #expect(folder.files(in: ".").contains("MARK") == false)
  }

  @Test("names the maxima of several starts, and subjects whose weights are poor")
  func health() throws {
    let folder = try JobFolder()
    try folder.write(JobFolder.exampleData(), to: "data.csv")
    try folder.write(
      JobFolder.job(method: "method: paper\n  samples: 30\n  iterations: 5\n  starts: 3"),
      to: "job.yaml")
    #expect(try ChildProcess.run("popmix", ["fit", "-q", folder.path + "/job.yaml"]).exitCode == 0)
    let subjects = try folder.read("out/subjects.csv").split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    let columns = try [("pareto_k", "tau"), ("ess", "tau")].map { names in
      try (1...2).map { k in
        (
          try #require(subjects[0].firstIndex(of: "\(names.0).\(k)")),
          try #require(subjects[0].firstIndex(of: "\(names.1).\(k)"))
        )
      }
    }
    var poor = 0
    for row in subjects.dropFirst() {
      for k in 0..<2 where (Double(row[columns[0][k].1]) ?? 0) > 0.01 {
        let (shape, size) = (Double(row[columns[0][k].0]) ?? 0, Double(row[columns[1][k].0]) ?? 0)
        if shape > 0.7 || size < 5 { poor += 1 }
      }
    }
    #expect(poor > 0)
    #expect(try report(folder).exitCode == 0)
    let page = try folder.read("out/report/report.html")
    func rows(_ caption: String) throws -> Int {
      let start = try #require(page.range(of: "<caption>\(caption)</caption>"))
      let rest = page[start.upperBound...]
      let end = try #require(rest.range(of: "</tbody>"))
      return rest[..<end.lowerBound].split(separator: "\n").count { $0.contains("<tr><td") }
    }
    #expect(try rows("Subjects with poor importance weights") == poor)
    #expect(try rows("Most influential subjects") == 10)
    let document = try FitDocument(json: Array(folder.read("out/fit.json").utf8), path: "fit.json")
    #expect(try rows("Distinct maxima") == document.dataSets[0].maxima?.count)
  }

  @Test(
    "the page opens in a browser: no errors, all figures seen, tables sort, texts of the data do nothing",
    .enabled(if: Browser.isThere, Comment(rawValue: Browser.whyNot)))
  func page() throws {
    let folder = try JobFolder()
    try fitted(folder)
    #expect(try report(folder).exitCode == 0)
    let path = folder.path + "/out/report/report.html"
    let visit = try Browser.visit(path)
    #expect(visit.console == [])
    #expect(visit.document.contains("</footer>"))
    // A copy that may run a script which looks at the pictures and clicks.
    let html = try folder.read("out/report/report.html")
    let policy = try #require(
      html.firstMatch(of: /<meta http-equiv="Content-Security-Policy"[^>]*>/))
    let probe = """
      <script>
      (async () => {
        const wrong = [];
        for (const image of document.images) {
          try { await image.decode(); } catch (error) { wrong.push(image.alt); }
          if (image.naturalWidth < 300 || !image.alt) wrong.push(image.alt);
        }
        const table = document.querySelector("table");
        const column = (k) => Array.from(table.tBodies[0].rows, (row) => row.cells[k].textContent);
        const first = column(0);
        table.tHead.rows[0].cells[1].querySelector("button").click();
        const up = column(1).map(Number);
        table.tHead.rows[0].cells[1].querySelector("button").click();
        const down = column(1).map(Number);
        const isSorted = up.every((v, i) => i === 0 || up[i - 1] <= v) && down.every((v, i) => i === 0 || down[i - 1] >= v);
        document.title = JSON.stringify({
          images: document.images.length, wrong, isSorted, parameters: first.length,
          sort: table.tHead.rows[0].cells[1].getAttribute("aria-sort"),
          strange: document.querySelectorAll("main script, main u, main img[onerror], main b").length,
        });
      })();
      </script>
      """
    let copy = html.replacing(String(policy.0), with: "").replacing(
      "</body>", with: probe + "</body>")
    try folder.write(copy, to: "copy.html")
    let probed = try Browser.visit(folder.path + "/copy.html")
    #expect(probed.console == [])
    #expect(
      probed.document.contains(
        #"<title>{"images":14,"wrong":[],"isSorted":true,"parameters":8,"sort":"descending","strange":0}</title>"#
      ),
      "\(probed.document.firstMatch(of: /<title>.*?<\/title>/)?.0 ?? "")")
    // The policy holds against what the escapes do not let through anyway.
    let broken = html.replacing(
      "<main>",
      with:
        "<main><script>document.title = 'run'</script><img src=x onerror=\"document.title = 'run'\">"
    )
    try folder.write(broken, to: "broken.html")
    let guarded = try Browser.visit(folder.path + "/broken.html")
    #expect(guarded.document.contains("<title>small: fit</title>"))
    #expect(guarded.console.contains { $0.contains("Content Security Policy") })
  }

  @Test(
    "the page prints, with its texts",
    .enabled(
      if: Browser.isThere && Browser.hasPDFTools,
      "chromium or pdftotext is not installed (Debian: chromium, poppler-utils)"))
  func print() throws {
    let folder = try JobFolder()
    try fitted(folder)
    #expect(try report(folder).exitCode == 0)
    let text = try Browser.printed(
      folder.path + "/out/report/report.html", to: folder.path + "/page.pdf")
    for part in [
      "omega.V.V", "Visual predictive check", "<script>alert(1)</script>", "one-compartment bolus",
    ] {
      #expect(text.contains(part), "\(part)")
    }
    #expect(text.count { $0 == "\u{C}" } > 3)
  }

  @Test(
    "says which figures are missing where the data have changed or are gone, and finds them by --job"
  )
  func missingData() throws {
    let folder = try JobFolder()
    try fitted(folder)
    #expect(try report(folder).exitCode == 0)
    #expect(folder.files(in: "out/report/figures").contains("vpc.svg"))
    let data = try folder.read(Self.file)
    try folder.write(data.replacing("1.5,", with: "1.6,"), to: Self.file)
    let changed = try report(folder, ["--quiet"])
    #expect(changed.exitCode == 0)
    #expect(changed.errors.contains("the figures that need the data are missing"))
    #expect(changed.errors.contains("has changed since the fit"))
    #expect(try folder.read("out/report/report.html").contains("has changed since the fit"))
    // No figure of the report before is taken for one of this.
    #expect(!folder.files(in: "out/report/figures").contains("vpc.svg"))
    #expect(folder.files(in: "out/report/figures").contains("random-effects.pdf"))
    try FileManager.default.removeItem(atPath: folder.path + "/" + Self.file)
    let gone = try report(folder, ["--quiet"])
    #expect(gone.exitCode == 0)
    #expect(gone.errors.contains("No such file or directory"))
    let other = try JobFolder()
    try other.write(data, to: Self.file)
    let nowhere = try report(folder, ["--job", other.path + "/job.yaml"])
    #expect(nowhere.exitCode == 66)
    #expect(nowhere.errors.contains("/job.yaml: the job file that --job names cannot be read"))
    try other.write("", to: "job.yaml")
    let found = try report(folder, ["--job", other.path + "/job.yaml"])
    #expect(found.errors == "")
    #expect(found.output.contains("14 figures"))
  }

  @Test(
    "a study has its own figures, and those of a data set by each method, whatever else its job names"
  )
  func study() throws {
    let folder = try JobFolder()
    try folder.write(try JobFolder.exampleData(subjects: 5), to: "data.csv")
    // The files are those of `fit`; a study draws its data.
    let job = StudyTests.small.replacing("model:", with: "data: {files: data.csv}\nmodel:")
    try folder.write(job, to: "job.yaml")
    let run = try ChildProcess.run(
      "popmix", ["study", "-q", folder.path + "/job.yaml", "-o", folder.path + "/out"], ranks: 2)
    #expect(run.exitCode == 0, "\(run.errors)")
    let made = try report(folder)
    #expect(made.exitCode == 0 && made.errors == "", "\(made.errors)")
    let figures = folder.files(in: "out/report/figures")
    let own = ["coverage", "misclassified", "prediction-errors", "prediction-errors-realised"]
    for name in own + ["few", "many"].flatMap({ method in expected.map { "\(method)-\($0)" } }) {
      #expect(figures.contains("\(name).svg") && figures.contains("\(name).pdf"), "\(name)")
    }
    let page = try folder.read("out/report/report.html")
    #expect(page.contains("<h1>small: study</h1>"))
    // The truth is drawn, and its line named.
    #expect(try folder.read("out/report/figures/many-random-effects.svg").contains(">truth<"))
    // Units that come later are those of the labels.
    try folder.write(job + "units: {TIME: fortnights}\n", to: "job.yaml")
    #expect(try report(folder).exitCode == 0)
    #expect(try folder.read("out/report/figures/many-vpc.svg").contains("TIME (fortnights)"))
  }

  @Test("chosen subjects, prediction correction and strata")
  func options() throws {
    let folder = try JobFolder()
    try fitted(folder)
    let run = try report(
      folder,
      [
        "--subjects", "EOD,12,nobody", "--prediction-correction", "--stratify",
        Self.column.replacing("MARK", with: folder.path + "/MARK"), "--output",
        folder.path + "/elsewhere",
      ])
    #expect(run.exitCode == 0)
    #expect(run.errors.contains("no subjects with the ID nobody"))
    let files = folder.files(in: "elsewhere/figures")
    #expect(files.contains("individual-chosen.svg") && files.contains("vpc-corrected.svg"))
    #expect(!files.contains("individual-best.svg"))
    let svg = try folder.read("elsewhere/figures/individual-chosen.svg")
    #expect(svg.contains("EOD: class") && svg.contains("12: class"))
    #expect(try folder.read("elsewhere/figures/vpc-corrected.svg").contains("&lt;u onclick"))
    #expect(folder.files(in: "out").contains("report") == false)
  }

  @Test("each wrong folder, name and machine has its code and its message")
  func faults() throws {
    let folder = try JobFolder()
    let nothing = try report(folder)
    #expect(nothing.exitCode == 66)
    #expect(
      nothing.errors.contains(
        "out/fit.json: the results cannot be read (No such file or directory)"))
    try fitted(folder)
    let unknown = try report(folder, ["--data-set", "x.csv"])
    #expect(unknown.exitCode == 64)
    #expect(unknown.errors.contains("there is no data set x.csv in the results"))
    let noGnuplot = try ChildProcess.run(
      shell: "PATH=/nonexistent exec \"$0\" report \"$1\"", "popmix", [folder.path + "/out"])
    #expect(noGnuplot.exitCode == 69)
    #expect(noGnuplot.errors.contains("apt-get install gnuplot-nox"))
    try folder.write("{", to: "out/fit.json")
    #expect(try report(folder).exitCode == 65)
    #expect(folder.files(in: "out").contains("report") == false)
  }

  @Test("tables that were cut off or changed are refused, with the file and what was expected")
  func damage() throws {
    let folder = try JobFolder()
    try fitted(folder)
    func refused(_ file: String, _ message: String, _ change: (String) -> String) throws {
      let text = try folder.read("out/" + file)
      try folder.write(change(text), to: "out/" + file)
      let run = try report(folder)
      #expect(run.exitCode == 65, "\(message)")
      #expect(run.errors.contains("out/\(file): ") && run.errors.contains(message), "\(run.errors)")
      try folder.write(text, to: "out/" + file)
    }
    func lines(_ text: String, _ change: (inout [String]) -> Void) -> String {
      var lines = text.components(separatedBy: "\n")
      change(&lines)
      return lines.joined(separator: "\n")
    }
    try refused("subjects.csv", "has 19 whole rows") { text in
      lines(text) { $0.removeSubrange(20...) }
    }
    try refused("subjects.csv", "has the subject number 21 where 20 is expected") { text in
      lines(text) { $0.remove(at: 20) }
    }
    try refused(
      "subjects.csv", "has NaN in the column observations where a finite number is expected"
    ) { text in
      lines(text) {
        let number = $0[20].matches(of: /,-?[0-9.e-]+/)[2]
        $0[20].replaceSubrange(number.range, with: ",NaN")
      }
    }
    try refused("iterations.csv", "has no rows of start 1") { text in
      lines(text) { $0.removeSubrange(1...) }
    }
    try refused("fit.json", "estimates.means of") { text in
      text.replacing(
        /"estimates" : \{(?s).*?"sigma2"/,
        with: #""estimates" : {"weights": [0.5, 0.5], "means": [], "covariances": [], "sigma2""#)
    }
    #expect(try report(folder).exitCode == 0)
    for file in ["fit.json", "subjects.csv"] {
      try FileManager.default.removeItem(atPath: folder.path + "/out/" + file)
    }
    let unfinished = try report(folder)
    #expect(unfinished.exitCode == 66)
    #expect(unfinished.errors.contains("there is a ledger and no fit.json"))
  }

  @Test("a figure that gnuplot cannot draw is left out, and page and terminal say so")
  func oneFigureFails() throws {
    let folder = try JobFolder()
    try fitted(folder)
    try folder.write(
      """
      #!/bin/sh
      cat > "$TMPDIR/text"
      if grep -q 'standard normal' "$TMPDIR/text"; then printf 'first\\nsecond\\n' >&2; exit 1; fi
      PATH=/usr/local/bin:/usr/bin:/bin exec gnuplot "$@" < "$TMPDIR/text"

      """, to: "gnuplot")
    let run = try ChildProcess.run(
      shell:
        "chmod +x \"$1/gnuplot\"; TMPDIR=\"$1\" PATH=\"$1:$PATH\" exec \"$0\" report \"$1/out\"",
      "popmix", [folder.path])
    #expect(run.exitCode == 0)
    let notice =
      "The figure npde is missing: gnuplot could not draw it (exit code 1: first; second)"
    #expect(run.errors.contains(notice))
    #expect(run.output.contains("13 figures"))
    let page = try folder.read("out/report/report.html")
    #expect(page.contains(notice) && !page.contains("figure-npde"))
    #expect(!folder.files(in: ".").contains { $0.hasPrefix("popmix-figure") })
  }

  @Test("data that are drawn again have the covariates and the arm of the design")
  func drawnCovariates() throws {
    let folder = try JobFolder()
    let job = JobFolder.job(method: "method: exact").replacing(
      "data:\n  files: data.csv\n",
      with: """
        simulation:
          data-sets: 1
          arms:
            - {subjects: 40, doses: [{time: 0, amount: 100}], times: [1.5, 2, 3, 4, 5.5]}
            - {subjects: 30, doses: [{time: 0, amount: 200}], times: [1.5, 2, 3, 4, 5.5]}
          covariates:
            SEX: {distribution: categories, values: [0, 1], shares: [0.4, 0.6]}
          quantification-limit: 0.5
          values: {weights: [0.8, 0.2], typical: {V: 20, k: [0.3, 0.6]}, variance: {V: 4, k: 0.0036}, sigma: 0.1}

        """)
    try folder.write(job, to: "job.yaml")
    let fit = try ChildProcess.run("popmix", ["fit", "-q", folder.path + "/job.yaml"])
    #expect(fit.exitCode == 0, "\(fit.errors)")
    let run = try report(folder, ["--stratify", "arm"])
    #expect(run.exitCode == 0 && run.errors == "", "\(run.errors)")
    let covariates = try folder.read("out/report/figures/covariates.svg")
    #expect(covariates.contains("SEX") && covariates.contains("ARM"))
    #expect(try folder.read("out/report/figures/vpc.svg").contains("ARM 2"))
    #expect(
      try folder.read("out/report/report.html").contains("below the quantification limit, 0.5"))
  }

  @Test("only the first rank of several makes it, and all end alike")
  func ranks() throws {
    let folder = try JobFolder()
    try fitted(folder)
    let run = try ChildProcess.run("popmix", ["report", folder.path + "/out"], ranks: 2)
    #expect(run.exitCode == 0)
    #expect(run.output.components(separatedBy: "report: ").count == 2)
  }
}
