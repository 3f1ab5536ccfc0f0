/// The one-to-one assignment of columns to rows with the largest sum, by the Hungarian method with
/// potentials (Kuhn 1955; in the form of Jonker and Volgenant 1987), in O(K³).
/// - Parameter gains: K × K finite values.
/// - Returns: the column of each row.
package func optimalAssignment(_ gains: [[Double]]) -> [Int] {
  let count = gains.count
  // Row and column 0 are none.
  var rowPotential = [Double](repeating: 0, count: count + 1)
  var columnPotential = rowPotential
  var rowOfColumn = [Int](repeating: 0, count: count + 1)
  for row in 1..<count + 1 {
    rowOfColumn[0] = row
    var column = 0
    var least = [Double](repeating: .infinity, count: count + 1)
    var before = [Int](repeating: 0, count: count + 1)
    var isUsed = [Bool](repeating: false, count: count + 1)
    repeat {
      isUsed[column] = true
      let current = rowOfColumn[column]
      var delta = Double.infinity
      var next = 0
      for j in 1..<count + 1 where !isUsed[j] {
        let cost = -gains[current - 1][j - 1] - rowPotential[current] - columnPotential[j]
        if cost < least[j] {
          least[j] = cost
          before[j] = column
        }
        if least[j] < delta {
          delta = least[j]
          next = j
        }
      }
      for j in 0...count {
        if isUsed[j] {
          rowPotential[rowOfColumn[j]] += delta
          columnPotential[j] -= delta
        } else {
          least[j] -= delta
        }
      }
      column = next
    } while rowOfColumn[column] != 0
    repeat {
      let last = before[column]
      rowOfColumn[column] = rowOfColumn[last]
      column = last
    } while column != 0
  }
  var columns = [Int](repeating: 0, count: count)
  for j in 1..<count + 1 { columns[rowOfColumn[j] - 1] = j - 1 }
  return columns
}
