import PopulationData

/// Reads a text as the file `t.csv`.
func read(_ text: String, _ format: DatasetFormat = .standard) throws(DatasetError) -> Dataset {
  try DatasetReader.read(bytes: Array(text.utf8), name: "t.csv", format: format)
}

/// The error that an operation throws, or `nil`.
func datasetError(_ operation: () throws(DatasetError) -> Void) -> DatasetError? {
  do {
    try operation()
    return nil
  } catch {
    return error
  }
}

/// Observations and doses of a data set without the lines where they were found.
func contents(_ dataset: Dataset) -> [[Occasion]] {
  dataset.subjects.map { subject in
    subject.occasions.map { occasion in
      Occasion(
        doses: occasion.doses.map {
          DoseRecord(time: $0.time, amount: $0.amount, compartment: $0.compartment)
        },
        observations: occasion.observations.map {
          Observation(
            time: $0.time, value: $0.value, compartment: $0.compartment,
            precedingDoses: $0.precedingDoses)
        })
    }
  }
}
