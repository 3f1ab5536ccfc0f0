import JobFiles
import TestSupport
import Testing

@Suite("Tables that a job asks for")
struct ResultTablesTests {
  @Test("none, one word, or a list, in the order of the job")
  func read() throws {
    func tables(_ rest: String) throws -> [ResultTable] {
      try JobFileReader().read(job(rest: rest), path: "job.yaml").tables
    }
    #expect(try tables("") == [])
    #expect(try tables("tables: observations") == [.observations])
    #expect(try tables("tables: [influence, observations]") == [.influence, .observations])
  }

  @Test("other words, no words and the same word twice are faults")
  func faults() {
    expectFault(
      job(rest: "tables: ▸sdtab"),
      """
      'tables' is the text "sdtab", expected observations, influence or moments.
      """)
    expectFault(
      job(rest: "tables: [influence, ▸observation]"),
      """
      'tables[2]' is the text "observation", expected observations, influence or moments; did you mean 'observations'?
      """)
    expectFault(
      job(rest: "tables: [observations, ▸observations]"),
      "'tables[2]' names observations again, expected each table once; leave one out.")
    expectFault(
      job(rest: "tables: ▸[]"),
      "'tables' is an empty list, expected a list of the words observations, influence and moments; give a value, or remove it."
    )
    expectFault(
      job(rest: "tables: ▸{observations: 1}"),
      "'tables' is a mapping, expected observations, influence or moments.")
    expectFault(
      job(rest: "▸tables:"),
      "'tables' is empty, expected observations, influence or moments; give a value, or remove it.")
    expectFault(
      job(rest: "▸table: influence"),
      """
      unknown key "table" in the file, expected 'popmix', 'job', 'data', 'model', 'mixture', \
      'prior', 'estimation', 'simulation', 'study', 'derived', 'bootstrap', 'likelihood-ratio-test', 'units', 'tables', 'nonmem' or 'output'; \
      did you mean 'tables'?
      """)
  }
}
