import Foundation
import Testing

extension Trait where Self == ConditionTrait {
  /// Leaves out what takes minutes and protects no figure, unless all tests are asked for.
  static var whenAllAreAsked: Self {
    .enabled(
      if: ProcessInfo.processInfo.environment["POPMIX_ALL_TESTS"] != nil,
      "left out; scripts/test --all runs it")
  }
}
