import TestSupport
import Testing

/// The mark stands where the message is to point.
@Suite("faults are reported at their place, with what to do: the file and its data")
struct JobFileFaultTests {
  @Test("an empty file, no mapping and another version are refused")
  func wholeFile() {
    expectFault(
      "▸",
      "the file is empty, expected a job; begin it with 'popmix: 1'.")
    expectFault(
      "▸# only a comment",
      "the file is empty, expected a job; begin it with 'popmix: 1'.")
    expectFault(
      """
      ▸--- 
      ...
      """,
      "the file is empty, expected a job; begin it with 'popmix: 1'.")
    expectFault(
      "▸- popmix: 1",
      "the file is a list, expected a mapping with the keys of a job.")
    expectFault(
      "▸popmix",
      """
      the file is the text "popmix", expected a mapping with the keys of a job.
      """)
    expectFault(
      """
      ▸job: study
      model: {}
      """,
      "the file has no 'popmix', the version of its format; begin it with 'popmix: 1'.")
    expectFault(
      """
      popmix: ▸2
      anything: else
      """,
      "'popmix' is 2, expected 1; use a version of popmix that reads this format.")
    expectFault(
      "popmix: ▸one",
      """
      'popmix' is the text "one", expected the version of the format; write 'popmix: 1'.
      """)
    expectFault(
      """
      ▸popmix:
      job: study
      """,
      "'popmix' is empty, expected the version of the format; write 'popmix: 1'.")
    expectFault(
      "▸popmix: 1",
      "the file has no 'job', which is required; add it.",
      "the file has neither 'data' nor 'simulation', expected one of them or both; add 'data'.",
      "the file has no 'model', which is required; add it.")
    expectFault(
      """
      ▸popmix: 1
      popmix: 1
      """,
      """
      the key 'popmix' is written more than once in one mapping, expected it once; keep one of \
      them.
      """)
  }

  @Test("errors of YAML are said in words of the job file")
  func yaml() {
    expectFault(
      """
      popmix: 1
      job: study
      data:
      ▸\tfiles: a.csv
      """,
      "found a tab, expected spaces; indent with spaces only.")
    expectFault(
      """
      popmix: 1
      job: study
      data: {files: a.csv
      ▸
      """,
      "the mapping begun on line 3 is not continued or closed here, expected ',' or '}'.")
    expectFault(
      """
      popmix: 1
      data: {files: [a.csv▸}
      """,
      "the list begun on line 2 is not continued or closed here, expected ',' or ']'.")
    expectFault(
      """
      popmix: 1
      job: study
       data▸: {files: a.csv}
      """,
      """
      found a ':' where no key can end, expected one 'key: value' on a line; check the \
      indentation, or put the text in quotes.
      """)
    expectFault(
      """
      popmix: 1
      job: study▸: two
      """,
      """
      found a ':' where no key can end, expected one 'key: value' on a line; check the \
      indentation, or put the text in quotes.
      """)
    expectFault(
      """
      popmix: 1
      job: ▸"study
      data: a
      """,
      """
      the text in quotes that begins here has no end, expected the same quotes behind it; add \
      them.
      """)
    expectFault(
      """
      popmix: 1
      ▸job study
      data: 1
      """,
      "found a text that is no key, expected 'key: value'; add a ':' and a blank.")
    expectFault(
      """
      popmix: 1
      job: ▸@study
      """,
      """
      no value begins with '@', expected a text, a number, a list or a mapping; put the text in \
      quotes.
      """)
    expectFault(
      """
      popmix: 1
      job: study
      output: ▸*study
      """,
      """
      found an alias without its anchor, expected a value; put a text that begins with '*' in \
      quotes.
      """)
    expectFault(
      """
      popmix: 1
      output: *▸/study
      """,
      """
      found '/' in the name of an anchor or alias, expected letters and digits; put a text that \
      begins with '*' or '&' in quotes.
      """)
    expectFault(
      """
      popmix: 1
      job: study
      ▸---
      popmix: 1
      """,
      "found a second document, expected one job in a file; remove what follows from here.")
    expectFault(
      """
      popmix: 1
      job: stu▸\u{7}dy
      """,
      "found a control character, expected plain text; save the file as UTF-8 text.")
    expectFault(
      """
      popmix: 1
      data:
        - a
        ▸b: 1
      """,
      """
      this does not continue the list begun on line 3, expected '- value'; check the indentation.
      """)
    expectFault(
      job(rest: "▸<<: {output: a}"),
      """
      unknown key "<<" in the file, expected 'popmix', 'job', 'data', 'model', 'mixture', \
      'prior', 'estimation', 'simulation', 'study', 'derived', 'bootstrap', 'likelihood-ratio-test', 'units', 'tables', 'nonmem' or 'output'; correct or remove it.
      """)
    expectFault(
      """
      popmix: 1
      job: größe▸: x
      """,
      """
      found a ':' where no key can end, expected one 'key: value' on a line; check the \
      indentation, or put the text in quotes.
      """)
  }

  @Test("unknown, missing, repeated and empty keys are refused")
  func keys() {
    expectFault(
      job(
        head: """
          popmix: 1
          job: ▸wang 2007
          """),
      """
      'job' is the text "wang 2007", expected a name of letters, digits, '-', '_' and '.'.
      """)
    expectFault(
      job(
        head: """
          popmix: 1
          job: ▸..
          """),
      """
      'job' is the text "..", expected a name of letters, digits, '-', '_' and '.'.
      """)
    expectFault(
      job(
        head: """
          popmix: 1
          job: ▸[study]
          """),
      "'job' is a list, expected a name of letters, digits, '-', '_' and '.'.")
    expectFault(
      job(
        head: """
          popmix: 1
          ▸job:
          """),
      """
      'job' is empty, expected a name of letters, digits, '-', '_' and '.'; give a value, or \
      remove it.
      """)
    expectFault(
      job(head: "▸popmix: 1"),
      "the file has no 'job', which is required; add it.")
    expectFault(
      job(rest: "▸estimaton: {seed: 1}"),
      """
      unknown key "estimaton" in the file, expected 'popmix', 'job', 'data', 'model', 'mixture', \
      'prior', 'estimation', 'simulation', 'study', 'derived', 'bootstrap', 'likelihood-ratio-test', 'units', 'tables', 'nonmem' or 'output'; did you mean 'estimation'?
      """)
    expectFault(
      job(rest: "▸colour: blue"),
      """
      unknown key "colour" in the file, expected 'popmix', 'job', 'data', 'model', 'mixture', \
      'prior', 'estimation', 'simulation', 'study', 'derived', 'bootstrap', 'likelihood-ratio-test', 'units', 'tables', 'nonmem' or 'output'; correct or remove it.
      """)
    expectFault(
      job(rest: "▸[a, b]: c"),
      "a key in the file is a list or mapping, expected a text; write 'key: value'.")
    expectFault(
      job(
        rest: """
          ?▸ 
          : c
          """),
      "a key in the file is empty, expected a text; write 'key: value'.")
    expectFault(
      job(rest: "▸output:"),
      "'output' is empty, expected the path of a folder; give a value, or remove it.")
    expectFault(
      job(rest: "output: ▸{folder: a}"),
      "'output' is a mapping, expected the path of a folder.")
    expectFault(
      job(
        rest: """
          ▸output: a
          output: b
          """),
      """
      the key 'output' is written more than once in one mapping, expected it once; keep one of \
      them.
      """)
    expectFault(
      """
      ▸popmix: 1
      job: study
      model: {structure: one-compartment bolus, residual-error: additive, random-effects: {V: \
      \(shared), k: \(shared)}}
      """,
      "the file has neither 'data' nor 'simulation', expected one of them or both; add 'data'.")
    expectFault(
      """
      ▸popmix: 1
      job: study
      data: {files: a.csv}
      """,
      "the file has no 'model', which is required; add it.")
  }

  @Test("data that are incomplete or contradict themselves are refused")
  func data() {
    expectFault(
      job(data: "{▸file: a.csv}"),
      """
      unknown key "file" in 'data', expected 'files', 'columns', 'ignore', 'accept', 'missing', \
      'repeated-ids', 'covariates', 'covariate-carry', 'below-limit', 'header', 'quantification-limit' \
      or 'layout'; did you mean 'files'?
      """)
    expectFault(
      job(data: "{files: ▸[]}"),
      "'data.files' is an empty list, expected a list of paths; give a value, or remove it.")
    expectFault(
      job(data: "{files: [a.csv, ▸[b.csv]]}"),
      "'data.files[2]' is a list, expected a text.")
    expectFault(
      job(data: "{files: [a.csv, ▸'']}"),
      """
      'data.files[2]' is the text "", expected a text.
      """)
    expectFault(
      job(data: "{files: a.csv, columns: {▸Dv: CONC}}"),
      """
      unknown standard column "Dv" in 'data.columns', expected 'ID', 'TIME', 'AMT', 'DV', \
      'EVID', 'MDV', 'CMT', 'ADDL', 'II', 'RATE', 'DUR', 'SS', 'DVID', 'CENS', 'LIMIT', 'DATE', \
      'DAT1', 'DAT2' or 'DAT3'; did you mean 'DV'?
      """)
    expectFault(
      job(data: "{files: a.csv, columns: {▸DV: }}"),
      """
      'data.columns.DV' is empty, expected the name of a column of the file; give a value, or \
      remove it.
      """)
    expectFault(
      job(data: "{files: a.csv, columns: ▸DV}"),
      """
      'data.columns' is the text "DV", expected a mapping.
      """)
    expectFault(
      job(data: "{files: a.csv, repeated-ids: ▸seperate}"),
      """
      'data.repeated-ids' is the text "seperate", expected separate, join or refuse; did you \
      mean 'separate'?
      """)
    expectFault(
      job(data: "{files: a.csv, covariates: [WT, ▸wt]}"),
      """
      the covariate "wt" is named twice, expected it once; leave one out.
      """)
    expectFault(
      job(data: "{files: a.csv, covariates: ▸[]}"),
      """
      'data.covariates' is an empty list, expected a list of names of columns; give a value, or \
      remove it.
      """)
    expectFault(
      job(data: "{files: a.csv, covariates: [▸[WT]]}"),
      "'data.covariates[1]' is a list, expected the name of a column of the file.")
    expectFault(
      job(data: "{files: a.csv, covariates: {WT: {▸cary: forward}}}"),
      """
      unknown key "cary" in 'data.covariates.WT', expected 'carry'; did you mean 'carry'?
      """)
    expectFault(
      job(data: "{files: a.csv, covariates: {WT: {carry: ▸linear}}}"),
      """
      'data.covariates.WT.carry' is the text "linear", expected backward or forward.
      """)
    expectFault(
      job(data: "{files: a.csv, covariates: {WT: ▸forward}}"),
      """
      'data.covariates.WT' is the text "forward", expected a mapping.
      """)
    expectFault(
      job(data: "{files: a.csv, covariates: WT, covariate-carry: ▸foreward}"),
      """
      'data.covariate-carry' is the text "foreward", expected backward or forward; did you mean \
      'forward'?
      """)
    expectFault(
      job(data: "{files: a.csv, ▸covariate-carry: forward}"),
      """
      'data.covariate-carry' stands without 'data.covariates', which it is about; add them.
      """)
    expectFault(
      job(data: "{files: a.csv, below-limit: ▸M3}"),
      """
      'data.below-limit' is the text "M3", expected interval, ignore, replace or conditional.
      """)
    expectFault(
      job(data: "{files: a.csv, ignore: ['#', WT.GT.2.5], ▸accept: STUDY.EQ.1}"),
      """
      'data.accept' stands beside the condition "WT.GT.2.5" of 'data.ignore', expected \
      conditions in one of them only; put all conditions into one of them.
      """)
    expectFault(
      job(data: "▸a.csv"),
      """
      'data' is the text "a.csv", expected a mapping.
      """)
    expectFault(
      """
      popmix: 1
      job: study
      ▸data:
      model: {structure: one-compartment bolus, residual-error: additive, random-effects: {V: \
      \(shared), k: \(shared)}}
      """,
      "'data' is empty, expected a mapping; give a value, or remove it.")
    expectFault(
      job(data: "{files: a.csv, missing: [NA, ▸{a: b}]}"),
      "'data.missing[2]' is a mapping, expected a text.")
  }
}
