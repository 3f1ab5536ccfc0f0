/// Refuses residual errors whose parameters are not determined, or are those of others.
struct ResidualCheck {
  private let stream: ControlStream
  private let run: CodeRun
  /// Where Y is assigned.
  private let place: Position

  init(_ stream: ControlStream, _ run: CodeRun, _ place: Position) {
    self.stream = stream
    self.run = run
    self.place = place
  }

  func check(_ outputs: [OutputForm]) throws(Fault) {
    var thetas: Set<Int> = []
    var epsilons: Set<Int> = []
    for output in outputs {
      for part in output.residual.parts {
        try checkDetermination(part)
        for theta in part.thetas where !thetas.insert(theta).inserted {
          throw Fault(
            run.place(.theta(theta)) ?? place,
            "THETA(\(theta)) stands in two residual errors, which popmix cannot keep equal.")
        }
      }
      for i in Set(output.residual.parts.map(\.epsilon)).sorted()
      where !stream.sigma.isFixed(i) && !epsilons.insert(i).inserted {
        throw Fault(
          run.place(.epsilon(i)) ?? place,
          "EPS(\(i)) stands in two outputs, whose residual errors popmix cannot keep equal.")
      }
    }
  }

  private func checkDetermination(_ part: ResidualForm.Part) throws(Fault) {
    guard let theta = part.thetas.first, !stream.sigma.isFixed(part.epsilon),
      part.thetas.contains(where: { !stream.thetas[$0 - 1].isFixed })
    else { return }
    throw Fault(
      run.place(.theta(theta)) ?? place,
      "THETA(\(theta)) and SIGMA(\(part.epsilon),\(part.epsilon)) are both estimated, and only their product is determined; FIX one of them."
    )
  }
}
