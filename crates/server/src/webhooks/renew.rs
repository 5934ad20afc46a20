//! Writes secrets anew where they are kept otherwise than the settings say: in clear although there is a key, or sealed by the key of before.

use windlass_store::{Error, Store, StoredSecrets};

use crate::outbound::{SecretKeys, Unopened};

/// What became of the secrets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Renewal {
    /// How many webhooks have theirs written anew.
    pub(crate) renewed: usize,
    /// How many have one that no key opens.
    pub(crate) unopened: usize,
}

/// Looks at the secrets of all webhooks, and writes anew what has to be. Another server may do the same: each is written once.
///
/// # Errors
/// What the store fails with.
pub(crate) async fn renew(store: &Store, keys: &SecretKeys) -> Result<Renewal, Error> {
    let mut renewal = Renewal::default();
    for stored in store.all_webhook_secrets().await? {
        match renewed(keys, &stored) {
            Ok(Some(anew)) => {
                renewal.renewed += usize::from(store.replace_webhook_secrets(&stored, &anew).await?);
            }
            Ok(None) => {}
            Err(Unopened) => renewal.unopened += 1,
        }
    }
    Ok(renewal)
}

/// The secrets as they are to be kept, if not as they are.
fn renewed(keys: &SecretKeys, stored: &StoredSecrets) -> Result<Option<StoredSecrets>, Unopened> {
    let id = stored.webhook_id;
    let newest = keys.renewed(id, &stored.secret)?;
    let previous = match &stored.previous {
        Some(previous) => keys.renewed(id, previous)?,
        None => None,
    };
    if newest.is_none() && previous.is_none() {
        return Ok(None);
    }
    Ok(Some(StoredSecrets {
        secret: newest.unwrap_or_else(|| stored.secret.clone()),
        previous: previous.or_else(|| stored.previous.clone()),
        ..stored.clone()
    }))
}
