import Foundation

/// The lines of a file in `Tables`, each split at its spaces.
func knownAnswers(_ name: String) -> [[Substring]] {
  let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Tables/\(name)")
  let text = try! String(contentsOf: file, encoding: .utf8)
  return text.split(separator: "\n").map { $0.split(separator: " ") }
}

/// The double whose bits are written in hexadecimal.
func double(_ bits: Substring) -> Double { Double(bitPattern: UInt64(bits, radix: 16)!) }

/// Mean of some numbers and the standard error of the mean.
func meanAndError(_ values: [Double]) -> (mean: Double, error: Double) {
  let n = Double(values.count)
  let mean = values.reduce(0, +) / n
  let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
  return (mean, (squares / (n * (n - 1))).squareRoot())
}
