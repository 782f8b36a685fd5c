//! Rotate, disable and enable keys.

use super::find::find;
use bailiwick_domain::key::KeyRef;
use std::sync::Arc;

use bailiwick_domain::key::{Actor, Disabled, KeyDigests, KeyId, KeyKind, KeyText};
use bailiwick_domain::name::Description;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::time::Timestamp;
use bailiwick_engine::cx::Cx;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::memory::keyring::KeyEntry;
use bailiwick_engine::operation::Operation;
use bailiwick_engine::shape::spec::Spec;
use bailiwick_store::change::Change;
use schemars::JsonSchema;
use serde::Deserialize;

use super::grant::require_no_more_than_own;
use super::view::{Key, KeyWithSecret, NOUN, Secret, TAG};
use crate::ids;

/// The longest time for which a rotated key's old secret may still work, in seconds: 30 days.
const OVERLAP_MAX: i64 = 2_592_000;

/// Give a key a new secret.
///
/// The answer contains the secret, and no later answer does. The old secret works for another
/// `overlap_seconds`. A key can only rotate keys that have no more rights than itself, because it
/// learns their secret. Agents' keys are rotated by `agents.rotate`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "overlap_seconds": 3600 }]))]
pub(crate) struct RotateKey {
    /// Its id, which is the third part of the key and stays the same; or its name, if no other key has it.
    key: KeyRef,
    /// How long the old secret still works, in seconds; it ends at once if absent.
    #[schemars(range(min = 0, max = OVERLAP_MAX))]
    overlap_seconds: Option<i64>,
}

impl Operation for RotateKey {
    const SPEC: Spec = Spec::act(ids::KEYS_ROTATE, "/v1/keys/{key}/rotate")
        .takes_away()
        .tag(TAG)
        .across_organizations()
        .whole_organization()
        .answers_secret()
        .versioned();
    const REVISION: fn(&KeyWithSecret) -> Option<Revision> = |output| Some(output.key.record.revision);
    type Output = KeyWithSecret;

    async fn run(self, cx: &Cx) -> Result<KeyWithSecret> {
        let overlap = self.overlap_seconds.unwrap_or_default();
        if !(0..=OVERLAP_MAX).contains(&overlap) {
            return Err(Error::invalid("overlap_seconds", format!("expected 0 to {OVERLAP_MAX} seconds")));
        }
        let reach = cx.reach()?;
        let now = cx.now();
        let id = find(cx, &self.key).await?;
        let mut write = cx.write_rights([Change::Key(id)]).await?;
        let found = write.tx().keys(&reach).digests(id).await?;
        let KeyDigests { mut key, current, previous: _ } = NOUN.found(found, &self.key)?;
        let from = key.revision;
        require_no_more_than_own(cx, &key)?;
        if key.kind == KeyKind::Agent {
            let detail =
                "an agent key is rotated with `agents.rotate`, which gives the new secret only to the agent";
            return Err(Error::invalid("key", detail));
        }
        let text = KeyText::mint_secret(key.kind, key.id, cx.entropy());
        let previous = (overlap > 0).then(|| (current, now.plus_seconds(overlap)));
        key.previous_secret_until = previous.as_ref().map(|(_, until)| *until);
        cx.revise(from, &mut key.revision, &mut key.updated_at);
        let digests = KeyDigests { current: cx.control().keyring().peppers().digest(&text), key, previous };
        write.tx().keys(&reach).rotate(&digests, from).await?;
        let (organization, target) = (digests.key.organization_id, NOUN.target(digests.key.id));
        let output = KeyWithSecret { key: Key::at(cx, digests.key), secret: Secret(text.reveal()) };
        write.commit_in(organization, vec![target], output).await
    }
}

/// Disable a key.
///
/// It is refused from the next request on, until it is enabled or until a given time. Disabling grants
/// nothing, so a key can disable keys that have more rights than itself.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("examples" = [{ "reason": "It was seen in a log" }]))]
pub(crate) struct DisableKey {
    /// Its id, which is the third part of the key; or its name, if no other key has it.
    key: KeyRef,
    /// Why, for the record.
    reason: Option<Description>,
    /// When it is enabled again by itself; if absent, only `keys.enable` enables it.
    until: Option<Timestamp>,
}

impl Operation for DisableKey {
    const SPEC: Spec = Spec::act(ids::KEYS_DISABLE, "/v1/keys/{key}/disable")
        .takes_away()
        .tag(TAG)
        .across_organizations()
        .whole_organization()
        .versioned();
    const REVISION: fn(&Key) -> Option<Revision> = |output| Some(output.record.revision);
    type Output = Key;

    async fn run(self, cx: &Cx) -> Result<Key> {
        let now = cx.now();
        if self.until.is_some_and(|until| until <= now) {
            return Err(Error::invalid("until", format!("expected a time in the future; it is {now}")));
        }
        let disabled = Disabled { at: now, by: cx.actor(), reason: self.reason, until: self.until };
        // If the key is disabled already, only the time and the reason change.
        let is_disabled = |entry: Arc<KeyEntry>| entry.key().disabled.is_some();
        let key = find(cx, &self.key).await?;
        let refused = match cx.control().keyring().get(key).is_some_and(is_disabled) {
            true => None,
            false => cx.key_to_refuse(key)?,
        };
        cx.refusing(refused, switch(cx, key, Some(disabled))).await
    }
}

/// Enable a key again.
///
/// A key can only enable keys that have no more rights than itself.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnableKey {
    /// Its id, which is the third part of the key; or its name, if no other key has it.
    key: KeyRef,
}

impl Operation for EnableKey {
    const SPEC: Spec = Spec::act(ids::KEYS_ENABLE, "/v1/keys/{key}/enable")
        .tag(TAG)
        .across_organizations()
        .whole_organization()
        .versioned();
    const REVISION: fn(&Key) -> Option<Revision> = |output| Some(output.record.revision);
    type Output = Key;

    async fn run(self, cx: &Cx) -> Result<Key> {
        switch(cx, find(cx, &self.key).await?, None).await
    }
}

async fn switch(cx: &Cx, id: KeyId, disabled: Option<Disabled>) -> Result<Key> {
    let reach = cx.reach()?;
    let now = cx.now();
    let mut write = cx.write_rights([Change::Key(id)]).await?;
    let mut key = NOUN.found(write.tx().keys(&reach).get(id).await?, id)?;
    let from = key.revision;
    // Shortening the time for which another caller disabled a key amounts to enabling it.
    let is_shorter = match (&key.disabled, &disabled) {
        (_, None) => true,
        (Some(old), Some(new)) => match (old.until, new.until) {
            (None, Some(_)) => true,
            (Some(old), Some(new)) => new < old,
            (_, None) => false,
        },
        (None, Some(_)) => false,
    };
    if is_shorter {
        require_no_more_than_own(cx, &key)?;
    }
    if disabled.is_some() {
        write.tx().withdraw_commands_of(&Actor::Key { id }, None, now).await?;
    }
    key.disabled = disabled;
    cx.revise(from, &mut key.revision, &mut key.updated_at);
    write.tx().keys(&reach).update(&key, from).await?;
    let (organization, target) = (key.organization_id, NOUN.target(id));
    let output = Key::at(cx, cx.control().with_last_use(key));
    write.commit_in(organization, vec![target], output).await
}
