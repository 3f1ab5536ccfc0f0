/// What columns are called where they do not have their standard names.
public enum DataLayout: String, CaseIterable, Sendable {
  /// As here.
  case nonmem
  /// As data sets for Monolix call them.
  case monolix
  /// As data frames of R often do.
  case r

  /// Names for a column, the usual one first; the file's is the first of them that it has, in upper
  /// or lower case.
  func names(_ column: StandardColumn) -> [String] {
    let others: [StandardColumn: [String]] =
      switch self {
      case .nonmem: [:]
      case .monolix:
        [
          .id: ["#ID", "I", "SUBJECT"], .time: ["T"], .value: ["Y", "OBS", "OBSERVATION", "CONC"],
          .amount: ["D", "DOSE"], .compartment: ["ADM", "ADMID", "ADMTYPE"],
          .duration: ["TINF"], .output: ["YTYPE", "OBSID", "OBS_ID", "ITYPE"], .interval: ["TAU"],
          .censoring: ["CENSORING"], .missingValue: ["IGN"],
        ]
      case .r:
        [
          .id: ["SUBJECT", "SUBJ", "USUBJID", "SUBJID", "PATIENT"],
          .time: ["HOUR", "HOURS", "TAFD", "T"],
          .value: ["CONC", "CONCENTRATION", "Y", "VALUE", "RESPONSE", "CP", "LIDV"],
          .amount: ["DOSE"], .duration: ["TINF"], .output: ["ANALYTE", "ENDPOINT"],
          .interval: ["TAU"], .censoring: ["BLQ", "BQL"],
        ]
      }
    return [column.name] + (others[column] ?? [])
  }
}
