//! First start: creates the first organization, the server administrator and the first two keys.

use std::sync::Arc;

use bailiwick_domain::audit::Target;
use bailiwick_domain::cron::Zone;
use bailiwick_domain::id::{OrganizationId, UserId};
use bailiwick_domain::key::{Actor, Key, KeyDigests, KeyKind, KeyText};
use bailiwick_domain::name::{Name, Slug};
use bailiwick_domain::organization::Organization;
use bailiwick_domain::outside::Entropy;
use bailiwick_domain::policy::KeyPolicy;
use bailiwick_domain::reach::Reach;
use bailiwick_domain::revision::Revision;
use bailiwick_domain::scope::Scope;
use bailiwick_domain::session::Token;
use bailiwick_domain::time::Timestamp;
use bailiwick_domain::user::User;
use bailiwick_store::settings::INITIALIZED_AT;
use zeroize::Zeroizing;

use crate::admission::By;
use crate::control::Control;
use crate::cx::Cx;
use crate::cx::internal::InternalWrite;
use crate::error::{Error, Result};
use crate::internal;
use crate::memory::passwords;

/// The e-mail address of the administrator that the first start creates.
pub const ADMINISTRATOR_EMAIL: &str = "admin@localhost";

/// How long a link with which a server administrator chooses a password is valid, in seconds: an hour.
pub const LINK_SECONDS: i64 = 3_600;

/// What the first start created, including the secrets, which are shown only once.
pub struct FirstRun {
    /// The slug of the first organization.
    pub organization: Slug,
    /// The administrator's e-mail address.
    pub email: &'static str,
    /// The administrator's password.
    pub password: Zeroizing<String>,
    /// The secret with which the administrator may choose another password, for an hour.
    pub link: Zeroizing<String>,
    /// A root key with every scope.
    pub root_key: KeyText,
    /// A key of the first organization with every scope.
    pub organization_key: KeyText,
}

/// Runs the first start; `None` if it has already taken place. `save` stores the secrets before they are
/// committed, so that they cannot be lost; nothing is committed if it fails.
pub async fn run<E: From<Error>>(
    control: &Arc<Control>,
    save: impl FnOnce(&FirstRun) -> std::result::Result<(), E>,
) -> std::result::Result<Option<FirstRun>, E> {
    let cx = control.authorize(By::Server, &internal::FIRST_RUN)?;
    let Some((write, first_run)) = prepare(&cx).await? else { return Ok(None) };
    save(&first_run)?;
    write.commit().await?;
    Ok(Some(first_run))
}

/// Writes the rows of the first start in a transaction; `None` if it has already taken place.
async fn prepare(cx: &Cx) -> Result<Option<(InternalWrite<'_>, FirstRun)>> {
    if cx.store().is_initialized().await? {
        return Ok(None);
    }
    let (clock, entropy, now) = (cx.clock(), cx.entropy(), cx.now());
    let slug: Slug = "default".parse().map_err(Error::internal)?;
    let organization = Organization {
        id: OrganizationId::new(clock, entropy),
        name: name("Default")?,
        slug: slug.clone(),
        time_zone: Zone::utc(),
        key_policy: KeyPolicy::default(),
        created_at: now,
        updated_at: now,
        revision: Revision::FIRST,
    };
    let root_key = KeyText::mint(KeyKind::Root, entropy);
    let organization_key = KeyText::mint(KeyKind::Org, entropy);
    let password = password(entropy);
    let hashed = passwords::hash(&password, entropy)?;
    let administrator = UserId::new(clock, entropy);

    let mut write = cx.write_internal().await?;
    let tx = write.tx();
    match tx.set_once(INITIALIZED_AT, &now.to_string()).await {
        Ok(()) => {}
        // Another server was faster.
        Err(bailiwick_store::Error::Taken) => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    tx.organizations(&Reach::EVERYTHING).create(&organization).await?;
    tx.users(&Reach::EVERYTHING)
        .create(&User {
            id: administrator,
            email: ADMINISTRATOR_EMAIL.parse().map_err(Error::internal)?,
            name: name("Administrator")?,
            server_administrator: true,
            disabled_at: None,
            has_password: true,
            second_factor: false,
            last_login_at: None,
            memberships: Vec::new(),
            created_at: now,
            updated_at: now,
            revision: Revision::FIRST,
        })
        .await?;
    tx.set_password(administrator, &hashed).await?;
    let link = Token::mint(entropy);
    tx.invite(administrator, Revision::FIRST, link.digest(), now.plus_seconds(LINK_SECONDS)).await?;
    for (text, label, organization_id) in [
        (&root_key, "First root key", None),
        (&organization_key, "First organization key", Some(organization.id)),
    ] {
        let key = first_key(text, name(label)?, organization_id, now);
        let digests =
            KeyDigests { current: cx.control().keyring().peppers().digest(text), key, previous: None };
        tx.keys(&Reach::EVERYTHING).create(&digests).await?;
    }
    let targets = vec![
        Target::new("organization", organization.id),
        Target::new("user", administrator),
        Target::new("key", root_key.id()),
    ];
    write.audit(None, targets, None).await?;
    write.audit(Some(organization.id), vec![Target::new("key", organization_key.id())], None).await?;
    let first_run = FirstRun {
        organization: slug,
        email: ADMINISTRATOR_EMAIL,
        password,
        link: link.reveal(),
        root_key,
        organization_key,
    };
    Ok(Some((write, first_run)))
}

fn name(text: &str) -> Result<Name> {
    text.parse().map_err(Error::internal)
}

fn first_key(text: &KeyText, name: Name, organization_id: Option<OrganizationId>, now: Timestamp) -> Key {
    Key {
        id: text.id(),
        kind: text.kind(),
        name,
        description: None,
        organization_id,
        user: None,
        role: None,
        scopes: [Scope::EVERYTHING].into(),
        reach: Reach::EVERYTHING,
        not_before: None,
        expires_at: None,
        disabled: None,
        allowed_ips: Vec::new(),
        denied_ips: Vec::new(),
        rate_limit: None,
        command_limits: None,
        enrolment: None,
        agent: None,
        created_at: now,
        created_by: Actor::System,
        updated_at: now,
        revision: Revision::FIRST,
        last_used: None,
        previous_secret_until: None,
    }
}

/// A password of 24 characters that are not easily confused, with 5 random bits each.
fn password(entropy: &dyn Entropy) -> Zeroizing<String> {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut random = Zeroizing::new([0_u8; 24]);
    entropy.fill(random.as_mut_slice());
    Zeroizing::new(random.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect())
}
