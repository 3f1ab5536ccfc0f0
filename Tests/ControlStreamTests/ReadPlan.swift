import Diagnostics
import Estimation
import JobFiles
import NumericKernels
import PopulationData
import PopulationModel

/// A job's plan with the data that it reads, and what can be asked of both.
struct ReadPlan {
  let plan: RunPlan
  let subjects: [Subject]
  /// The start values; of what the job leaves to a search (variances of occasions) the same number
  /// in all jobs.
  let start: PopulationParameters

  var model: MixtureModel { plan.model }
  var components: Range<Int> { 0..<model.componentCount }

  /// - Parameter folder: where the job stands, with the data at the path that it gives.
  init(_ text: String, folder: String) throws {
    plan = try RunPlan(JobFileReader().read(text, path: "\(folder)/job.yaml"))
    let files = plan.jobFile.data?.files.map(\.value) ?? []
    guard files.count == 1 else { throw NotComparable(files: files) }
    subjects =
      try DatasetReader.read(path: "\(folder)/\(files[0])", format: plan.format).subjects
    start = plan.starting.completed(with: Self.found(plan.model))
  }

  /// What a search would have found.
  private static func found(_ model: MixtureModel) -> PopulationParameters {
    let components = 0..<model.componentCount
    let deviations = SymmetricMatrix(diagonal: model.effects.map { _ in 0.04 })
    return PopulationParameters(
      weights: components.map { _ in 1 / Double(model.componentCount) },
      means: components.map { _ in model.effects.map { _ in 0 } },
      covariances: components.map { _ in deviations }, residualVariance: 0.04,
      direct: components.map { _ in model.direct.map { _ in 0.2 } })
  }

  /// A job with several data files.
  struct NotComparable: Error {
    var files: [String]
  }
}

/// A parameter that moves predictions.
enum Mover: Hashable {
  /// A random effect of all subjects.
  case effect(Int)
  /// A fixed effect, of a component or (`nil`) of all.
  case direct(Int, component: Int?)
  /// A coefficient of a covariate, likewise.
  case coefficient(Int, component: Int?)

  var isEffect: Bool { if case .effect = self { true } else { false } }
}

extension ReadPlan {
  /// All random effects, and what else of the structural model is estimated.
  var movers: [Mover] {
    model.effects.indices.map { .effect($0) }
      + FreeParameters(model).list.compactMap { parameter in
        switch parameter {
        case .direct(let place, let component) where model.direct[place].isStructural:
          .direct(place, component: component)
        case .coefficient(let place, let component): .coefficient(place, component: component)
        default: nil
        }
      }
  }

  func name(_ mover: Mover) -> String {
    let free = FreeParameters(model)
    return switch mover {
    case .effect(let place): model.effects[place].name
    case .direct(let place, let component): free.name(.direct(place: place, component: component))
    case .coefficient(let place, let component):
      free.name(.coefficient(place: place, component: component))
    }
  }

  /// The start values of a parameter in all components, on the scale on which it is estimated.
  func starts(of mover: Mover) -> [Double] {
    components.map { k in
      switch mover {
      case .effect(let place): start.means[k][place]
      case .direct(let place, _): start.direct[k][place]
      case .coefficient(let place, _): start.coefficients[k][place]
      }
    }
  }

  /// Predictions of all observations in all components where some parameters are moved from their
  /// start values, on the scale on which they are estimated.
  func predictions(moving moves: [Mover: Double] = [:]) -> [Double] {
    var parameters = start
    var shift = [Double](repeating: 0, count: model.effectCount)
    for (mover, step) in moves {
      switch mover {
      case .effect(let place): shift[place] = step
      case .direct(let place, let component):
        for k in components where component ?? k == k { parameters.direct[k][place] += step }
      case .coefficient(let place, let component):
        for k in components where component ?? k == k { parameters.coefficients[k][place] += step }
      }
    }
    let fit = FittedModel(model: model, estimates: parameters)
    return components.flatMap { k in
      subjects.flatMap { subject in
        let phi = zip(fit.typical(subject, component: k), shift).map { $0 + $1 }
        return fit.predictions(subject, phi: phi, component: k)
      }
    }
  }
}
