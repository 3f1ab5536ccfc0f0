import Glibc

func exponential(_ x: Double) -> Double { Glibc.exp(x) }

func logarithm(_ x: Double) -> Double { Glibc.log(x) }

/// log Γ(x), x > 0
func logGammaFunction(_ x: Double) -> Double { Glibc.lgamma(x).0 }

/// The quantile of sorted values, between neighbours where need be.
func quantile(ofSorted values: [Double], _ probability: Double) -> Double {
  guard !values.isEmpty else { return .nan }
  let place = probability * Double(values.count - 1)
  let below = Int(place.rounded(.down))
  let above = min(values.count - 1, below + 1)
  return values[below] + (place - Double(below)) * (values[above] - values[below])
}
