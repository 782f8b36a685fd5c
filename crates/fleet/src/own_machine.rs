//! The key with which the server enrols its own machine.

use std::time::Duration;

use bailiwick_domain::audit::Target;
use bailiwick_domain::enrolment::Enrolment;
use bailiwick_domain::key::{Actor, Key, KeyDigests, KeyKind, KeyText};
use bailiwick_domain::label::Labels;
use bailiwick_domain::organization::Organization;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::revision::Revision;
use bailiwick_engine::admission::By;
use bailiwick_engine::control::Control;
use bailiwick_engine::error::{Error, Result};
use bailiwick_engine::internal;

use crate::fleet::Fleet;

/// How long the key may live at most, in seconds: a day.
const TTL_MAX: i64 = 86_400;

impl Fleet {
    /// Makes a key that enrols one machine into the oldest organization, for a server that enrols its
    /// own machine.
    pub async fn mint_local_enrolment(&self, ttl: Duration) -> Result<KeyText> {
        let control = &self.control;
        let organization = first_organization(control).await?;
        let now = control.now();
        let text = KeyText::mint(KeyKind::Enrol, control.entropy());
        let seconds = i64::try_from(ttl.as_secs()).unwrap_or(TTL_MAX).clamp(1, TTL_MAX);
        let key = Key {
            id: text.id(),
            kind: KeyKind::Enrol,
            name: "The machine of the server".parse().map_err(Error::internal)?,
            description: None,
            organization_id: Some(organization.id),
            user: None,
            role: None,
            scopes: Default::default(),
            reach: Reach::EVERYTHING,
            not_before: None,
            expires_at: Some(now.plus_seconds(seconds)),
            disabled: None,
            allowed_ips: Vec::new(),
            denied_ips: Vec::new(),
            rate_limit: None,
            command_limits: None,
            enrolment: Some(Enrolment { uses: 1, used: 0, site_id: None, labels: Labels::default() }),
            agent: None,
            created_at: now,
            created_by: Actor::System,
            updated_at: now,
            revision: Revision::FIRST,
            last_used: None,
            previous_secret_until: None,
        };
        let targets = vec![Target::new("key", key.id)];
        let digests = KeyDigests { current: control.keyring().peppers().digest(&text), key, previous: None };
        let cx = control.authorize(By::Server, &internal::ENROL_ITSELF)?;
        let mut write = cx.write_internal().await?;
        write.tx().keys(&Reach::EVERYTHING).create(&digests).await?;
        write.audit(Some(organization.id), targets, None).await?;
        write.commit().await?;
        Ok(text)
    }
}

async fn first_organization(control: &Control) -> Result<Organization> {
    let all = control.store().organizations(&Reach::EVERYTHING).all().await?;
    let first = all.into_iter().min_by_key(|organization| (organization.created_at, organization.id));
    first.ok_or_else(|| Error::not_found("organization", "of the first start"))
}
