package import DataPartition
import JobFiles
package import MessagePassing
package import PopulationData
import Spelling

/// What a data set has besides subjects, observations and doses.
package struct DataContent: Equatable {
  package private(set) var doses = 0
  package private(set) var infusions = 0
  package private(set) var steadyStates = 0
  package private(set) var censored = 0
  package private(set) var otherEvents = 0
  /// Numbers of outputs, in ascending order.
  package private(set) var outputs: [Int] = []
  package private(set) var covariates: [String] = []
  /// What is known of the censored observations.
  package private(set) var limits = CensoringLimits()

  /// Counts what all ranks have; collective.
  /// - Parameter covariates: their names.
  package init(
    _ share: DatasetShare, covariates: [String], communicator: any Communicator
  ) throws(CommunicationError) {
    var own: Set<Int> = []
    for subject in share.subjects {
      for occasion in subject.occasions {
        doses += occasion.doses.count
        otherEvents += occasion.others.count { $0.compartment != 0 }
        for dose in occasion.doses {
          if dose.isInfusion { infusions += 1 }
          if dose.steadyState != .none { steadyStates += 1 }
        }
        for observation in occasion.observations {
          if observation.isCensored { censored += 1 }
          own.insert(observation.output)
        }
      }
    }
    var sums = [doses, infusions, steadyStates, censored, otherEvents].map { Int64($0) }
    try communicator.allReduceSum(&sums)
    (doses, infusions, steadyStates) = (Int(sums[0]), Int(sums[1]), Int(sums[2]))
    (censored, otherEvents) = (Int(sums[3]), Int(sums[4]))
    // One after the other, as there are few.
    while true {
      let next = own.filter { $0 > outputs.last ?? -1 }.min() ?? .max
      let least = try communicator.allGather(Int64(next)).min()!
      if least == .max { break }
      outputs.append(Int(least))
    }
    self.covariates = covariates
    limits = share.limits
  }

  /// `below 0.5`, of several limits `below 0.1 … 0.5`.
  private var limitText: String {
    [("below", limits.lower), ("above", limits.upper)].compactMap { side, limits in
      let values = Set(limits.values.joined().map(\.value)).sorted()
      guard let first = values.first, let last = values.last else { return nil }
      return "\(side) \(csvNumber(first))" + (first < last ? " … \(csvNumber(last))" : "")
    }.joined(separator: ", ")
  }

  /// A line for each kind that there is.
  package func lines() -> [String] {
    var lines: [String] = []
    if infusions > 0 { lines.append(counted(infusions, "infusion")) }
    if steadyStates > 0 { lines.append(counted(steadyStates, "steady-state dose")) }
    if censored > 0 {
      lines.append("\(counted(censored, "censored observation")): \(limitText)")
    }
    if otherEvents > 0 {
      lines.append("compartments are turned on or off \(counted(otherEvents, "time"))")
    }
    if outputs != [0], !outputs.isEmpty {
      lines.append(
        "\(counted(outputs.count, "output")) (DVID): "
          + outputs.map { "\($0)" }.joined(separator: ", "))
    }
    if !covariates.isEmpty {
      lines.append(
        "\(counted(covariates.count, "covariate")): \(covariates.joined(separator: ", "))")
    }
    return lines
  }
}
