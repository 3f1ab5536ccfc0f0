import PopulationData
import TestSupport
import Testing

@Suite("ends of lines")
struct LineEndTests {
  @Test("LF, CR LF and CR are counted, wherever they are", arguments: 1...60)
  func count(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let pieces: [[UInt8]] = [[10], [13], [13, 10], [1], [0x8A], [0x8D, 11], Array("a,b".utf8)]
    var bytes: [UInt8] = []
    for _ in 0..<Int.random(in: 0...60, using: &generator) {
      bytes += pieces.randomElement(using: &generator)!
    }
    let feeds = bytes.filter { $0 == 10 }.count
    let returns = bytes.filter { $0 == 13 }.count
    let pairs = zip(bytes, bytes.dropFirst()).filter { $0 == (13, 10) }.count
    #expect(bytes.withUnsafeBufferPointer { lineEndCount($0) } == feeds + returns - pairs)
  }
}
