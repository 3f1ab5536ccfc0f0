import Foundation

/// Runs each step of a task in a thread of its own.
///
/// Swift has only as many threads for tasks as there are processors, and tests that wait for a
/// program keep one each. What has to happen in time, such as a signal to a job of Slurm, would
/// wait for them.
final class OwnThreads: TaskExecutor {
  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    Thread.detachNewThread { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
