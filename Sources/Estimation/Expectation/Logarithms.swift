import NumericKernels

/// log 2π
let log2Pi = 1.8378770664093454836

/// log n of a count.
func logOf(_ count: Int) -> Double { log(Double(count)) }
