import DataPartition
import DataSets
import Estimation
import JobFiles
package import MessagePassing
package import OutputFolders
import PopulationData
import PopulationModel
import Report
import Spelling

/// What `check` prints: what a job would do, without doing it.
package struct PlanReport {
  let job: LoadedJob
  private let dataSets: [(name: String, content: Result<Summary, JobFailure>)]

  /// What is told of a data set.
  private struct Summary {
    let subjects: Int
    let observations: Int
    let content: DataContent
    let notUsed: [String]
  }

  /// Reads all data sets, one after another; collective.
  package init(job: LoadedJob, communicator: any Communicator) throws {
    self.job = job
    _ = try communicator.onFirstRank(failingWith: .jobFile) { try PublishedFigures(job.plan) }
    var dataSets: [(name: String, content: Result<Summary, JobFailure>)] = []
    for source in job.sources {
      do {
        let share = try job.plan.load(source, communicator: communicator)
        let content = try DataContent(
          share, covariates: job.plan.covariateNames(of: source), communicator: communicator)
        dataSets.append(
          (
            source.name,
            .success(
              Summary(
                subjects: share.subjectCount, observations: share.observationCount,
                content: content, notUsed: share.report.lines()))
          ))
      } catch let failure as JobFailure {
        dataSets.append((source.name, .failure(failure)))
      }
    }
    self.dataSets = dataSets
  }

  /// The failures of data sets, in order.
  package var failures: [JobFailure] {
    dataSets.compactMap { if case .failure(let failure) = $0.content { failure } else { nil } }
  }

  /// What the failures mean for the job.
  package var code: ExitStatus {
    if failures.isEmpty { return .success }
    return failures.count == dataSets.count ? failures[0].code : .someFailed
  }

  /// Lines for a person.
  package func lines(output: String) -> [String] {
    var lines = ["job \(job.plan.jobFile.name)", ""]
    for (name, content) in dataSets { lines += describe(name, content) }
    lines += ["", "model"] + modelLines.map { "  " + $0 }
    let prior = priorLines
    if !prior.isEmpty { lines += ["", "prior"] + prior.map { "  " + $0 } }
    lines += ["", "estimation"] + estimationLines.map { "  " + $0 }
    if let study = job.plan.jobFile.study {
      lines += ["", "study"] + study.methods.map { "  " + line($0) }
    }
    lines += resamplingLines
    let names = job.plan.freeParameterNames
    lines += ["", "\(names.count) free parameters", "  " + names.joined(separator: ", ")]
    let tables = job.tables.map(\.fileName)
    lines += [
      "",
      "results go to \(output)" + (tables.isEmpty ? "" : ", with \(conjunction(tables))"),
    ]
    return lines
  }

  private func describe(_ name: String, _ content: Result<Summary, JobFailure>) -> [String] {
    guard case .success(let data) = content else {
      return ["data set \(name): cannot be used, see the message"]
    }
    return [
      "data set \(name): \(counted(data.subjects, "subject")), "
        + "\(counted(data.observations, "observation")), \(counted(data.content.doses, "dose"))"
    ] + (data.content.lines() + data.notUsed).map { "  \($0)" }
  }

  /// What is drawn from the fits.
  private var resamplingLines: [String] {
    var lines: [String] = []
    if let own = job.plan.jobFile.bootstrap {
      let strata = own.stratify.map { ", within the values of \($0.value)" } ?? ""
      lines += [
        "", "bootstrap",
        "  \(counted(own.replicates, "\(own.kind.rawValue) data set"))\(strata), seed \(own.seed)",
      ]
    }
    if let test = job.plan.jobFile.likelihoodRatioTest {
      lines += [
        "", "likelihood ratio test",
        "  each number of components against one more by \(counted(test.replicates, "data set")), level "
          + "\(csvNumber(test.level)), seed \(test.seed)",
      ]
    }
    return lines
  }

  private var modelLines: [String] {
    let model = job.plan.model
    var lines = [
      "\(job.plan.jobFile.model.structure.value), "
        + (model.outputs.count == 1
          ? "\(model.residual.rawValue) residual error"
          : "\(model.outputs.count) outputs: "
            + model.outputs.map { "\($0.name ?? "") (DVID \($0.number), \($0.error.rawValue))" }
            .joined(separator: ", "))
    ]
    if model.isCensored { lines.append("values below or above a limit count by their probability") }
    for effect in model.effects {
      let membership =
        effect.membership == .mixture && model.componentCount > 1
        ? "mixture" : model.componentCount > 1 ? "shared by all components" : "one population"
      lines.append("\(effect.name): \(effect.distribution.name), \(membership)")
    }
    for effect in model.fixedEffects {
      lines.append(
        "\(effect.name): without random effect, estimated on the \(effect.distribution.name) scale"
          + (effect.isPerComponent && model.componentCount > 1 ? ", one for each component" : ""))
    }
    for effect in model.covariateEffects {
      lines.append(
        "mean of \(model.effects[effect.effect].name) by \(effect.transform.formula(effect.covariate))"
          + (effect.isPerComponent && model.componentCount > 1 ? ", for each component" : ""))
    }
    for covariate in model.weightCovariates {
      lines.append("weights by \(covariate.transform.formula(covariate.covariate))")
    }
    if let first = job.alternatives.first?.plan.model.componentCount {
      lines.append(
        "\(first) to \(model.componentCount) components, one after the other; the largest is described here"
      )
    }
    if model.componentCount > 1 {
      lines.append(
        "\(model.componentCount) components, covariance \(model.mixtureCovariance.rawValue), "
          + model.covarianceSharing.rawValue)
    } else {
      lines.append("one component, covariance \(model.mixtureCovariance.rawValue)")
    }
    if model.sharedEffects.count > 1 {
      lines.append("covariance of the shared effects \(model.sharedCovariance.rawValue)")
    }
    let fixed = FreeParameters(model.with()).names.filter {
      !job.plan.freeParameterNames.contains($0)
    }
    if !fixed.isEmpty { lines.append("fixed: \(fixed.joined(separator: ", "))") }
    lines += job.plan.warnings.map { "warning: \($0)" }
    return lines
  }

  /// What is known of the parameters before the data.
  private var priorLines: [String] {
    let model = job.plan.model
    let free = FreeParameters(model)
    func name(_ parameter: FreeParameter) -> String { free.name(parameter) }
    return job.plan.settings.prior.terms.map { term in
      switch term {
      case .normal(let parameter, let mean, let sd):
        return "\(name(parameter)): normal, mean \(significant(mean)), sd \(significant(sd))"
      case .inverseGamma(let parameter, let mode, let nu):
        let square = model.isDeviation(parameter) ? "square of " : ""
        return
          "\(square)\(name(parameter)): inverse gamma, mode \(significant(mode)), \(csvNumber(nu)) degrees of freedom"
      case .inverseWishart(let effects, let component, let modes, let nu):
        let names = effects.map {
          name(.covariance(row: $0, column: $0, component: component))
        }
        return
          "\(names.joined(separator: ", ")): \(effects.count == 1 ? "inverse gamma" : "inverse Wishart"), "
          + "\(effects.count == 1 ? "mode" : "modes") \(modes.map { significant($0) }.joined(separator: ", ")), "
          + "\(csvNumber(nu)) degrees of freedom"
      case .dirichlet(let counts):
        return
          "weights: Dirichlet, pseudo-counts \(counts.map { csvNumber($0) }.joined(separator: ", "))"
      }
    }
  }

  private func line(_ method: StudySpecification.Method) -> String {
    let count = method.dataSets ?? job.plan.simulatedNames.count
    let name = method.options.settings.method.name
    return "\(method.name): \(name), \(counted(count, "data set"))"
  }

  private var estimationLines: [String] {
    job.plan.jobFile.estimation.lines + [
      job.plan.starting.isComplete
        ? "starting values from the job file"
        : "starting values that the job file does not give are found from the data"
    ]
      + startLines
  }

  private var startLines: [String] {
    switch job.plan.jobFile.estimation.starts {
    case .exactly(let count): count > 1 ? ["\(count) starts"] : []
    case .asNeeded:
      job.sources.first.map { source in
        let starts = StartPlan(job.plan, source: source)
        return starts.limit > starts.first
          ? ["as many starts as are needed, \(starts.first) to \(starts.limit)"] : []
      } ?? []
    }
  }
}

extension MixtureModel {
  /// Whether a parameter is the standard deviation of a residual error.
  fileprivate func isDeviation(_ parameter: FreeParameter) -> Bool {
    guard case .direct(let place, _) = parameter else { return false }
    return direct[place].kind == .deviation
  }
}
