extension WrongFile {
  /// Infusions.
  package static let infusions = [
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,RATE
        1,0,5,.,▸-3
        """,
      message:
        "subject 1: RATE is -3, but a rate above 0, 0 (a bolus), -1 (the model has the rate) "
        + "or -2 (the model has the duration) was expected; correct it."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,RATE
        1,0,5,.,▸-0.5
        """,
      message: "subject 1: RATE is -0.5, but a rate above 0, 0 (a bolus), -1 (the model has the "
        + "rate) or -2 (the model has the duration) was expected; correct it."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,DUR
        1,0,5,.,▸-1
        """,
      message: "subject 1: DUR is -1, a duration above 0 or 0 (a bolus) was expected; correct it."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,RATE,DUR
        1,0,100,.,10,▸2
        """,
      message: "subject 1: DUR is 2 beside RATE 10, at which 100 takes 10; set one of them to 0."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,RATE,DUR
        1,0,100,.,-1,▸2
        """,
      message: "subject 1: DUR is 2 beside RATE -1, which leaves the rate to the model; set one of "
        + "them to 0."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,RATE,DUR
        1,0,100,.,-2,▸2
        """,
      message:
        "subject 1: DUR is 2 beside RATE -2, which leaves the duration to the model; set one "
        + "of them to 0."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,RATE
        1,0,.,3,0,▸2
        """,
      message: "subject 1: RATE is 2 in a row of EVID 0, which gives no dose; set RATE to 0."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,RATE
        1,0,▸.,.,2
        """,
      message:
        "subject 1: AMT is missing, a dose needs an amount above 0; correct it, or leave out "
        + "the row by a rule under ignore."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,RATE
        1,0,5,.,▸fast
        """,
      message: "subject 1: RATE is 'fast', a number was expected; correct it, or list the text "
        + "under missing if it means a missing value."),
  ]

  /// Steady states.
  package static let steadyStates = [
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,SS,II
        1,0,5,.,▸3,12
        """,
      message: "subject 1: SS is 3, a steady state from a guess of one's own is not supported; "
        + "write SS 1, the steady state is found without a guess."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,SS,II
        1,0,5,.,▸4,12
        """,
      message: "subject 1: SS is 4, but 0, 1 or 2 was expected; correct it."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,SS,II
        1,0,5,.,1,▸0
        """,
      message: "subject 1: II is 0 with SS 1, the time between the doses of the steady state was "
        + "expected, above 0; give it, or set SS to 0."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,SS
        1,0,5,.,▸2
        """,
      message: "subject 1: II is missing with SS 2, the time between the doses of the steady state "
        + "was expected, above 0; give it, or set SS to 0."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,SS,II,RATE
        1,0,5,.,1,▸.,-2
        """,
      message: "subject 1: II is missing with SS 1, the time between the doses of the steady state "
        + "was expected, above 0; give it, or set SS to 0."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,SS,II
        1,0,▸0,.,1,12
        """,
      message: "subject 1: AMT is 0 with SS 1, an amount above 0 was expected, or the RATE, above "
        + "0, of an infusion that has always run; give one of them."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,SS,RATE
        1,0,▸.,.,2,-1
        """,
      message: "subject 1: AMT is missing with SS 2, an amount above 0 was expected, or the RATE, "
        + "above 0, of an infusion that has always run; give one of them."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,SS,DUR
        1,0,0,.,1,▸5
        """,
      message: "subject 1: DUR is 5 without an amount, so that the rate is not known; give AMT, or "
        + "RATE in place of DUR."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,SS,RATE,II
        1,0,0,.,1,10,▸12
        """,
      message: "subject 1: II is 12 with the steady state of an infusion that has always run (AMT "
        + "0), where nothing is repeated; set II to 0, or give AMT."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,SS,RATE,II,ADDL
        1,0,0,.,1,10,0,▸2
        """,
      message: "subject 1: ADDL is 2 with the steady state of an infusion that has always run (AMT "
        + "0), where nothing is repeated; set ADDL to 0, or give AMT."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,SS,RATE,II
        1,0,▸-5,.,1,0,12
        """,
      message: "subject 1: AMT is -5, a dose needs an amount above 0; correct it, or leave out the "
        + "row by a rule under ignore."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,SS
        1,0,.,3,0,▸1
        """,
      message: "subject 1: SS is 1 in a row of EVID 0, which gives no dose; set SS to 0."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,SS
        1,0,.,.,3,▸1
        """,
      message: "subject 1: SS is 1 in a row of EVID 3, which gives no dose; set SS to 0."),
  ]
}
