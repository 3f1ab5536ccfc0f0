import Report

/// The method as NONMEM calls it.
struct NonmemTitle {
  private let isEvaluation: Bool
  private let hasPrior: Bool

  init(_ run: NonmemRun) {
    isEvaluation = run.fit.covariance.order.isEmpty
    hasPrior = run.fit.logPrior != nil
  }

  /// As `#METH:` has it.
  var method: String {
    (isEvaluation
      ? "Objective Function Evaluation by Importance Sampling" : "Importance Sampling")
      + (hasPrior ? "" : " (No Prior)")
  }

  private static let problem =
    "Problem=1 Subproblem=0 Superproblem1=0 Iteration1=0 Superproblem2=0 Iteration2=0"

  private var table: String { "TABLE NO." + NonmemNumber.padded("1", 6) + ": \(method): " }

  /// Of tables with an objective in the title.
  var withGoal: String {
    table + "Goal Function=EXPECTED VALUE OF OBJECTIVE FUNCTION: " + Self.problem
  }

  /// Of tables of subjects.
  var plain: String { table + Self.problem }
}

/// How a fit ended, in the numbers and words of NONMEM's methods of this kind.
struct NonmemTermination {
  let code: Int
  let text: String

  init(status: String) {
    switch status {
    case "converged", "flat", "at boundary": (code, text) = (0, "OPTIMIZATION COMPLETED")
    case "completed": (code, text) = (2, "OPTIMIZATION NOT TESTED FOR CONVERGENCE")
    default: (code, text) = (1, "OPTIMIZATION NOT COMPLETED")
    }
  }
}
