//! Whether a posting is still ours, asked of the store while members of the ledger are locked: on a thread of its own, since the ledger is written without waiting for
//! anything else.

use std::{sync::mpsc, thread};

use crate::run::store::{Store, StoreAddress};

/// Asks whether nobody took the posting of a plan over.
pub(super) struct Fence {
    ask: mpsc::Sender<mpsc::Sender<bool>>,
}

impl Fence {
    /// A fence for the holder of a token.
    pub(super) fn new(address: &StoreAddress, plan: i64, token: i64) -> Self {
        let (ask, asked) = mpsc::channel::<mpsc::Sender<bool>>();
        let address = address.clone();
        thread::spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
            let mut store = None;
            for answer in asked {
                let holds = runtime.block_on(holds(&address, &mut store, plan, token));
                let _gone = answer.send(holds);
            }
        });
        Self { ask }
    }

    /// Whether the posting is still ours; not so where that cannot be told.
    pub(super) fn holds(&self) -> bool {
        let (answer, answered) = mpsc::channel();
        self.ask.send(answer).is_ok() && answered.recv().unwrap_or(false)
    }
}

async fn holds(address: &StoreAddress, store: &mut Option<Store>, plan: i64, token: i64) -> bool {
    if store.is_none() {
        *store = Store::open(address).await.ok();
    }
    let Some(open) = store else { return false };
    let Ok(current) = open.posting_token(plan).await else {
        *store = None;
        return false;
    };
    current == Some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_was_overtaken_holds_nothing() {
        let home = tempfile::tempdir().unwrap();
        let address = StoreAddress::File(home.path().join("fenji.db"));
        drop(Store::open(&address).await.unwrap());
        // Of a plan only who posts it matters here.
        let store = rusqlite::Connection::open(home.path().join("fenji.db")).unwrap();
        store.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        assert!(!Fence::new(&address, 1, 1).holds(), "nobody posts the plan");
        store.execute_batch("INSERT INTO points_progress(plan, token, cursor) VALUES (1, 1, NULL)").unwrap();
        let fence = Fence::new(&address, 1, 1);
        assert!(fence.holds() && fence.holds());
        assert!(!Fence::new(&address, 2, 1).holds(), "another plan");
        store.execute_batch("UPDATE points_progress SET token = 2").unwrap();
        assert!(!fence.holds());
        assert!(Fence::new(&address, 1, 2).holds());
        let away = StoreAddress::File(home.path().join("no/such/directory/fenji.db"));
        assert!(!Fence::new(&away, 1, 1).holds(), "a store that does not answer lets nobody post");
    }
}
