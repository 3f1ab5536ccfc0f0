/// Deviations of a parameter in single occasions of a subject.
public enum OccasionEffects {
  /// What the deviation of a parameter in an occasion is called; occasions count from 0 here, from 1 in the name.
  public static func name(of parameter: String, occasion: Int) -> String {
    "\(parameter).occasion\(occasion + 1)"
  }
}
