/// A variable, or an argument of a function, with its value.
struct NamedValue: Sendable {
  var name: String
  var value: Value
}
