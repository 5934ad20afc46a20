//! What the test server's endpoints and its user share.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::book::Book;

/// The book, and word of its changes.
#[derive(Debug)]
pub(super) struct Shared {
    book: Mutex<Book>,
    changes: watch::Sender<()>,
}

impl Shared {
    pub(super) fn new() -> Self {
        Self { book: Mutex::new(Book::new()), changes: watch::Sender::new(()) }
    }

    /// Nothing that holds the lock leaves the book half-written.
    pub(super) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn changed(&self) {
        self.changes.send_replace(());
    }

    /// Looks after every change until there is something to lease.
    pub(super) async fn until<T>(&self, mut look: impl FnMut() -> Option<T>) -> T {
        let mut changes = self.changes.subscribe();
        loop {
            changes.mark_unchanged();
            if let Some(found) = look() {
                return found;
            }
            if changes.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}
