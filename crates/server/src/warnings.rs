//! What a start has to say about who may call. It only says it: what is set counts.

use std::net::SocketAddr;

use windlass_store::Store;

use crate::settings::{Auth, BootstrapKey};

/// Warns where everybody may do everything and that is surprising, and where nobody may do what a start needs.
pub(crate) async fn warn(store: &Store, address: SocketAddr, auth: Auth, bootstrap: &BootstrapKey) {
    if auth == Auth::Open && !address.ip().to_canonical().is_loopback() {
        tracing::warn!(
            %address,
            "no key is needed (--auth open): whoever reaches this address may do everything"
        );
    }
    let live = match store.live_keys().await {
        Ok(live) => live,
        // The database has just been found well; who calls is told if it no longer is.
        Err(error) => return tracing::debug!(%error, "cannot look which keys are live"),
    };
    if auth == Auth::Keys && !live.admin && !bootstrap.is_set() {
        tracing::warn!(
            "there is no key yet that may do everything; make one by `windlass key create --name ops --scope admin`, \
             with this server's --database-url or --data-dir"
        );
    }
    if auth == Auth::Open && live.any {
        tracing::warn!(
            "the database has live keys, and this server looks at none of them (--auth open): set --auth keys if they are to \
             protect anything"
        );
    }
}
