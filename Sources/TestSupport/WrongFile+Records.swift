extension WrongFile {
  /// Events.
  package static let events = [
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,0,0
        1,1,.,2,▸7,0,1,.,.
        """,
      message: "subject 1: EVID is 7, but 0, 1, 2, 3 or 4 was expected; correct it."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,0,0
        1,1,.,2,▸0.5,0,1,.,.
        """,
      message: "subject 1: EVID is 0.5, but 0, 1, 2, 3 or 4 was expected; correct it."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,0,0
        1,1,.,2,0,▸2,1,.,.
        """,
      message: "subject 1: MDV is 2, but 0 or 1 was expected; correct it."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,0,0
        1,1,.,2,0,▸101,1,.,.
        """,
      message: "subject 1: MDV is 101, the values 100 and 101 are not supported; use 0 or 1."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,▸0,1,0,0
        """,
      message: "subject 1: MDV is 0 in a row of EVID 1, only observations (EVID 0) have a value; "
        + "set MDV to 1."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,MDV
        1,0,5,.,▸.
        """,
      message: "subject 1: MDV is 0 in a row of EVID 1, only observations (EVID 0) have a value; "
        + "set MDV to 1."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,0,0
        1,1,▸5,2,0,0,1,.,.
        """,
      message: "subject 1: AMT is 5 in a row of EVID 0, which gives no dose; set EVID to 1, or "
        + "AMT to 0."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,0,0
        1,1,▸5,2,3,1,1,.,.
        """,
      message: "subject 1: AMT is 5 in a row of EVID 3, which gives no dose; set EVID to 4, or "
        + "AMT to 0."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,0,0
        1,1,.,▸.,0,0,1,.,.
        """,
      message: "subject 1: DV is missing, an observation needs a value; give it, or mark the row "
        + "by MDV 1."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV
        1,0,.,▸
        """,
      message: "subject 1: DV is missing, an observation needs a value; give it, or mark the row "
        + "by MDV 1."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,0,0
        1,1,.,2,0,0,▸-1,.,.
        """,
      message: "subject 1: CMT is -1, but a whole number from 0 was expected; correct it."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,0,0
        1,1,.,2,0,0,▸x,.,.
        """,
      message: "subject 1: CMT is 'x', a number was expected; correct it, or list the text under "
        + "missing if it means a missing value."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,0,0
        1,1,.,.,2,1,▸-1.5,.,.
        """,
      message: "subject 1: CMT is -1.5, but a whole number was expected; correct it."),
    WrongFile(
      marked: """
        ID,TIME,DV,DVID
        1,0,5,▸-1
        """,
      message: "subject 1: DVID is -1, but a whole number from 0 was expected; correct it."),
    WrongFile(
      marked: """
        ID,TIME,DV,YTYPE
        1,0,5,▸cp
        """,
      columns: ["DVID": "YTYPE"],
      message: "subject 1: DVID (column YTYPE) is 'cp', a number was expected; correct it, or list "
        + "the text under missing if it means a missing value."),
  ]

  /// Doses.
  package static let doses = [
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,▸0,.,1,1,1,0,0
        """,
      message: "subject 1: AMT is 0, a dose needs an amount above 0; correct it, or leave out the "
        + "row by a rule under ignore."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,▸-5,.,1,1,1,0,0
        """,
      message: "subject 1: AMT is -5, a dose needs an amount above 0; correct it, or leave out "
        + "the row by a rule under ignore."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,▸.,.,4,1,1,0,0
        """,
      message: "subject 1: AMT is missing, a dose needs an amount above 0; correct it, or leave "
        + "out the row by a rule under ignore."),
    WrongFile(
      marked: """
        ID,TIME,DV,EVID
        1,0,.,▸1
        """,
      message: "subject 1: the row gives a dose (EVID 1), but there is no column AMT; add it, or "
        + "name it under columns, as AMT: NAME."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV
        1,0,▸-5,.
        """,
      message: "subject 1: AMT is -5, a dose needs an amount above 0; correct it, or leave out "
        + "the row by a rule under ignore."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV
        1,0,5,▸7
        """,
      message: "subject 1: DV is 7 in a row that gives a dose, which of them is meant is not "
        + "clear; write two rows, or add the columns EVID and MDV."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,▸1.5,0,0
        """,
      message: "subject 1: CMT is 1.5, but a whole number from 0 was expected; correct it."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,▸-1,12
        """,
      message:
        "subject 1: ADDL is -1, a negative number, which some programs take for a steady state, "
        + "is not supported; for doses that had been repeated before write ADDL 0, SS 1 and II, else "
        + "the number of doses that follow."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,▸1.5,12
        """,
      message: "subject 1: ADDL is 1.5, a whole number from 0 to 100000 was expected; correct it."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,▸100001,12
        """,
      message: "subject 1: ADDL is 100001, a whole number from 0 to 100000 was expected; correct "
        + "it."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,3,▸0
        """,
      message: "subject 1: II is 0 with ADDL 3, an interval above 0 was expected; set both or "
        + "neither."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,3,▸-12
        """,
      message: "subject 1: II is -12 with ADDL 3, an interval above 0 was expected; set both or "
        + "neither."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,3,▸.
        """,
      message: "subject 1: II is missing with ADDL 3, an interval above 0 was expected; set both "
        + "or neither."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,0,▸24
        """,
      message: "subject 1: II is 24 without additional doses, it needs ADDL above 0; set both or "
        + "neither."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,ADDL
        1,0,5,.,▸2
        """,
      message: "subject 1: II is missing with ADDL 2, an interval above 0 was expected; set both "
        + "or neither."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,0,0
        1,1,.,2,0,0,1,▸3,.
        """,
      message: "subject 1: ADDL is 3 in a row of EVID 0, which gives no dose; set ADDL to 0."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,MDV,CMT,ADDL,II
        1,0,5,.,1,1,1,0,0
        1,1,.,2,0,0,1,.,▸12
        """,
      message: "subject 1: II is 12 in a row of EVID 0, which gives no dose; set II to 0."),
  ]
}
