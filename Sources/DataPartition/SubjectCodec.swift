import PopulationData

/// Subjects as bytes, to be sent to other ranks: all their numbers bit by bit, with IDs, places and
/// lines. A subject with a dose and five observations takes about 130 bytes.
package enum SubjectCodec {
  /// The bytes of subjects; those of two lists one after the other are the bytes of both lists.
  package static func encode(_ subjects: some Sequence<Subject>) -> [UInt8] {
    var writer = ByteWriter()
    for subject in subjects { write(subject, &writer) }
    return writer.bytes
  }

  /// The subjects that were encoded.
  package static func decode(_ bytes: [UInt8]) -> [Subject] {
    bytes.withUnsafeBytes {
      var reader = ByteReader($0)
      var subjects: [Subject] = []
      while !reader.isAtEnd { subjects.append(subject(&reader)) }
      return subjects
    }
  }

  private static func write(_ subject: Subject, _ writer: inout ByteWriter) {
    writer.append(subject.id)
    writer.append(subject.index)
    writer.append(subject.line)
    writer.append(subject.occasions.count)
    // Lines mostly go on by one.
    var line = subject.line
    for occasion in subject.occasions {
      writer.append(occasion.doses.count)
      for dose in occasion.doses {
        writer.append(dose.time)
        writer.append(dose.amount)
        writer.append(dose.compartment)
        writer.append(dose.line &- line)
        line = dose.line
      }
      writer.append(occasion.observations.count)
      for observation in occasion.observations {
        writer.append(observation.time)
        writer.append(observation.value)
        writer.append(observation.compartment)
        writer.append(observation.line &- line)
        writer.append(observation.precedingDoses)
        line = observation.line
      }
    }
  }

  private static func subject(_ reader: inout ByteReader) -> Subject {
    let id = reader.text()
    let index = reader.integer()
    let firstLine = reader.integer()
    var line = firstLine
    let occasionCount = reader.integer()
    var occasions: [Occasion] = []
    occasions.reserveCapacity(occasionCount)
    for _ in 0..<occasionCount {
      let doseCount = reader.integer()
      var doses: [DoseRecord] = []
      doses.reserveCapacity(doseCount)
      for _ in 0..<doseCount {
        var dose = DoseRecord(time: reader.double(), amount: reader.double())
        dose.compartment = reader.integer()
        line &+= reader.integer()
        dose.line = line
        doses.append(dose)
      }
      let observationCount = reader.integer()
      var observations: [Observation] = []
      observations.reserveCapacity(observationCount)
      for _ in 0..<observationCount {
        var observation = Observation(
          time: reader.double(), value: reader.double(), precedingDoses: 0)
        observation.compartment = reader.integer()
        line &+= reader.integer()
        observation.line = line
        observation.precedingDoses = reader.integer()
        observations.append(observation)
      }
      occasions.append(Occasion(doses: doses, observations: observations))
    }
    return Subject(id: id, index: index, occasions: occasions, line: firstLine)
  }
}
