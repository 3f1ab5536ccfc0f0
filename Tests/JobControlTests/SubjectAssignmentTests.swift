import JobControl
import PopulationData
import Testing

@Suite("Subjects to ranks")
struct SubjectAssignmentTests {
  static let costs: [[Double]] = [
    [], [1], [5, 1, 1, 1, 1, 1], (0..<100).map { _ in 9 },
    (0..<1000).map { Double(($0 * 7919) % 97 + 1) }, [0, 0, 0],
  ]

  @Test("every subject is on one rank, once", arguments: costs, [1, 2, 3, 7, 64])
  func allOnce(costs: [Double], ranks: Int) {
    let assignment = SubjectAssignment(costs: costs, rankCount: ranks)
    #expect(assignment.subjects.count == ranks)
    #expect(assignment.subjects.joined().sorted() == Array(costs.indices))
    for (subjects, load) in zip(assignment.subjects, assignment.loads) {
      #expect(subjects == subjects.sorted())
      #expect(abs(subjects.reduce(0) { $0 + costs[$1] } - load) < 1e-9)
    }
  }

  @Test("no rank has more than the mean and one subject", arguments: costs, [1, 2, 3, 7, 64])
  func even(costs: [Double], ranks: Int) {
    let assignment = SubjectAssignment(costs: costs, rankCount: ranks)
    let mean = costs.reduce(0, +) / Double(ranks)
    for load in assignment.loads { #expect(load <= mean + (costs.max() ?? 0) + 1e-9) }
    #expect(assignment.imbalance >= 1)
  }

  @Test("many subjects of different costs are shared within one percent")
  func balance() {
    let assignment = SubjectAssignment(costs: Self.costs[4], rankCount: 7)
    #expect(assignment.imbalance < 1.01)
  }

  @Test("a subject costs more with more observations and doses")
  func cost() {
    func subject(_ observations: Int, _ doses: Int) -> Subject {
      let occasion = Occasion(
        doses: (0..<doses).map { DoseRecord(time: Double($0), amount: 1) },
        observations: (0..<observations).map {
          Observation(time: 100 + Double($0), value: 1, precedingDoses: doses)
        })
      return Subject(id: "1", index: 0, occasions: [occasion])
    }
    #expect(
      SubjectAssignment.cost(of: subject(5, 1)) < SubjectAssignment.cost(of: subject(6, 1)))
    #expect(
      SubjectAssignment.cost(of: subject(5, 1)) < SubjectAssignment.cost(of: subject(5, 2)))
  }
}
