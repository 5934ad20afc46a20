//! Work on large texts, off the threads that answer everybody else.

use tokio::runtime::{Handle, RuntimeFlavor};

/// The most bytes that are worked on where they were received: handing a smaller text over costs more than reading it.
const SMALL: usize = 64 * 1_024;

/// Does what takes time in proportion to `bytes`; where these are many, other calls are answered meanwhile.
pub(super) fn off_async<T>(bytes: usize, work: impl FnOnce() -> T) -> T {
    let others =
        || Handle::try_current().is_ok_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::MultiThread);
    if bytes > SMALL && others() { tokio::task::block_in_place(work) } else { work() }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    /// Whether a task runs on a runtime with one thread while that works on so many bytes.
    async fn others_run(bytes: usize) -> bool {
        let work = tokio::spawn(async move {
            let (sender, receiver) = mpsc::channel();
            tokio::spawn(async move { sender.send(()) });
            off_async(bytes, || receiver.recv_timeout(Duration::from_millis(500)).is_ok())
        });
        work.await.unwrap()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn others_run_while_a_large_text_is_worked_on() {
        assert!(!others_run(SMALL).await);
        assert!(others_run(SMALL + 1).await);
    }

    #[tokio::test]
    async fn a_runtime_without_other_threads_does_the_work_where_it_is() {
        assert_eq!(off_async(SMALL + 1, || 1), 1);
    }
}
