//! When files are looked at, and how often what does not fit is tried.

use std::convert::Infallible;
use std::time::Duration;

use tokio::signal::unix::Signal;
use tokio::time::sleep;

use super::source::Source;
use crate::bounded_file::is_special;

/// How often files are looked at.
const EVERY: Duration = Duration::from_secs(2);
/// The shortest time between two looks, for which there may be many reasons, and between two tries.
const PAUSE: Duration = Duration::from_secs(1);
/// How often what cannot be used is tried again: its files may be changed one after the other.
const TRIES: usize = 10;

/// A source, and what was last seen of it.
pub(crate) struct Followed<S: Source> {
    source: S,
    seen: Result<S::Contents, String>,
    hangups: Signal,
}

impl<S: Source> Followed<S> {
    /// One whose files hold `present`, which is used.
    pub(crate) fn new(source: S, present: S::Contents, hangups: Signal) -> Self {
        Self { source, seen: Ok(present), hangups }
    }

    /// Waits for a reason to look; whether somebody has asked to.
    async fn reason(&mut self) -> bool {
        loop {
            tokio::select! {
                _ = self.hangups.recv() => return true,
                () = self.source.nudged() => return false,
                () = sleep(EVERY) => if self.can_be_read_often().await { return false },
            }
        }
    }

    async fn can_be_read_often(&self) -> bool {
        for file in self.source.files() {
            if is_special(file).await {
                return false;
            }
        }
        true
    }

    /// Looks, and takes what is new, or has been asked for.
    async fn look(&mut self, asked: bool) {
        let mut found = self.source.read().await;
        if found == self.seen && !asked {
            return;
        }
        for left in (0..=TRIES).rev() {
            let refused = match &found {
                Ok(contents) => self.source.take(contents).await.err(),
                Err(unreadable) => Some(unreadable.clone()),
            };
            match refused {
                Some(_) if left > 0 => {
                    sleep(PAUSE).await;
                    found = self.source.read().await;
                }
                Some(error) => {
                    tracing::warn!(
                        error,
                        "cannot use {} as read again; what was there before is used on",
                        S::WHAT
                    );
                    break;
                }
                None => break,
            }
        }
        self.seen = found;
    }
}

/// Follows a source for as long as the server runs; none, and it does nothing.
pub(crate) async fn follow<S: Source>(followed: Option<Followed<S>>) -> Infallible {
    let Some(mut followed) = followed else { return std::future::pending().await };
    loop {
        let asked = followed.reason().await;
        followed.look(asked).await;
        sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::path::{Path, PathBuf};
    use std::rc::Rc;

    use tokio::time::Instant;

    use super::*;
    use crate::signals::hangups;

    /// A file that is as it is set, and takes what does not begin with "bad".
    #[derive(Clone)]
    struct Set {
        text: Rc<RefCell<Result<String, String>>>,
        tries: Rc<Cell<usize>>,
        taken: Rc<RefCell<Vec<String>>>,
        file: PathBuf,
    }

    impl Source for Set {
        type Contents = String;
        const WHAT: &'static str = "the test";

        fn files(&self) -> impl Iterator<Item = &Path> {
            std::iter::once(self.file.as_path())
        }

        async fn read(&self) -> Result<String, String> {
            self.text.borrow().clone()
        }

        async fn take(&self, contents: &String) -> Result<(), String> {
            self.tries.set(self.tries.get() + 1);
            if contents.starts_with("bad") {
                return Err("it is bad".to_owned());
            }
            self.taken.borrow_mut().push(contents.clone());
            Ok(())
        }

        async fn nudged(&self) {
            std::future::pending::<()>().await;
        }
    }

    async fn for_so_long(seconds: u64, followed: &mut Followed<Set>) {
        let end = Instant::now() + Duration::from_secs(seconds);
        while Instant::now() < end {
            let asked = followed.reason().await;
            followed.look(asked).await;
        }
    }

    fn followed(present: &str) -> (Set, Followed<Set>) {
        let text = Rc::new(RefCell::new(Ok(present.to_owned())));
        let set = Set { text, tries: Rc::default(), taken: Rc::default(), file: PathBuf::new() };
        (set.clone(), Followed::new(set, present.to_owned(), hangups().unwrap()))
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_changed_is_taken_once_and_soon() {
        let (set, mut followed) = followed("a");
        for_so_long(20, &mut followed).await;
        assert_eq!(set.tries.get(), 0, "nothing has changed");
        *set.text.borrow_mut() = Ok("b".to_owned());
        for_so_long(3, &mut followed).await;
        for_so_long(20, &mut followed).await;
        assert_eq!(*set.taken.borrow(), ["b"]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_fit_is_tried_for_ten_seconds_and_then_no_more_until_it_changes() {
        let (set, mut followed) = followed("a");
        *set.text.borrow_mut() = Ok("bad".to_owned());
        let begun = Instant::now();
        followed.look(false).await;
        assert_eq!((set.tries.get(), begun.elapsed()), (TRIES + 1, PAUSE * 10));
        for_so_long(20, &mut followed).await;
        assert_eq!(set.tries.get(), TRIES + 1);
        *set.text.borrow_mut() = Ok("b".to_owned());
        for_so_long(3, &mut followed).await;
        assert_eq!(*set.taken.borrow(), ["b"]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_fits_at_the_second_try_is_taken_then_and_what_cannot_be_read_is_waited_for() {
        let (set, mut followed) = followed("a");
        for before in [Ok("bad".to_owned()), Err("gone".to_owned())] {
            *set.text.borrow_mut() = before;
            let mends = async {
                sleep(PAUSE * 5).await;
                *set.text.borrow_mut() = Ok("b".to_owned());
            };
            tokio::join!(followed.look(false), mends);
        }
        assert_eq!(*set.taken.borrow(), ["b", "b"]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_asked_for_is_taken_though_it_is_the_same() {
        let (set, mut followed) = followed("a");
        followed.look(true).await;
        assert_eq!(*set.taken.borrow(), ["a"]);
    }
}
