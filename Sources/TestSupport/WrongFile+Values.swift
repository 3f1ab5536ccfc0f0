import PopulationData

extension WrongFile {
  /// Censored values.
  package static let censoring = [
    WrongFile(
      marked: """
        ID,TIME,DV,CENS
        1,0,3,▸2
        """,
      message: "subject 1: CENS is 2, but 0, 1 or -1 was expected; correct it."),
    WrongFile(
      marked: """
        ID,TIME,DV,BLQ
        1,0,3,▸yes
        """,
      columns: ["CENS": "BLQ"],
      message: "subject 1: CENS (column BLQ) is 'yes', a number was expected; correct it, or list "
        + "the text under missing if it means a missing value."),
    WrongFile(
      marked: """
        ID,TIME,DV,CENS,LIMIT
        1,0,3,1,▸3
        """,
      message: "subject 1: LIMIT is 3 with CENS 1 and the value 3, a number below it was expected: "
        + "the value lies between LIMIT and DV; correct one of them."),
    WrongFile(
      marked: """
        ID,TIME,DV,CENS,LIMIT
        1,0,3,-1,▸2
        """,
      message:
        "subject 1: LIMIT is 2 with CENS -1 and the value 3, a number above it was expected: "
        + "the value lies between DV and LIMIT; correct one of them."),
    WrongFile(
      marked: """
        ID,TIME,DV,CENS,LIMIT
        1,0,3,0,▸4
        """,
      belowLimit: .conditional,
      message: "subject 1: LIMIT is 4 with CENS 0 and the value 3, a number below it was expected: "
        + "the value was measured; correct one of them."),
    WrongFile(
      marked: """
        ID,TIME,AMT,DV,EVID,CENS
        1,0,5,.,1,▸1
        """,
      message:
        "subject 1: CENS is 1 in a row of EVID 1, only observations can be censored; set CENS "
        + "to 0."),
    WrongFile(
      marked: """
        ID,TIME,DV,EVID,CENS
        1,0,.,2,▸-1
        """,
      message: "subject 1: CENS is -1 in a row of EVID 2, only observations can be censored; set "
        + "CENS to 0."),
    WrongFile(
      marked: """
        ID,TIME,DV,MDV,CENS
        1,0,2,1,▸1
        """,
      message:
        "subject 1: CENS is 1 in a row of MDV 1, only observations can be censored; set CENS "
        + "to 0, or MDV to 0."),
    WrongFile(
      marked: """
        ID,TIME,DV,CENS
        1,0,▸.,1
        """,
      message: "subject 1: DV is missing, an observation needs a value; give it, or mark the row "
        + "by MDV 1."),
    WrongFile(
      marked: """
        ID,TIME,DV,CENS
        1,0,0.1,1
        1,1,▸0.2,1
        """,
      belowLimit: .conditional,
      message: "subject 1: DV is 0.2 with CENS 1 after 0.1 in line 2, with 'below-limit: "
        + "conditional' a subject has one limit for each output; give LIMIT in the rows of CENS 0, or "
        + "use 'below-limit: interval'."),
    WrongFile(
      marked: """
        ID,TIME,DV,CENS
        1,0,0.1,1
        1,1,▸0.05,0
        """,
      belowLimit: .conditional,
      message:
        "subject 1: DV is 0.05 with CENS 0, but in line 2 the limit is 0.1, a value above it "
        + "was expected; correct one of them, or use 'below-limit: interval'."),
    WrongFile(
      marked: """
        ID,TIME,DV,CENS
        1,0,0.05,0
        1,1,▸0.1,1
        """,
      belowLimit: .conditional,
      message:
        "subject 1: DV is 0.1 with CENS 1, but in line 2 the value 0.05 was measured, a limit "
        + "below it was expected; correct one of them, or use 'below-limit: interval'."),
  ]

  /// Covariates.
  package static let covariateRows = [
    WrongFile(
      marked: """
        ID,TIME,DV,SEX
        1,0,1,▸male
        """,
      covariates: [CovariateColumn("SEX")],
      message: "subject 1: SEX is 'male', a covariate has numbers; code categories by numbers, or "
        + "list the text under missing if it means a missing value."),
    WrongFile(
      marked: """
        ID;TIME;DV;WT
        1;0;1;▸70,5
        """,
      covariates: [CovariateColumn("WT")],
      message: "subject 1: WT is '70,5', written with a decimal comma; write decimals with a "
        + "point."),
    WrongFile(
      marked: """
        ID,TIME,DV,AGE,WT
        1,0,1,40,70
        2,0,1,40,▸.
        2,1,1,40,.
        3,0,1,40,60
        """,
      covariates: [CovariateColumn("AGE"), CovariateColumn("WT")],
      message:
        "subject 2: WT is missing in all rows of the subject, a covariate needs a value; give "
        + "it, or leave the subject out by a rule under ignore."),
    // Said before the faults of rows of other subjects that follow.
    WrongFile(
      marked: """
        ID,TIME,DV,WT
        2,0,1,▸.
        .,1,1,70
        """,
      covariates: [CovariateColumn("WT")],
      message:
        "subject 2: WT is missing in all rows of the subject, a covariate needs a value; give "
        + "it, or leave the subject out by a rule under ignore."),
    WrongFile(
      marked: """
        ID,TIME,DV,WT
        2,0,1,▸.
        3,0,1,70
        2,1,1,70
        """,
      repeatedIDs: .refuse, covariates: [CovariateColumn("WT")],
      message:
        "subject 2: WT is missing in all rows of the subject, a covariate needs a value; give "
        + "it, or leave the subject out by a rule under ignore."),
    WrongFile(
      marked: """
        ID,TIME,DV,WT
        2,0,1,▸.
        3,0,x,70
        """,
      repeatedIDs: .join, covariates: [CovariateColumn("WT")],
      message:
        "subject 2: WT is missing in all rows of the subject, a covariate needs a value; give "
        + "it, or leave the subject out by a rule under ignore."),
    WrongFile(
      marked: """
        ID,TIME,DV,WT
        2,0,1,.
        2,1,▸x,.
        """,
      covariates: [CovariateColumn("WT")],
      message: "subject 2: DV is 'x', a number was expected; correct it, or list the text under "
        + "missing if it means a missing value."),
  ]
}
