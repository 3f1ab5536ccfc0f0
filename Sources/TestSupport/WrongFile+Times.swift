extension WrongFile {
  /// Clock times and dates.
  package static let clockTimes = [
    WrongFile(
      marked: """
        ID,TIME,DV
        1,8:30,1
        1,▸8:75,1
        """,
      message:
        "subject 1: TIME is '8:75', a time of the day such as 8:30 or 14:05:30 was expected; "
        + "correct it, or write all times in hours from the first dose."),
    WrongFile(
      marked: """
        ID,TIME,DV
        1,▸24:01,1
        """,
      message: "subject 1: TIME is '24:01', a time of the day such as 8:30 or 14:05:30 was "
        + "expected; correct it, or write all times in hours from the first dose."),
    WrongFile(
      marked: """
        ID,TIME,DV
        1,▸8:30 pm,1
        """,
      message: "subject 1: TIME is '8:30 pm', a time of the day such as 8:30 or 14:05:30 was "
        + "expected; correct it, or write all times in hours from the first dose."),
    WrongFile(
      marked: """
        ID,TIME,DV
        1,▸25,1
        1,8:30,1
        """,
      message: "subject 1: TIME is 25 in a file with clock times, an hour of the day from 0 to 24 "
        + "was expected; write all times as 8:30, or all in hours from the first dose."),
    WrongFile(
      marked: """
        ID,TIME,DV
        1,23:30,1
        1,▸0:30,1
        """,
      message: "subject 1: TIME is 0:30, which is before line 2, and clock times go past midnight "
        + "only with dates; add them as DATE (month/day/year or the number of the day), or sort the "
        + "rows."),
    WrongFile(
      marked: """
        ID,TIME,DV
        1,▸.,1
        1,8:30,1
        """,
      message: "subject 1: TIME is missing, every row needs one; fill it in, or leave out the row "
        + "by a rule under ignore."),
    WrongFile(
      marked: """
        ID,DATE,TIME,DV
        1,▸2024-05-01,0,1
        """,
      message: "subject 1: DATE is '2024-05-01', month/day/year or the number of a day was "
        + "expected; correct it, or name the column by its order: DATE month/day/year, DAT1 "
        + "day/month/year, DAT2 year/month/day, DAT3 year/day/month."),
    WrongFile(
      marked: """
        ID,DAT2,TIME,DV
        1,▸5/1,0,1
        """,
      message: "subject 1: DAT2 is '5/1', year/month/day or the number of a day was expected; "
        + "correct it, or name the column by its order: DATE month/day/year, DAT1 day/month/year, "
        + "DAT2 year/month/day, DAT3 year/day/month."),
    WrongFile(
      marked: """
        ID,DAT1,TIME,DV
        1,28/2/2023,0,1
        1,▸29/2/2023,0,1
        """,
      message:
        "subject 1: DAT1 is '29/2/2023', day/month/year or the number of a day was expected; "
        + "correct it, or name the column by its order: DATE month/day/year, DAT1 day/month/year, "
        + "DAT2 year/month/day, DAT3 year/day/month."),
    WrongFile(
      marked: """
        ID,DAT3,TIME,DV
        1,▸2.5,0,1
        """,
      message: "subject 1: DAT3 is '2.5', year/day/month or the number of a day was expected; "
        + "correct it, or name the column by its order: DATE month/day/year, DAT1 day/month/year, "
        + "DAT2 year/month/day, DAT3 year/day/month."),
    WrongFile(
      marked: """
        ID,DATE,TIME,DV
        1,5/1/2024,0,1
        1,▸.,0,1
        """,
      message: "subject 1: DATE is missing, but not in line 2, the subject's first; fill it in, or "
        + "remove the dates of all rows of the subject."),
    WrongFile(
      marked: """
        ID,DATE,TIME,DV
        1,.,0,1
        1,▸5/1/2024,0,1
        """,
      message: "subject 1: DATE is 5/1/2024, but nothing in line 2, the subject's first; write all "
        + "days of a subject alike."),
    WrongFile(
      marked: """
        ID,DATE,TIME,DV
        1,5/1/2024,0,1
        1,▸2,0,1
        """,
      message: "subject 1: DATE is 2, but a date in line 2, the subject's first; write all days of "
        + "a subject alike."),
    WrongFile(
      marked: """
        ID,DATE,TIME,DV
        1,1,0,1
        1,▸5/2/2024,0,1
        """,
      message: "subject 1: DATE is 5/2/2024, but the number of a day in line 2, the subject's "
        + "first; write all days of a subject alike."),
    WrongFile(
      marked: """
        ID,DATE,TIME,DV
        1,.,3,1
        1,.,▸2,1
        """,
      message:
        "subject 1: TIME is 2 after 3 in line 2, within a subject it must not decrease; sort "
        + "the rows, or begin a new occasion by EVID 3 or 4."),
    WrongFile(
      marked: """
        ID,DATE,TIME,DV
        1,5/1/2024,0,1
        1,5/2/2024,▸26.5,1
        """,
      message: "subject 1: TIME is 26.5 beside a date, an hour of the day from 0 to 24 was "
        + "expected; if times go on from day to day, rename or remove the column DATE."),
    WrongFile(
      marked: """
        ID,DATE,TIME,DV
        1,5/2/2024,8:30,1
        1,5/1/2024,▸9:30,1
        """,
      message: "subject 1: TIME is 9:30, which with its date is before line 2, within a subject "
        + "time must not decrease; sort the rows, or begin a new occasion by EVID 3 or 4."),
  ]
}
