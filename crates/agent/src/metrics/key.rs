//! The keys of metrics of one file system or network interface.

/// The most bytes of a key.
const KEY_MAX: usize = bailiwick_domain::observations::metric::METRIC_KEY_MAX;

/// The key of a metric of a file system that is mounted here: the metric's name, then the mount point with `:`
/// instead of each `/`. `None` if that is too long for a key.
pub(super) fn of_file_system(name: &str, mount_point: &str) -> Option<String> {
    fitting(format!("{name}{}", escaped(mount_point)))
}

/// The key of a metric of a network interface: the metric's name, `:`, and the name of the interface. `None` if that
/// is too long for a key.
pub(super) fn of_interface(name: &str, interface: &str) -> Option<String> {
    fitting(format!("{name}:{}", escaped(interface)))
}

fn fitting(key: String) -> Option<String> {
    (key.len() <= KEY_MAX).then_some(key)
}

/// A text with `:` instead of `/`. Letters, digits, `.` and `-` stay; `_` becomes `__`, and every other byte `_` with
/// two hexadecimal digits. So no two texts become the same.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'/' => escaped.push(':'),
            b'_' => escaped.push_str("__"),
            b'.' | b'-' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => escaped.push(char::from(byte)),
            other => escaped.push_str(&format!("_{other:02x}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use bailiwick_domain::observations::metric::MetricKey;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_mount_point_or_interface_ends_the_key() {
        for (mount_point, key) in [
            ("/", "system.filesystem.usage:"),
            ("/var/lib", "system.filesystem.usage:var:lib"),
            ("/mnt/my-disk_1", "system.filesystem.usage:mnt:my-disk__1"),
            ("/mnt/a b", "system.filesystem.usage:mnt:a_20b"),
            ("/mnt/a:b", "system.filesystem.usage:mnt:a_3ab"),
            ("/mnt/ä", "system.filesystem.usage:mnt:_c3_a4"),
            (r"C:\", "system.filesystem.usageC_3a_5c"),
        ] {
            assert_eq!(of_file_system("system.filesystem.usage", mount_point).unwrap(), key);
        }
        let key = of_interface("system.network.io.receive", "br-lan.7").unwrap();
        assert_eq!(key, "system.network.io.receive:br-lan.7");
        assert_eq!(of_interface("system.network.io.receive", &"x".repeat(110)), None);
    }

    proptest! {
        #[test]
        fn different_texts_have_different_valid_keys(texts in proptest::collection::vec("[/:_a -z.äµ-]{0,12}|_[0-9a-f]{2}", 0..40)) {
            let mut seen: HashMap<String, String> = HashMap::new();
            for text in texts {
                let key = of_interface("system.network.io.receive", &text).unwrap();
                prop_assert!(key.parse::<MetricKey>().is_ok(), "{key}");
                let before = seen.insert(key, text.clone());
                prop_assert!(before.is_none_or(|before| before == text));
            }
        }
    }
}
