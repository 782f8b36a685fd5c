//! The container image: the server, what it is linked to, and the certificates of authorities. Nothing else.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::{Dist, Failed, clear, copy, failed, libraries, output, write};

/// The certificates of authorities on this machine, which are put into the image.
const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";
/// The user that the server runs as, in passwd(5) and group(5).
const PASSWD: &str = "bailiwick:x:65532:65532::/data:/usr/bin/bailiwick\n";
const GROUP: &str = "bailiwick:x:65532:\n";

/// Makes the image, as an archive of OCI.
pub(super) fn make(dist: &Dist) -> Result<(), Failed> {
    let context = dist.materials.join("container");
    let root = context.join("root");
    clear(&context)?;
    let program = dist.server();
    copy(&program, &root.join("usr/bin/bailiwick"))?;
    for library in libraries::of(&program)? {
        let inside = library.strip_prefix("/").unwrap_or(&library).to_owned();
        copy(&library, &root.join(inside))?;
    }
    copy(Path::new(AUTHORITIES), &root.join(AUTHORITIES.trim_start_matches('/')))?;
    write(&root.join("etc/passwd"), PASSWD.as_bytes())?;
    write(&root.join("etc/group"), GROUP.as_bytes())?;
    let data = context.join("data");
    fs::create_dir_all(&data).map_err(|error| failed(&data, &error))?;
    fs::set_permissions(&data, fs::Permissions::from_mode(0o700)).map_err(|error| failed(&data, &error))?;
    copy(Path::new("packaging/container/Containerfile"), &context.join("Containerfile"))?;
    let name = format!("localhost/bailiwick:{}", dist.version);
    let storage = dist.materials.join("containers");
    let (root, run) = (storage.join("root"), storage.join("run"));
    let options: [&OsStr; 6] = [
        "--storage-driver".as_ref(),
        "vfs".as_ref(),
        "--root".as_ref(),
        root.as_os_str(),
        "--runroot".as_ref(),
        run.as_os_str(),
    ];
    // The format of Docker is the one that has health checks.
    let build = ["bud", "--isolation", "chroot", "--format", "docker", "--tag", &name].map(OsStr::new);
    output("buildah", &[&options[..], &build, &[context.as_os_str()]].concat())?;
    let archive = dist.output.join(format!("bailiwick_{}_container.tar", dist.version));
    let to = format!("docker-archive:{}:{name}", archive.display());
    output("buildah", &[&options[..], &["push", &name, &to].map(OsStr::new)].concat())?;
    output("buildah", &[&options[..], &["rmi", "--all"].map(OsStr::new)].concat()).map(drop)
}
