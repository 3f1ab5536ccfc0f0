import CVector
import EStepKernelsV3
import EStepKernelsV4
package import KernelInterface

/// The builds of the kernels for different instruction sets. All give the same bits.
package enum KernelBuild: String, Sendable, CaseIterable {
  /// AVX2 and fused multiplication and addition; on other architectures than x86-64 the only build.
  case v3 = "x86-64-v3"
  /// AVX-512.
  case v4 = "x86-64-v4"

  /// The fastest for the processor at hand.
  package static let best: KernelBuild = cvector_instruction_level() == 4 ? .v4 : .v3

  /// Those that the processor at hand can run.
  package static var runnable: [KernelBuild] { best == .v4 ? [.v3, .v4] : [.v3] }

  package func makeKernel(_ plan: KernelPlan) -> any SubjectKernel {
    switch self {
    case .v3: EStepKernelsV3.makeSubjectKernel(plan)
    case .v4: EStepKernelsV4.makeSubjectKernel(plan)
    }
  }
}
