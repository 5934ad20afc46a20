//! Claims deliveries that are due: they fill slots of their webhook, of which there are four over all servers, each one that is free or whose server has
//! not finished in time.
//!
//! While more are due than a webhook has slots, a slot gets a run of deliveries, made one after another: a claim, and a look at what became of it, cost more
//! than a call of a quick receiver. Who makes them gives back those that it does not come to soon.
//!
//! What is claimed is looked up by a statement of its own: it is sent outside of any transaction, by whoever claimed it.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;
use windlass_domain::seconds;

use super::secrets::StoredSecrets;
use crate::work::{Interrupt, Work, transact};
use crate::{Error, Store};

/// How long an attempt is its server's: it takes 15 s at the most, and is written down soon after. One that was cut short is made again within 30 s.
pub(crate) const LEASE: Duration = Duration::from_secs(20);
/// Deliveries that one slot gets at the most.
const LONGEST_RUN: i32 = 16;

/// A delivery that is this server's to send now. It has no `Debug`: its secrets may be in clear.
#[derive(Clone)]
pub struct ClaimedDelivery {
    /// Its id.
    pub id: Uuid,
    /// Which claim of it.
    pub claim: Uuid,
    /// Which slot of the webhook it fills.
    pub slot: i16,
    /// Failed attempts since its schedule began.
    pub failures: u32,
    /// The database's now.
    pub claimed_at: DateTime<Utc>,
    /// What is sent.
    pub body: String,
    /// Where to, and by what it is signed.
    pub to: StoredSecrets,
    /// Whether its webhook gets one at a time.
    pub slow: bool,
}

/// A row of `claim.sql`.
struct Row {
    id: Uuid,
    webhook_id: Uuid,
    slot: i16,
    turn: i64,
    failures: i32,
    claimed_at: DateTime<Utc>,
}

impl Store {
    /// Fills up to `most` slots with deliveries that are due, `most_slow` of them of webhooks whose last attempt had no answer in time. Each slot's are to be
    /// made one after another, in their order.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn claim_deliveries(
        &self,
        most: usize,
        most_slow: usize,
    ) -> Result<Vec<Vec<ClaimedDelivery>>, Error> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let most_slow = i64::try_from(most_slow).unwrap_or(i64::MAX);
        transact!(self, work => claim(&mut work, most, most_slow).await).await
    }
}

async fn claim(work: &mut Work, most: i64, most_slow: i64) -> Result<Vec<Vec<ClaimedDelivery>>, Interrupt> {
    let claim = Uuid::new_v4();
    let claimed = sqlx::query_file_as!(
        Row,
        "src/webhooks/claim.sql",
        most,
        most_slow,
        claim,
        seconds(LEASE),
        LONGEST_RUN,
    );
    let mut claimed = claimed.fetch_all(work.sql()).await?;
    if claimed.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = claimed.iter().map(|row| row.id).collect();
    let mut sent = look_up(work, &ids).await?;
    claimed.sort_unstable_by_key(|row| (row.webhook_id, row.slot, row.turn));
    let deliveries = claimed.into_iter().filter_map(|row| {
        let (body, to, slow) = sent.remove(&row.id)?;
        debug_assert_eq!(to.webhook_id, row.webhook_id);
        Some(ClaimedDelivery {
            id: row.id,
            claim,
            slot: row.slot,
            failures: u32::try_from(row.failures).unwrap_or(0),
            claimed_at: row.claimed_at,
            body,
            to,
            slow,
        })
    });
    let deliveries: Vec<ClaimedDelivery> = deliveries.collect();
    let of_one_slot = |one: &ClaimedDelivery, next: &ClaimedDelivery| {
        (one.to.webhook_id, one.slot) == (next.to.webhook_id, next.slot)
    };
    Ok(deliveries.chunk_by(of_one_slot).map(<[ClaimedDelivery]>::to_vec).collect())
}

/// What each of them sends, where to, and whether its webhook is slow.
async fn look_up(
    work: &mut Work,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, (String, StoredSecrets, bool)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT d.id, b.body, w.id AS webhook_id, w.url, b.format, w.secret, w.previous_secret,
                  coalesce(w.overlap_until > windlass_now(), false) AS "overlaps!", p.slow
           FROM webhook_deliveries d
           JOIN webhook_bodies b ON b.delivery_id = d.id
           JOIN webhooks w ON w.id = d.webhook_id
           JOIN webhook_progress p ON p.webhook_id = w.id
           WHERE d.id = ANY($1)"#,
        ids,
    );
    let rows = rows.fetch_all(work.sql()).await?;
    let sent = rows.into_iter().map(|row| {
        let to = StoredSecrets {
            webhook_id: row.webhook_id,
            url: row.url,
            format: row.format,
            secret: row.secret,
            previous: row.previous_secret,
            overlaps: row.overlaps,
        };
        (row.id, (row.body, to, row.slow))
    });
    Ok(sent.collect())
}
