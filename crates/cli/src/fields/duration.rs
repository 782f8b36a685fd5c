//! Durations: numbers of seconds, or numbers with units.

/// What is expected of a duration.
pub(crate) const EXPECTED: &str =
    "expected a number of seconds, or a time such as 90s, 15m, 12h, 1d or 1h30m";

/// The seconds of a duration, such as `90`, `15m` or `1d12h`. The units are `s`, `m`, `h`, `d` and `w`.
pub(crate) fn seconds(text: &str) -> Result<i64, &'static str> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Ok(seconds);
    }
    let (mut total, mut rest) = (0_i64, text);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or(EXPECTED)?;
        let number: i64 = rest[..digits].parse().map_err(|_| EXPECTED)?;
        let unit = match rest.as_bytes()[digits] {
            b's' => 1,
            b'm' => 60,
            b'h' => 3_600,
            b'd' => 86_400,
            b'w' => 604_800,
            _ => return Err(EXPECTED),
        };
        total = number.checked_mul(unit).and_then(|part| total.checked_add(part)).ok_or(EXPECTED)?;
        rest = &rest[digits + 1..];
    }
    if text.is_empty() { Err(EXPECTED) } else { Ok(total) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_numbers_of_seconds_or_have_units() {
        for (text, expected) in [
            ("90", 90),
            ("0", 0),
            ("-1", -1),
            ("90s", 90),
            ("15m", 900),
            ("12h", 43_200),
            ("1d", 86_400),
            ("2w", 1_209_600),
            ("1d12h", 129_600),
            (" 1h30m ", 5_400),
        ] {
            assert_eq!(seconds(text), Ok(expected), "{text}");
        }
        for text in ["", "d", "1x", "1.5h", "1h30", "-1d", "1é", "99999999999999999999", "9999999999999999w"]
        {
            assert_eq!(seconds(text), Err(EXPECTED), "{text}");
        }
    }
}
