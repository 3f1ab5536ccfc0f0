/// The shortest text that reads back as the same number, whole ones without a point.
func number(_ value: Double) -> String {
  if value == value.rounded(), abs(value) < 1e15 { return "\(Int(value))" }
  return "\(value)"
}
