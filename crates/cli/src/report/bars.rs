//! Bars and sparklines made of characters.

/// How many characters the longest bar has.
pub(super) const WIDTH: usize = 20;

/// With which characters bars are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Unicode's block elements.
    Blocks,
    /// ASCII, for terminals that may not have them.
    Ascii,
}

/// Eighths of a character, from the left.
const FROM_THE_LEFT: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
/// Eighths of a character, from below.
const FROM_BELOW: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

impl Style {
    /// The style for the locale in the environment, by the rules of POSIX (Base Definitions, section 8.2).
    pub(super) fn of_locale() -> Self {
        let set = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(std::env::var_os);
        Self::of(set.map(|value| value.to_string_lossy().into_owned()).find(|value| !value.is_empty()))
    }

    fn of(locale: Option<String>) -> Self {
        // Without a locale, nearly every terminal of today shows UTF-8.
        let folded = locale.unwrap_or_else(|| "UTF-8".to_owned()).to_lowercase();
        if folded.contains("utf-8") || folded.contains("utf8") { Self::Blocks } else { Self::Ascii }
    }

    /// A bar for a share of the whole, from 0 to 1.
    pub(super) fn bar(self, share: f64) -> String {
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        match self {
            Self::Ascii => "#".repeat((share * WIDTH as f64).round() as usize),
            Self::Blocks => {
                let eighths = (share * (WIDTH * 8) as f64).round() as usize;
                let mut bar = "█".repeat(eighths / 8);
                bar.extend((eighths % 8).checked_sub(1).and_then(|part| FROM_THE_LEFT.get(part)));
                bar
            }
        }
    }

    /// One character for a share of the whole, from 0 to 1; a dot for none.
    fn spark(self, share: Option<f64>) -> char {
        let Some(share) = share.filter(|share| share.is_finite()) else { return '·' };
        let share = share.clamp(0.0, 1.0);
        let step = (share * 7.0).round() as usize;
        match self {
            Self::Blocks => FROM_BELOW.get(step).copied().unwrap_or('█'),
            Self::Ascii => char::from_digit((share * 9.0).round() as u32, 10).unwrap_or('9'),
        }
    }

    /// One character for each share of the whole.
    pub(super) fn sparkline(self, shares: impl IntoIterator<Item = Option<f64>>) -> String {
        let line: String = shares.into_iter().map(|share| self.spark(share)).collect();
        if self == Self::Ascii { line.replace('·', ".") } else { line }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_share() {
        assert_eq!(Style::Blocks.bar(0.0), "");
        assert_eq!(Style::Blocks.bar(0.5), "█".repeat(10));
        assert_eq!(Style::Blocks.bar(1.0), "█".repeat(20));
        assert_eq!(Style::Blocks.bar(7.0), "█".repeat(20));
        assert_eq!(Style::Blocks.bar(1.0 / 160.0), "▏");
        assert_eq!(Style::Blocks.bar(f64::NAN), "");
        assert_eq!(Style::Ascii.bar(0.25), "#####");
    }

    #[test]
    fn sparklines_have_a_character_for_each_share() {
        assert_eq!(Style::Blocks.sparkline([Some(0.0), None, Some(0.5), Some(1.0)]), "▁·▅█");
        assert_eq!(Style::Ascii.sparkline([Some(0.0), None, Some(0.5), Some(2.0)]), "0.59");
    }

    #[test]
    fn the_locale_decides_the_style() {
        for (locale, style) in [
            (None, Style::Blocks),
            (Some("de_DE.UTF-8"), Style::Blocks),
            (Some("C.utf8"), Style::Blocks),
            (Some("C"), Style::Ascii),
            (Some("de_DE.ISO-8859-1"), Style::Ascii),
        ] {
            assert_eq!(Style::of(locale.map(str::to_owned)), style, "{locale:?}");
        }
    }
}
