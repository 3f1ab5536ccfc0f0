package import PopulationData
package import PopulationModel

extension FittedModel {
  /// Predictions of a subject on a fine grid of times, as a curve for each occasion, empty for one
  /// without observations.
  ///
  /// A curve goes from the first dose or observation to the last observation. It has `points`
  /// equally spaced times and those of the doses, where it jumps: there it has two values, before
  /// and after the dose.
  /// - Parameter output: the number under DVID of what is drawn; that of an occasion's first
  ///   observation if left out.
  package func curve(
    _ subject: Subject, phi: [Double], component: Int = 0, output: Int? = nil, points: Int
  ) -> [[(time: Double, value: Double)]] {
    var dense = subject
    dense.occasions = subject.occasions.map { Self.dense($0, output: output, points: points) }
    let values = predictions(dense, phi: phi, component: component)
    var next = 0
    return dense.occasions.map { occasion in
      occasion.observations.map { observation in
        defer { next += 1 }
        return (observation.time, values[next])
      }
    }
  }

  /// An occasion with observations without a value where a curve is drawn.
  private static func dense(_ occasion: Occasion, output: Int?, points: Int) -> Occasion {
    var dense = occasion
    dense.observations = grid(occasion, output: output, points: points)
    for place in dense.others.indices {
      let other = dense.others[place]
      dense.others[place].precedingObservations = dense.observations.count {
        ($0.time, $0.precedingDoses) < (other.time, other.precedingDoses)
      }
    }
    return dense
  }

  /// Where a curve is drawn, as observations without a value.
  private static func grid(_ occasion: Occasion, output: Int?, points: Int) -> [Observation] {
    guard let first = occasion.observations.first, let last = occasion.observations.last
    else { return [] }
    let doseTimes = occasion.doses.map(\.time)
    let start = min(first.time, doseTimes.first ?? first.time)
    let length = last.time - start
    let steps = length > 0 ? max(points, 2) - 1 : 0
    var grid = (0...steps).map { step in
      let time = step == steps ? last.time : start + length * Double(step) / Double(steps)
      return (time: time, doses: doseTimes.count { $0 <= time })
    }
    var given = 0
    for time in doseTimes where time <= last.time {
      if time > start { grid.append((time, given)) }
      given += 1
      grid.append((time, given))
    }
    grid.sort { ($0.time, $0.doses) < ($1.time, $1.doses) }
    // The covariates of what follows hold in the interval that ends with it.
    var rows: [(time: Double, doses: Int, row: Int)] = []
    occasion.forEachHappening { happening in
      switch happening {
      case .dose(let place):
        rows.append((occasion.doses[place].time, place, occasion.doses[place].covariates))
      case .observation(let place):
        let observation = occasion.observations[place]
        rows.append((observation.time, observation.precedingDoses, observation.covariates))
      case .other(let place):
        let other = occasion.others[place]
        rows.append((other.time, other.precedingDoses, other.covariates))
      }
    }
    var next = 0
    return grid.map { point in
      while next < rows.count - 1, (rows[next].time, rows[next].doses) < (point.time, point.doses) {
        next += 1
      }
      return Observation(
        time: point.time, value: 0, compartment: first.compartment, precedingDoses: point.doses,
        output: output ?? first.output, covariates: rows[next].row)
    }
  }
}
