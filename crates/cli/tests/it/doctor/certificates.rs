//! Faults of the certificate.

use rcgen::{CertificateParams, KeyPair, date_time_ymd};

use super::stopped::stopped;
use super::{Call, Patient, away, content, mode, nothing};
use crate::process::Place;

/// A certificate in PEM for these names until a year, with the key.
fn certificate(names: &[&str], until: i32, key: &KeyPair) -> String {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(until, 1, 1));
    params.self_signed(key).unwrap().pem()
}

#[test]
fn faults_of_a_self_signed_certificate_are_found() {
    let place = Place::new();
    stopped(&place);
    let patient = Patient::new(&place, &["--only", "server"], None);
    patient.is_healthy();
    let call = Call::default();
    let gone = ("certificate", "fault", "private-key.pem is missing, but", "Restore the missing file");
    patient.fault(&call, || away(patient.data("tls/private-key.pem")), gone);
    let soon = ("certificate", "warning", "certificate.pem expires at 20", "remove the directory tls");
    patient.fault(&Call { more: &["--valid-for", "3660d"], ..call }, nothing, soon);
    let url = format!("https://bailiwick.example:{}", place.port);
    let name = ("certificate", "fault", "is not for bailiwick.example", "server.certificate_names");
    patient.fault(&Call { more: &["--url", &url], ..call }, nothing, name);
}

#[test]
fn faults_of_a_certificate_of_ones_own_are_found() {
    let place = Place::new();
    let (key, other) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let (file, key_file) = (place.path().join("own.pem"), place.path().join("own-key.pem"));
    stopped(&place);
    std::fs::write(&file, certificate(&["localhost"], 2090, &key)).unwrap();
    std::fs::write(&key_file, key.serialize_pem()).unwrap();
    drop(mode(key_file.clone(), 0o600));
    let settings =
        format!("server:\n  port: {}\n  certificate: own.pem\n  private_key: own-key.pem\n", place.port);
    std::fs::write(place.path().join("bailiwick.yml"), settings).unwrap();
    let patient = Patient::new(&place, &["--only", "server"], None);
    patient.is_healthy();
    let call = Call::default();
    let expired = ("certificate", "fault", "the certificate expired at 2021-01-01", "renew it");
    patient.fault(&call, || content(file.clone(), certificate(&["localhost"], 2021, &key)), expired);
    let soon = ("certificate", "warning", "own.pem expires at 2090-01-01", "renew it before then");
    patient.fault(&Call { more: &["--valid-for", "40000d"], ..call }, nothing, soon);
    let unfit = ("certificate", "fault", "does not belong to the certificate", "use the private key that");
    patient.fault(&call, || content(key_file.clone(), other.serialize_pem()), unfit);
    let open = (
        "certificate",
        "warning",
        "other users of this machine may read the private key",
        "run `chmod o-rwx ",
    );
    patient.fault(&call, || mode(key_file.clone(), 0o644), open);
    let open = (
        "certificate",
        "fault",
        "own-key.pem: other users of this machine may change it",
        "run `chmod go-w ",
    );
    patient.fault(&call, || mode(key_file.clone(), 0o646), open);
    let gone = ("certificate", "fault", "server.certificate: own.pem: No such file", "correct the files");
    patient.fault(&call, || away(file.clone()), gone);
}
