use super::*;

fn mount(device: &str, mount_point: &str, kind: &str) -> Mount {
    Mount {
        device: device.into(),
        mount_point: mount_point.into(),
        kind: kind.into(),
        total: 1_000,
        available: 250,
    }
}

fn keys(readings: &[Reading]) -> Vec<&str> {
    readings.iter().map(|reading| reading.key.as_str()).collect()
}

fn value(readings: &[Reading], key: &str) -> Value {
    readings.iter().find(|reading| reading.key == key).and_then(|reading| reading.value).unwrap()
}

#[test]
fn file_systems_are_reported_once_and_without_pseudo_file_systems() {
    let readings = file_systems(vec![
        mount("/dev/sdb1", "/var/lib/data", "xfs"),
        mount("/dev/sdb1", "/srv", "xfs"),
        mount("overlay", "/var/lib/docker/overlay2/x/merged", "overlay"),
        mount("tmpfs", "/tmp", "tmpfs"),
        mount("/dev/sda1", "/", "ext4"),
        Mount { total: 0, ..mount("none", "/none", "other") },
    ]);
    assert_eq!(
        keys(&readings),
        [
            "system.filesystem.usage:",
            "system.filesystem.limit:",
            "system.filesystem.utilization:",
            "system.filesystem.usage:srv",
            "system.filesystem.limit:srv",
            "system.filesystem.utilization:srv",
        ]
    );
    assert_eq!(value(&readings, "system.filesystem.usage:srv"), Value::Quantity(750.0));
    assert_eq!(value(&readings, "system.filesystem.limit:srv"), Value::Quantity(1_000.0));
    assert_eq!(value(&readings, "system.filesystem.utilization:srv"), Value::Quantity(0.75));
    // The root of a container.
    assert_eq!(file_systems(vec![mount("overlay", "/", "overlay")]).len(), 3);
}

#[test]
fn the_number_of_file_systems_and_interfaces_is_bounded() {
    let many = (0..100).map(|n| mount(&format!("/dev/{n}"), &format!("/{n:03}"), "ext4"));
    assert_eq!(file_systems(many.collect()).len(), 3 * REPORTED_MAX);
    let many = (0..100).map(|n| interface(&format!("eth{n:03}")));
    let readings = interfaces(many.collect());
    assert_eq!(readings.len(), 4 * REPORTED_MAX);
    assert_eq!(readings[0].key, "system.network.io.receive:eth000");
}

fn interface(name: &str) -> Interface {
    Interface {
        name: name.into(),
        received: 1,
        transmitted: 2,
        receive_errors: 3,
        transmit_errors: 4,
        is_loopback: false,
    }
}

#[test]
fn interfaces_that_stay_are_reported() {
    let readings = interfaces(vec![
        Interface { is_loopback: true, ..interface("loopback") },
        interface("lo"),
        interface("veth1234"),
        interface("br-0123456789ab"),
        interface("eth0"),
        interface("br0"),
    ]);
    let names = ["io.receive", "io.transmit", "errors.receive", "errors.transmit"];
    let expected: Vec<String> = ["br0", "eth0"]
        .iter()
        .flat_map(|it| names.map(|name| format!("system.network.{name}:{it}")))
        .collect();
    assert_eq!(keys(&readings), expected);
    let values: Vec<Value> = readings.iter().filter_map(|reading| reading.value).collect();
    assert_eq!(values[..4], [1, 2, 3, 4].map(Value::Count));
}

#[test]
fn ratios_have_four_decimals() {
    for (given, expected) in [(0.123_456, 0.123_5), (-0.1, 0.0), (1.5, 1.0), (1.0 / 3.0, 0.333_3)] {
        assert_eq!(ratio("x", given).value, Some(Value::Quantity(expected)));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_metrics_of_this_machine_are_plausible() {
    let mut host = ThisHost::default();
    let readings = host.read();
    for reading in &readings {
        assert!(
            reading.key.parse::<bailiwick_domain::observations::metric::MetricKey>().unwrap().is_of_host()
        );
        match reading.value.unwrap() {
            Value::Quantity(value) => assert!(value.is_finite() && value >= 0.0, "{reading:?}"),
            Value::Count(value) => assert!(value >= 0, "{reading:?}"),
        }
    }
    let quantity = |key: &str| match value(&readings, key) {
        Value::Quantity(value) => value,
        Value::Count(value) => panic!("{key} is a count: {value}"),
    };
    let meminfo = std::fs::read_to_string("/proc/meminfo").unwrap();
    let total = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:")).unwrap();
    let kibibytes: f64 = total.trim().trim_end_matches("kB").trim().parse().unwrap();
    assert_eq!(quantity("system.memory.limit"), kibibytes * 1_024.0);
    assert!(quantity("system.memory.usage") < quantity("system.memory.limit"));
    for key in ["system.cpu.utilization", "system.memory.utilization"] {
        assert!((0.0..=1.0).contains(&quantity(key)), "{key}");
    }
    let uptime = std::fs::read_to_string("/proc/uptime").unwrap();
    let uptime: f64 = uptime.split(' ').next().unwrap().parse().unwrap();
    assert!((quantity("system.uptime") - uptime).abs() < 5.0);
    let mut keys = keys(&readings);
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), readings.len(), "each metric is there once");
}
