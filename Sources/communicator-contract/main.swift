// Makes the checks of CommunicatorContract with processes as ranks, and shows how ranks under MPI
// start and end. For the tests, which run it alone and under mpirun.
import CMPI
import Glibc
import MPIBackend
import MessagePassing
import TestSupport

do {
  let world = try MPIEnvironment.start()
  switch CommandLine.arguments.dropFirst().first {
  case "contract":
    // MPI sends in pieces of 16 MiB.
    let violations = try CommunicatorContract.violations(of: world, longest: 1 << 24 + 40)
    let texts = try world.gather(Array(violations.joined(separator: "\n").utf8), root: 0)
    let verdict = violations.isEmpty ? nil : (message: "broken", code: Int32(1))
    let outcome = try world.agree(verdict)
    for text in texts ?? [] where !text.isEmpty { print(String(decoding: text, as: UTF8.self)) }
    if world.rank == 0 { print("\(world.size) ranks: \(outcome?.message ?? "kept")") }
    try MPIEnvironment.finish()
    exit(outcome?.code ?? 0)
  case "environment":
    if world.rank == 0 {
      print("\(type(of: world)), running: \(MPIEnvironment.isRunning)")
      print("on \(MPIEnvironment.hostName) with \(MPIEnvironment.libraryVersion)")
    }
    try MPIEnvironment.finish()
    if world.rank == 0 { print("running: \(MPIEnvironment.isRunning)") }
  case "abort":
    if world.rank == world.size - 1 { MPIEnvironment.abort(42) }
    try world.barrier()
  case "start-twice":
    _ = try MPIEnvironment.start()
  case "wrong-root":
    // Past the checks of MPICommunicator, to see that errors of MPI come back as codes.
    var handle: OpaquePointer?
    var byte: UInt8 = 0
    _ = cmpi_world(&handle)
    let code = cmpi_broadcast(handle!, &byte, 1, 99)
    var text = [CChar](repeating: 0, count: 1024)
    _ = cmpi_error_text(code, &text, Int64(text.count))
    print("code \(code): \(text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) })")
    try MPIEnvironment.finish()
  default:
    print("usage: communicator-contract contract|environment|abort|start-twice|wrong-root")
    MPIEnvironment.abort(64)
  }
} catch {
  print("error: \(error)")
  MPIEnvironment.abort(70)
}
