/// The quantile of ascending numbers at a probability, linear between order statistics (type 7 of
/// Hyndman & Fan, Am Stat 50 (1996) 361–365, the default of R); NaN of none.
package func quantile(_ sorted: some RandomAccessCollection<Double>, _ probability: Double)
  -> Double
{
  guard let last = sorted.last else { return .nan }
  let place = probability * Double(sorted.count - 1)
  let whole = Int(place)
  let below = sorted[sorted.index(sorted.startIndex, offsetBy: whole)]
  guard whole + 1 < sorted.count else { return last }
  let above = sorted[sorted.index(sorted.startIndex, offsetBy: whole + 1)]
  return below + (place - Double(whole)) * (above - below)
}
