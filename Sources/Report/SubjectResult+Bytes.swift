import NumericKernels
package import PopulationModel

// Subjects between ranks, bit by bit.
extension SubjectResult {
  /// The bytes of some subjects of one fit.
  package static func encode(_ subjects: [SubjectResult]) -> [UInt8] {
    var bytes: [UInt8] = []
    for subject in subjects {
      let id = Array(subject.id.utf8)
      var numbers = [
        Double(id.count), Double(subject.observations.count), Double(subject.index),
        Double(subject.observationCount), Double(subject.measuredCount), subject.logLikelihood,
      ]
      numbers += subject.logIntegrals + subject.weights + subject.membership
      for k in subject.membership.indices {
        numbers += subject.priorMeans[k] + subject.means[k] + subject.covariances[k].elements
      }
      for observation in subject.observations {
        numbers += [Double(observation.line ?? -1), observation.time] + observation.values
      }
      numbers.withUnsafeBytes { bytes.append(contentsOf: $0) }
      bytes += id
    }
    return bytes
  }

  /// The subjects that `encode` has made bytes of.
  /// - Parameters:
  ///   - model: that was fitted.
  ///   - valueCount: how many values an observation has.
  package static func decode(
    _ bytes: [UInt8], model: MixtureModel, valueCount: Int
  ) -> [SubjectResult] {
    let (components, p) = (0..<model.componentCount, model.effectCount)
    var subjects: [SubjectResult] = []
    var place = 0
    func next(_ count: Int) -> [Double] {
      defer { place += 8 * count }
      return bytes.withUnsafeBytes { bytes in
        (0..<count).map { bytes.loadUnaligned(fromByteOffset: place + 8 * $0, as: Double.self) }
      }
    }
    while place < bytes.count {
      let head = next(6)
      let (integrals, weights) = (next(components.count), next(components.count))
      let membership = next(components.count)
      let moments = components.map { _ in
        (
          prior: next(p), mean: next(p),
          covariance: SymmetricMatrix(
            dimension: p, elements: next(SymmetricMatrix.elementCount(p)))
        )
      }
      let observations = (0..<Int(head[1])).map { _ in
        let own = next(2)
        return ObservationResult(
          line: own[0] < 0 ? nil : Int(own[0]), time: own[1], values: next(valueCount))
      }
      let id = String(decoding: bytes[place..<place + Int(head[0])], as: UTF8.self)
      place += Int(head[0])
      var subject = SubjectResult(
        index: Int(head[2]), id: id, observationCount: Int(head[3]), measuredCount: Int(head[4]),
        logLikelihood: head[5], logIntegrals: integrals, weights: weights, membership: membership,
        priorMeans: moments.map(\.prior), means: moments.map(\.mean),
        covariances: moments.map(\.covariance))
      subject.observations = observations
      subjects.append(subject)
    }
    return subjects
  }
}
