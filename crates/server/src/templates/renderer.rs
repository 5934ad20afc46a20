//! Where templates are checked and filled in: off the threads that answer requests, a few at once.

use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinError;
use windlass_domain::Limits;
use windlass_store::NewPipeline;
use windlass_templates::{Rendered, Run};

use super::check::check;
use super::failure::Failure;
use super::fill::fill;
use super::pace::{Pace, Turn, worked};
use super::read::read_rendered;
use crate::input::{Order, Origin, TemplateText};
use crate::telemetry::{Rendering, count_rendering, record_rendering};

/// Templates that are worked on at once; each takes a processor for two seconds at the most.
const AT_ONCE: usize = 2;
/// How long others wait for their turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// Works on templates. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Renderer {
    places: Arc<Semaphore>,
    /// Where templates that render slowly leave places to others.
    pace: Option<Arc<Pace>>,
}

/// A template filled in.
#[derive(Debug)]
pub(crate) struct Filled {
    /// The body of the new pipeline, as JSON.
    pub(crate) body: String,
    /// The same as it was read, made from the template.
    pub(crate) new: NewPipeline,
}

impl Default for Renderer {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(AT_ONCE)), pace: None }
    }
}

impl Renderer {
    /// One for work that nobody waits for, and that can be put off: it works on so many templates at once, of which slow ones leave some to others, if there are as many processors: with more, each would get less than the two seconds that
    /// it may take, which are counted by the clock.
    pub(crate) fn for_schedules(places: usize) -> Self {
        let processors = std::thread::available_parallelism().map_or(AT_ONCE, NonZeroUsize::get);
        let places = places.min(processors.max(AT_ONCE));
        Self { places: Arc::new(Semaphore::new(places)), pace: Some(Arc::new(Pace::new(places))) }
    }

    /// Checks a template that is put; answers what is the same for all that say the same.
    ///
    /// # Errors
    /// [`Failure::Wrong`] with all that is wrong, [`Failure::Overloaded`].
    pub(crate) async fn check(
        &self,
        text: TemplateText,
        limits: Limits,
    ) -> Result<(TemplateText, [u8; 32]), Failure> {
        self.work(move || check(&text, &limits).map(|fingerprint| (text, fingerprint))).await
    }

    /// Fills a kept template in, and reads what it gives as the body of a new pipeline.
    ///
    /// # Errors
    /// [`Failure`].
    pub(crate) async fn fill(
        &self,
        kept: windlass_store::Template,
        order: Order,
        run: Run,
        origin: Origin,
        limits: Limits,
    ) -> Result<Filled, Failure> {
        let key = (run.name.clone(), run.version);
        let turn = match &self.pace {
            None => Some(Turn::default()),
            Some(pace) => pace.enter(&key).await,
        };
        let filled = match turn {
            None => Err(Failure::Overloaded),
            Some(turn) => {
                let pace = self.pace.clone();
                let work = move || {
                    let (_turn, begun, before) = (turn, Instant::now(), worked());
                    let filled = fill_and_read(&kept, &order, &run, &limits, origin);
                    record_rendering(begun.elapsed());
                    if let Some(pace) = pace {
                        pace.note(key, worked().saturating_sub(before));
                    }
                    filled
                };
                self.work(work).await
            }
        };
        count_rendering(outcome(&filled));
        filled
    }

    /// Does work that takes a processor, in its turn. It goes on when its caller has gone, and keeps its place until it has ended.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.places).acquire_owned()).await;
        let Ok(Ok(place)) = turn else { return Err(Failure::Overloaded) };
        let work = tokio::task::spawn_blocking(move || {
            let _place = place;
            work()
        });
        match work.await.map_err(JoinError::try_into_panic) {
            Ok(done) => done,
            Err(Ok(panic)) => resume_unwind(panic),
            // It never began: the process ends.
            Err(Err(_)) => Err(Failure::Overloaded),
        }
    }
}

fn fill_and_read(
    kept: &windlass_store::Template,
    order: &Order,
    run: &Run,
    limits: &Limits,
    origin: Origin,
) -> Result<Filled, Failure> {
    let rendered: Rendered = fill(kept, order, run)?;
    let new = read_rendered(&rendered, run, limits, origin)?;
    Ok(Filled { body: rendered.body, new })
}

fn outcome(filled: &Result<Filled, Failure>) -> Rendering {
    match filled {
        Ok(_) => Rendering::Rendered,
        Err(Failure::Wrong(_)) => Rendering::Wrong,
        Err(Failure::Render(_)) => Rendering::Failed,
        Err(Failure::Refused(_)) => Rendering::Refused,
        Err(Failure::Overloaded) => Rendering::Overloaded,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_few_work_at_once_and_others_wait_only_so_long() {
        let renderer = Renderer::default();
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..AT_ONCE).map(|_| mpsc::channel::<()>()).unzip();
        let busy: Vec<_> = receivers
            .into_iter()
            .map(|end| {
                let renderer = renderer.clone();
                tokio::spawn(async move { renderer.work(move || Ok(end.recv().is_ok())).await })
            })
            .collect();
        while renderer.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let waiting = renderer.clone();
        let late = tokio::spawn(async move { waiting.work(|| Ok(())).await });
        tokio::task::yield_now().await;
        // Time does not pass by itself while others work.
        tokio::time::advance(PATIENCE).await;
        assert!(matches!(late.await.unwrap(), Err(Failure::Overloaded)));
        for sender in &senders {
            sender.send(()).unwrap();
        }
        for work in busy {
            assert!(work.await.unwrap().unwrap());
        }
        assert!(renderer.work(|| Ok(())).await.is_ok());
    }
}
