//! What a client prefers: headers with quality values (RFC 9110, section 12.4.2).

use http::{HeaderMap, HeaderName};

/// The quality of what is not limited, in thousandths.
const FULL: u16 = 1_000;

/// The quality of the first name that the header has, in thousandths; `None` if it has none of them. A quality
/// that is not one counts as zero, so that a client gets nothing that it might refuse.
pub(crate) fn quality(headers: &HeaderMap, header: HeaderName, names: &[&str]) -> Option<u16> {
    let values = headers.get_all(header);
    let entries = || values.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    names.iter().find_map(|name| {
        entries().find_map(|entry| {
            let mut parts = entry.split(';').map(str::trim);
            let is_named = parts.next().is_some_and(|found| found.eq_ignore_ascii_case(name));
            is_named.then(|| parts.find_map(weight).unwrap_or(FULL))
        })
    })
}

/// The quality that a parameter `q` says; `None` if this is another parameter.
fn weight(parameter: &str) -> Option<u16> {
    let (name, value) = parameter.split_once('=')?;
    if !name.trim().eq_ignore_ascii_case("q") {
        return None;
    }
    let quality: f32 = value.trim().parse().unwrap_or_default();
    Some((quality.clamp(0.0, 1.0) * f32::from(FULL)).round() as u16)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use http::header::ACCEPT;

    use super::*;

    #[test]
    fn the_first_name_that_the_header_has_counts() {
        let of = |text: &'static str, names: &[&str]| {
            let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(text))]);
            quality(&headers, ACCEPT, names)
        };
        let browser = "text/html,application/xhtml+xml;q=0.95,*/*;q=0.8";
        assert_eq!(of(browser, &["text/html", "*/*"]), Some(1_000));
        assert_eq!(of(browser, &["application/json", "*/*"]), Some(800));
        assert_eq!(of(browser, &["application/json"]), None);
        assert_eq!(of("br ; Q = 0.5, gzip;q=0", &["br"]), Some(500));
        assert_eq!(of("br;q=0.5,gzip;q=0", &["gzip"]), Some(0));
        for wrong in ["br;q=", "br;q=x", "br;q=-1", "br;q=NaN"] {
            assert_eq!(of(wrong, &["br"]), Some(0), "{wrong}");
        }
    }
}
