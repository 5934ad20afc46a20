//! What takes long at a start is told, so that nobody waits in silence.

use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// How long nothing is said.
const SILENCE: Duration = Duration::from_millis(1_900);

/// Waits for `work`; the log says every two seconds that it is still under way.
pub(crate) async fn told<T>(doing: &str, work: impl Future<Output = T>) -> T {
    let (mut work, begun) = (pin!(work), Instant::now());
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = sleep(SILENCE) => tracing::info!("{doing}, for {} s now", begun.elapsed().as_secs()),
        }
    }
}
