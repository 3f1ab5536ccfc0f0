import Estimation
import JobFiles
package import MessagePassing
import PopulationModel
import Report
import Spelling

/// What `plan` prints: how ranks would share the fits of a job, how long they would take, and what
/// memory they need.
package struct ScheduleReport {
  let job: LoadedJob
  let model: CostModel
  let network: Network
  private let pieces: [JobPiece]
  private let costs: [PieceCost]

  /// Times an E-step on the first rank; collective.
  package init(job: LoadedJob, communicator: any Communicator, network: Network) throws {
    self.job = job
    self.network = network
    let model = try CostModel(job: job, communicator: communicator)
    self.model = model
    let pieces = job.pieces
    self.pieces = pieces
    costs = pieces.map { model.cost(of: $0.source, plan: job.plan) }
  }

  /// Lines for a person.
  package func lines(rankCounts: [Int]) -> [String] {
    let plan = job.sources.first.map { StartPlan(job.plan, source: $0) }
    let starts = plan?.first ?? 1
    let more =
      plan.map { $0.limit > $0.first ? ", with further starts where they are needed" : "" } ?? ""
    let fits =
      (starts > 1 ? " × \(starts) starts = \(counted(pieces.count, "fit"))" : "") + more
    var lines = [
      "job \(job.plan.jobFile.name): \(counted(job.sources.count, "data set"))\(fits)"
        + (job.alternatives.isEmpty
          ? ""
          : ", with \(counted(job.plan.model.componentCount, "component")), the most of several numbers"),
      "",
    ]
    lines += measured
    for count in rankCounts { lines += [""] + describe(count) }
    return lines
  }

  /// The same for scripts: a header, and a line of comma-separated values for each number of ranks.
  package func rows(rankCounts: [Int]) -> [String] {
    let rows = rankCounts.map { count in
      let schedule = Schedule(costs: costs, rankCount: count, network: network)
      let values: [any CustomStringConvertible] = [
        count, schedule.makespan, efficiency(schedule), Int(memory(schedule).rounded(.up)),
      ]
      return values.map(\.description).joined(separator: ",")
    }
    return ["ranks,seconds,efficiency,bytes_of_a_rank"] + rows
  }

  /// Seconds of all fits by one rank.
  private var serial: Double {
    costs.reduce(0) { $0 + $1.seconds(ranks: 1, network: network) }
  }

  private func efficiency(_ schedule: Schedule) -> Double {
    serial / (schedule.makespan * Double(schedule.tree.rankCount))
  }

  private var measured: [String] {
    let perStep = significant(model.secondsPerStep * 1e6, 2)
    let timed =
      model.timedSubjects > 0
      ? "measured on \(counted(model.timedSubjects, "subject")) of the first data set"
      : "a guess: the first data sets cannot be used, `popmix check` tells why"
    let sum = size(bytes: costs.first?.payload ?? 0)
    return [
      "a subject takes \(perStep) µs in an E-step (\(timed)); \(Int(costs.first?.steps ?? 0)) E-steps are expected in a fit",
      "on one rank: \(duration(serial))",
      "a sum over the ranks has \(sum), once an E-step; messages as of \(significant(network.latency * 1e6, 2)) µs "
        + "and \(significant(network.bandwidth / 1e9, 2)) GB/s",
    ]
  }

  private func describe(_ rankCount: Int) -> [String] {
    let schedule = Schedule(costs: costs, rankCount: rankCount, network: network)
    var lines = [
      "\(counted(rankCount, "rank")): \(duration(schedule.makespan)), efficiency "
        + percent(efficiency(schedule))
    ]
    if rankCount > 1 { lines += schedule.lines(noun: "fit").map { "  " + $0 } }
    lines.append("  memory of a rank: up to \(size(bytes: memory(schedule)))")
    let small = costs.count { $0.efficiency(ranks: 2, network: network) < 0.7 }
    if small > 0 {
      lines.append(
        "  too small to be worth two ranks: \(small == costs.count ? "all" : "\(small) of \(costs.count)") "
          + "fits; fewer than about \(subjectsWorthSplitting) subjects")
    }
    if schedule.occupation < 0.9 {
      lines.append(
        "  ranks without work: \(percent(1 - schedule.occupation)) of the time; fewer ranks would do"
      )
    }
    return lines
  }

  /// The largest part of a data set that a rank has.
  private func memory(_ schedule: Schedule) -> Double {
    var most = 0.0
    for (level, numbers) in schedule.levels.enumerated() {
      let subjects = numbers.map { costs[$0].subjects }.max() ?? 0
      let share = subjects / Double(schedule.tree.size(level: level))
      most = max(most, model.memory(subjects: share, plan: job.plan))
    }
    return most
  }

  /// Subjects from which on two ranks have an efficiency of 0.7.
  private var subjectsWorthSplitting: Int {
    guard let one = costs.first else { return 0 }
    var cost = one
    var subjects = 1.0
    while subjects < 1e9 {
      cost.work = one.work / one.subjects * subjects
      cost.subjects = subjects
      if cost.efficiency(ranks: 2, network: network) >= 0.7 { break }
      subjects *= 1.25
    }
    // Two digits, as it is an estimate.
    var scale = 1
    while Int(subjects) / scale >= 100 { scale *= 10 }
    return max(2, Int(subjects) / scale * scale)
  }

  private func percent(_ share: Double) -> String { "\(Int((100 * share).rounded())) %" }

  private func size(bytes: Double) -> String {
    switch bytes {
    case ..<1e3: "\(Int(bytes)) bytes"
    case ..<1e6: "\(significant(bytes / 1e3, 2)) kB"
    case ..<1e9: "\(significant(bytes / 1e6, 2)) MB"
    default: "\(significant(bytes / 1e9, 2)) GB"
    }
  }

  private func duration(_ seconds: Double) -> String {
    switch seconds {
    case ..<120: "\(significant(seconds, 2)) s"
    case ..<7200: "\(significant(seconds / 60, 2)) minutes"
    case ..<172_800: "\(significant(seconds / 3600, 2)) hours"
    default: "\(significant(seconds / 86_400, 2)) days"
    }
  }
}

extension Schedule {
  /// How the fits are shared, a line for each size of groups.
  func lines(noun: String) -> [String] {
    usedLevels.map { level in
      let groups = tree.groups(level: level)
      let sizes = groups.map { tree.ranks(of: $0, level: level).count }
      let (least, most) = (sizes.min() ?? 1, sizes.max() ?? 1)
      let size = least == most ? "\(most)" : "\(least) or \(most)"
      let fits = counted(levels[level].count, noun)
      if groups.count == 1 { return "\(fits) by all ranks together" }
      return most == 1
        ? "\(fits) by one rank each"
        : "\(fits) by groups of \(size) ranks, \(groups.count) at a time"
    }
  }

  /// The same in one line.
  package var text: String {
    tree.rankCount == 1 ? "one after another" : lines(noun: "fit").joined(separator: ", ")
  }
}
