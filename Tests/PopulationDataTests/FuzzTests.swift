import Foundation
import PopulationData
import TestSupport
import Testing

@Suite("Damaged data files")
struct FuzzTests {
  private static let whole: [[UInt8]] = {
    let events = """
      ID,TIME,AMT,RATE,EVID,MDV,CMT,SS,II,ADDL,DV,CENS,LIMIT,WT
      1,0,100,0,1,1,1,0,12,6,.,.,.,70
      1,1.5,.,.,0,0,2,.,.,.,8.25,0,.,70
      1,2.5,.,.,0,0,2,.,.,.,0.1,1,0.05,71
      2,0,250,20,1,1,1,1,24,.,.,.,.,55.5
      2,2,.,.,0,0,2,.,.,.,1.25e1,0,.,55.5
      2,30,.,.,3,1,1,.,.,.,.,.,.,54
      2,31,50,10,4,1,1,.,.,.,.,.,.,54
      2,33,.,.,0,0,2,.,.,.,3.5,0,.,54

      """
    let plain = """
      ID,TIME,AMT,DV
      1,0,100,.
      1,0.5,.,3.5
      1,2,.,1.5
      "2",0,100,.
      2,1,.,2.5

      """
    let clock = """
      ID TIME AMT DV
      1 8:00 100 .
      1 9:30 . 3.5
      2 12:15 100 .
      2 23:59 . 2.5

      """
    return [events, plain, clock, plain.replacing("\n", with: "\r\n")].map { Array($0.utf8) }
  }()

  private static let pieces: [[UInt8]] =
    [
      ",", ";", "\t", " ", "\n", "\r", "\r\n", "\"", "''", ".", "-", "+", "1e999", "-1e308", "1D5",
      "5e-324", "99999999999999999999", "nan", "inf", "0x1F", "=1+1", "@", "#", "C ", "ID", "TIME",
      "DATE", "EVID", "25:00", "12:60", "2020-02-30", "-1", "1,1,1", "\u{0}", "\u{FEFF}", "é",
    ].map { Array($0.utf8) } + [[0xFF], [0x85], [0xB5], [0x00], [0x1F, 0x8B]]

  @Test("whole files are read", arguments: 0..<4)
  func whole(number: Int) throws {
    let data = try DatasetReader.read(
      bytes: Self.whole[number], name: "t.csv", format: .standard)
    #expect(data.subjects.count == 2)
  }

  @Test("a damaged data file is read, or refused in words with a place, within two seconds")
  func files() throws {
    let run = try FuzzRun("data files", seeds: 0..<1) { generator in
      var bytes = Self.whole.randomElement(using: &generator)!
      for _ in 0..<Int.random(in: 1...2, using: &generator) where !bytes.isEmpty {
        let start = Int.random(in: 0..<bytes.count, using: &generator)
        let end = min(start + Int.random(in: 1...20, using: &generator), bytes.count)
        let piece = Self.pieces.randomElement(using: &generator)!
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: bytes.removeSubrange(start..<end)
        case 1: bytes.insert(contentsOf: bytes[start..<end], at: start)
        case 2: bytes.replaceSubrange(start..<end, with: piece)
        case 3: bytes[start] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        default: bytes.insert(contentsOf: piece, at: start)
        }
      }
      let text = String(decoding: bytes, as: UTF8.self)
      do throws(DatasetError) {
        let data = try DatasetReader.read(bytes: bytes, name: "t.csv", format: .standard)
        for subject in data.subjects {
          for occasion in subject.occasions {
            #expect(occasion.observations.allSatisfy { $0.time.isFinite && !$0.value.isNaN })
            #expect(occasion.doses.allSatisfy { $0.time.isFinite && $0.amount.isFinite })
          }
        }
        return FuzzRun.Outcome(text: text, isRead: true)
      } catch {
        let message = "\(error)"
        #expect(message.hasPrefix("t.csv"), "\(message) of \(text.debugDescription)")
        return FuzzRun.Outcome(text: text, isRead: false)
      }
    }
    #expect(
      run.read > run.texts / 20 && run.read < run.texts * 19 / 20, "\(run.read) of \(run.texts)")
    #expect(run.slow.isEmpty, "\(run.slow)")
    #expect(run.peakMemory ?? 0 < 1024)
  }
}
