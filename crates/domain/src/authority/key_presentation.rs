//! How clients present a key in the headers of HTTP.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::authority::key_text::{BadKey, KeyText, contains_key};

/// The user names for Basic authentication with a key (RFC 7617): PMM 2's and PMM 3's.
const BASIC_USERS: [&str; 2] = ["api_key", "service_token"];

/// The key in a text. It may follow its own id and a dot (`ID.KEY`): scripts for Pangolin that create a key send its
/// `apiKeyId` and `apiKey` in this form.
pub fn presented(text: &str) -> Result<KeyText, BadKey> {
    let Some((id, rest)) = text.split_once('.') else { return text.parse() };
    let key = rest.parse::<KeyText>()?;
    if key.id().as_str() == id { Ok(key) } else { Err(BadKey::Form) }
}

/// The text of the key in the value of an `Authorization` header; `None` if the header has another form. A key may come
/// as `Bearer KEY`, as `KEY`, or as Basic authentication: as the password of the user `api_key` or `service_token`, or
/// as the user with no password.
pub fn in_authorization(value: &str) -> Option<Zeroizing<String>> {
    let value = value.trim();
    let Some((scheme, rest)) = value.split_once(' ') else {
        // Prometheus sends the bare key if its configuration names no type.
        return contains_key(value).then(|| Zeroizing::new(value.to_owned()));
    };
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(Zeroizing::new(rest.to_owned()));
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = Zeroizing::new(STANDARD.decode(rest).ok()?);
    let text = str::from_utf8(&decoded).ok()?;
    // `curl -u KEY:` sends the key as the user. Some generated clients leave the colon out.
    let (user, password) = text.split_once(':').unwrap_or((text, ""));
    let is_user = password.is_empty() && contains_key(user);
    let key = if is_user { user } else { password };
    (is_user || BASIC_USERS.contains(&user)).then(|| Zeroizing::new(key.to_owned()))
}
