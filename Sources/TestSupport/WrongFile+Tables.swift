import PopulationData

extension WrongFile {
  /// Texts that are no table.
  package static let texts = [
    WrongFile(
      marked: "▸",
      message: "the file is empty, a header and rows were expected; check that it was written "
        + "completely."),
    WrongFile(
      marked: """
        ▸# only

        """,
      message: "the file has only comments and blank lines, a header was expected; write the "
        + "column names in the first line."),
    WrongFile(
      marked: """
        ▸1,0,100,.
        1,1,.,5
        """,
      message: "there are numbers ('1') where column names were expected; write the names, such "
        + "as ID,TIME,AMT,DV, in the first line that is no comment."),
    WrongFile(
      marked: """
        ID,TIME,DV,▸"NOTE
        1,0,1,x
        """,
      message: "the quote that opens here is not closed in its line; close it, or double a quote "
        + "that belongs to the text."),
    WrongFile(
      marked: """
        ID,TIME,DV,N
        1,0,1,▸"x
        1,1,2,"y"
        """,
      message: "the quote that opens here is not closed in its line; close it, or double a quote "
        + "that belongs to the text."),
    WrongFile(
      marked: """
        ID,TIME,DV,N
        1,0,1,"x" ▸y
        """,
      message: "there is text after a closing quote, the end of the field was expected; double a "
        + "quote that belongs to the text."),
    WrongFile(
      marked: "▸ID,TIME,DV",
      message: "no row follows the header or all rows are left out by rules; check the file and "
        + "the rules under ignore and accept."),
    WrongFile(
      marked: """
        #c
        ▸ID,TIME,AMT,DV
        1,0,5,.
        1,1,5,.
        """,
      message: "none of the 2 rows is an observation (EVID 0, MDV 0), there is nothing to fit; "
        + "check the columns EVID, MDV and DV and the rules under ignore and accept."),
  ]

  /// Headers.
  package static let headers = [
    WrongFile(
      marked: """
        ▸TIME,DV
        0,1
        """,
      message: "there is no column ID, every data set needs one; rename a column, or name it "
        + "under columns, as ID: NAME."),
    WrongFile(
      marked: """
        ▸SUBJ,TIME,DV
        0,1,1
        """,
      message: "there is no column ID, every data set needs one; rename a column, or name it "
        + "under columns, as ID: NAME."),
    WrongFile(
      marked: """
        ▸ID,TIMES,DV
        1,0,1
        """,
      message: "there is no column TIME, every data set needs one; rename a column, or name it "
        + "under columns, as TIME: TIMES."),
    WrongFile(
      marked: """
        ▸ID,TIME,CONC
        1,0,1
        """,
      message: "there is no column DV, every data set needs one; rename a column, or name it "
        + "under columns, as DV: NAME."),
    WrongFile(
      marked: """
        ▸ID,TIME,CONS
        1,0,1
        """,
      columns: ["DV": "CONC"],
      message: "there is no column CONC, which is to be DV; did you mean CONS?"),
    WrongFile(
      marked: """

        ▸ID,TIME,DV
        1,0,1
        """,
      columns: ["AMT": "HOURLY_DOSE"],
      message: "there is no column HOURLY_DOSE, which is to be AMT; correct the name."),
    WrongFile(
      marked: """
        ▸ID,TIME,AMT
        1,0,1
        """,
      columns: ["AMT": "DV", "TIME": "TIME", "ID": "ID"],
      message: "there is no column DV, which is to be AMT; correct the name."),
    WrongFile(
      marked: """
        ID,TIME,DV, ▸dv
        1,0,1,2
        """,
      message: "the header has dv twice, first as column 3 of the table, one was expected; rename "
        + "one of them."),
    WrongFile(
      marked: """
        ▸ID,TIME,DV,WGT
        1,0,1,2
        """,
      ignore: ["WT > 5"],
      message: "there is no column WT, which the condition WT > 5 needs; did you mean WGT?"),
    WrongFile(
      marked: """
        ▸ID,TIME,DV
        1,0,1
        """,
      accept: ["SMOKER.EQ.1"],
      message: "there is no column SMOKER, which the condition SMOKER.EQ.1 needs; correct the "
        + "name."),
    WrongFile(
      marked: """
        ▸ID,TIME,DV,WGT
        1,0,1,2
        """,
      covariates: [CovariateColumn("WT")],
      message: "there is no column WT, which is named under covariates; did you mean WGT?"),
    WrongFile(
      marked: """
        ID,TIME,DV,▸cmt
        1,0,1,2
        """,
      covariates: [CovariateColumn("CMT")],
      message:
        "cmt is named under covariates and has the meaning of CMT, a column has one meaning; "
        + "copy it to a column of another name, or leave it out of the covariates."),
    WrongFile(
      marked: """
        ID,TIME,DV,WT,▸WT
        1,0,1,2,3
        """,
      covariates: [CovariateColumn("WT")],
      message: "the header has WT twice, first as column 4 of the table, one was expected; rename "
        + "one of them."),
    WrongFile(
      marked: """
        ID,DAT1,TIME,DV,▸DATE
        1,1/2/24,0,1,1/2/24
        """,
      message: "DATE has dates as DAT1 has, one such column was expected; rename or remove one of "
        + "them."),
    WrongFile(
      marked: """
        ID,TIME,DV,▸LLOQ
        1,0,1,1
        """,
      columns: ["LIMIT": "LLOQ"],
      message: "LLOQ is to be LIMIT, but there is no column CENS, which says for which rows it "
        + "counts; add it, or name it under columns, as CENS: NAME."),
  ]

  /// Fields.
  package static let fields = [
    WrongFile(
      marked: """
        ID,TIME,DV
        1,0▸
        """,
      message: "subject 1: the row has 2 fields, the header has 3; write '.' for what is missing."),
    WrongFile(
      marked: """
        ID,TIME,DV
        17▸
        """,
      message: "subject 17: the row has 1 field, the header has 3; write '.' for what is missing."),
    WrongFile(
      marked: """
        ID,TIME,DV
        1,0,2,▸5
        """,
      message: "subject 1: the row has 4 fields, the header has 3; put quotes around a text with "
        + "a delimiter, and write decimals with a point."),
    WrongFile(
      marked: """
        ID TIME DV
        1 0▸
        """,
      message: "subject 1: the row has 2 fields, the header has 3; write '.' for what is missing."),
    WrongFile(
      marked: """
        ID,TIME,DV
        ▸,0,1
        """,
      message: "ID is missing, every row needs one; fill it in, or leave out the row by a rule "
        + "under ignore."),
    WrongFile(
      marked: """
        ID,TIME,DV
        1,▸.,1
        """,
      message: "subject 1: TIME is missing, every row needs one; fill it in, or leave out the row "
        + "by a rule under ignore."),
    WrongFile(
      marked: """
        ID,TIME,DV
        1,0,1
        1, ▸noon ,1
        """,
      message: "subject 1: TIME is 'noon', a number was expected; correct it, or list the text "
        + "under missing if it means a missing value."),
    WrongFile(
      marked: """
        ID;TIME;DV
        1;0;▸1,5
        """,
      message: "subject 1: DV is '1,5', written with a decimal comma; write decimals with a "
        + "point."),
    WrongFile(
      marked: """
        ID,TIME,DV
        ä,0,▸1.5x
        """,
      message: "subject ä: DV is '1.5x', a number was expected; correct it, or list the text "
        + "under missing if it means a missing value."),
    WrongFile(
      marked: """
        ID,TIME,DV
        1,0,▸NaN
        """,
      message: "subject 1: DV is 'NaN', a finite number was expected; write '.' for a missing "
        + "value."),
    WrongFile(
      marked: """
        ID,TIME,DV
        1,▸-inf,1
        """,
      message: "subject 1: TIME is '-inf', a finite number was expected; write '.' for a missing "
        + "value."),
    WrongFile(
      marked: """
        ID,TIME,DV
        1,0,▸0x1F
        """,
      message: "subject 1: DV is '0x1F', a decimal number was expected; write it in decimal "
        + "digits."),
    WrongFile(
      marked: """
        ID,TIME,DV
        1,0,▸1e999
        """,
      message: "subject 1: DV is '1e999', a number below 1.8e308 was expected; correct it."),
    WrongFile(
      marked: """
        ID,TIME,DV
        1,0,▸"BLQ"
        """,
      message: "subject 1: DV is 'BLQ', a number was expected; correct it, or list the text under "
        + "missing if it means a missing value."),
    WrongFile(
      marked: """
        ID,TIME,DV,WT
        1,0,1,▸heavy
        """,
      ignore: ["WT > 5"],
      message: "WT is 'heavy', a number was expected; correct it, or list the text under missing "
        + "if it means a missing value."),
  ]

  /// Times.
  package static let times = [
    WrongFile(
      marked: """
        ID,TIME,DV
        7,2,1
        7,▸1.5,1
        """,
      message: "subject 7: TIME is 1.5 after 2 in line 2, within a subject it must not decrease; "
        + "sort the rows, or begin a new occasion by EVID 3 or 4."),
    WrongFile(
      marked: """
        ID,T,DV
        7,2,1
        7,▸1.5,1
        """,
      columns: ["TIME": "T"],
      message: "subject 7: TIME (column T) is 1.5 after 2 in line 2, within a subject it must not "
        + "decrease; sort the rows, or begin a new occasion by EVID 3 or 4."),
    WrongFile(
      marked: """
        ID,TIME,DV
        1,2,1
        2,0,1
        1,▸1,1
        """,
      repeatedIDs: .join,
      message: "subject 1: TIME is 1 after 2 in line 2, within a subject it must not decrease; "
        + "sort the rows, or begin a new occasion by EVID 3 or 4."),
    WrongFile(
      marked: """
        ID,TIME,DV
        1,2,1
        2,0,1
        ▸1,3,1
        """,
      repeatedIDs: .refuse,
      message: "subject 1: the rows of this ID began in line 2 and come back after another "
        + "subject; sort the rows, or choose how to read repeated IDs (separate or join)."),
  ]
}
