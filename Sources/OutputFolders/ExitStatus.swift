/// How the program ends, as a number for scripts. The numbers from 64 on are those of BSD's
/// sysexits.h.
package enum ExitStatus: Int32, Sendable, CaseIterable {
  /// All was done. A fit that did not converge counts as done: its status is in the results.
  case success = 0
  /// Some data sets of the job could not be read or fitted; the others are in the results.
  case someFailed = 1
  /// The command line is wrong.
  case usage = 64
  /// A data file is wrong, and nothing could be fitted.
  case data = 65
  /// A file that was named cannot be read.
  case noInput = 66
  /// The machine cannot run the program, or the ranks cannot work together.
  case unavailable = 69
  /// A fault of the program itself.
  case `internal` = 70
  /// The output folder cannot be made or written, or what is in the place of an output cannot be
  /// replaced.
  case cannotCreate = 73
  /// Writing or talking to other ranks failed.
  case inputOutput = 74
  /// The run was stopped before its work was done, and what it did is saved: the same command goes
  /// on.
  case stopped = 75
  /// The output folder has results of another job or other data, or files that popmix has not
  /// written, or another run works on it.
  case occupied = 77
  /// No data set could be fitted, for numerical reasons.
  case estimation = 76
  /// The job file is wrong.
  case jobFile = 78
}
