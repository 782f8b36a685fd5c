//! Updates of SUSE, through zypper, which writes XML.
//!
//! SUSE has two kinds of updates: newer versions of packages, and patches, which have a reason and a
//! severity. A patch is named `patch:NAME`, as in zypper's arguments. A package that belongs to a patch
//! is listed too, without a severity, since zypper's lists do not tell which patch a package belongs
//! to.

use std::path::Path;

use bailiwick_domain::update::{Severity, Update};
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::call::{Call, Run, ask};
use super::{Failure, fetch_then_install, named, text};

/// The exit code of `needs-rebooting` if the machine must be restarted.
const REBOOT: i32 = 102;
/// The file by which packages demand a restart of the machine.
const REBOOT_NEEDED: &str = "/run/reboot-needed";
/// The exit codes of a successful installation. Some say that updates are left, or that the machine or
/// zypper must be restarted.
const WORKED: [i32; 4] = [0, 100, REBOOT, 103];

/// The call that fetches the metadata of the repositories.
pub(super) fn refresh() -> Call {
    Call::act("zypper", &["--non-interactive", "refresh"])
}

/// The available updates.
pub(super) async fn updates(run: &mut impl Run) -> Result<Vec<Update>, Failure> {
    let mut updates = Vec::new();
    for list in ["list-patches", "list-updates"] {
        let call = Call::ask("zypper", &["--non-interactive", "--no-refresh", "--xmlout", list]);
        let xml = ask(run, call, &[0]).await?;
        let found = parse(&xml).map_err(|why| Failure::Unreadable { program: "zypper", why })?;
        updates.extend(found);
    }
    Ok(updates)
}

/// Whether the machine must be restarted.
pub(super) async fn reboot_required(run: &mut impl Run) -> Result<bool, Failure> {
    let said = run.run(Call::ask("zypper", &["--non-interactive", "needs-rebooting"])).await?;
    Ok(said.code == Some(REBOOT) || run.exists(Path::new(REBOOT_NEEDED)))
}

/// Installs all updates, or some.
pub(super) async fn install(all: bool, updates: &[&Update], run: &mut impl Run) -> Result<i32, Failure> {
    let call = |first: &[&str]| {
        let call = Call::act("zypper", &["--non-interactive", if all { "update" } else { "install" }]);
        let call = call.with(first.iter().map(|&option| option.to_owned()));
        if all {
            return call;
        }
        call.with(std::iter::once("--".to_owned()).chain(updates.iter().map(|update| update.name.clone())))
    };
    let code = fetch_then_install(call(&["--download-only"]), call(&[]), &WORKED, run).await?;
    Ok(if WORKED.contains(&code) { 0 } else { code })
}

/// Parses zypper's XML.
fn parse(xml: &str) -> Result<Vec<Update>, String> {
    let mut reader = Reader::from_str(xml);
    let mut updates = Vec::new();
    let (mut current, mut summary) = (None::<Update>, None::<String>);
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(tag) => match tag.name().as_ref() {
                "update" => current = update(&tag)?,
                "summary" => summary = Some(String::new()),
                _ => add_detail(current.as_mut(), &tag)?,
            },
            Event::Empty(tag) => match tag.name().as_ref() {
                "update" => updates.extend(update(&tag)?),
                _ => add_detail(current.as_mut(), &tag)?,
            },
            Event::End(tag) => match tag.name().as_ref() {
                "update" => updates.extend(current.take()),
                "summary" => {
                    if let (Some(update), Some(summary)) = (&mut current, summary.take()) {
                        update.title = text(&summary);
                    }
                }
                _ => {}
            },
            Event::Text(said) => {
                if let Some(summary) = &mut summary {
                    summary.push_str(&said);
                }
            }
            Event::GeneralRef(reference) => {
                if let Some(summary) = &mut summary {
                    let character = reference.resolve_char_ref().map_err(|error| error.to_string())?;
                    summary.extend(character);
                    summary.push_str(resolve_predefined_entity(&reference).unwrap_or_default());
                }
            }
            Event::Eof => return Ok(updates),
            _ => {}
        }
    }
}

/// The value of an attribute; `None` if it is absent or empty.
fn attribute(tag: &BytesStart<'_>, name: &str) -> Result<Option<String>, String> {
    let found = tag.try_get_attribute(name).map_err(|error| error.to_string())?;
    let Some(found) = found else { return Ok(None) };
    let value = found.normalized_value(XmlVersion::Explicit1_0).map_err(|error| error.to_string())?;
    Ok(text(&value))
}

/// The update that a tag describes; `None` if it is a patch that is not needed.
fn update(tag: &BytesStart<'_>) -> Result<Option<Update>, String> {
    let Some(name) = attribute(tag, "name")? else { return Ok(None) };
    if attribute(tag, "status")?.is_some_and(|status| status != "needed") {
        return Ok(None);
    }
    let is_patch = attribute(tag, "kind")?.as_deref() == Some("patch");
    let severity = attribute(tag, "severity")?;
    Ok(Some(Update {
        installed_version: attribute(tag, "edition-old")?,
        available_version: attribute(tag, "edition")?,
        architecture: attribute(tag, "arch")?,
        security: attribute(tag, "category")?.as_deref() == Some("security"),
        severity: severity.and_then(|severity| Severity::parse(&severity)),
        ..named(if is_patch { format!("patch:{name}") } else { name })
    }))
}

/// Adds the origin or a reference from a nested tag to an update.
fn add_detail(update: Option<&mut Update>, tag: &BytesStart<'_>) -> Result<(), String> {
    let Some(update) = update else { return Ok(()) };
    match tag.name().as_ref() {
        "source" => update.origin = attribute(tag, "alias")?,
        "issue" => {
            let Some(id) = attribute(tag, "id")? else { return Ok(()) };
            let is_bug = attribute(tag, "type")?.as_deref() == Some("bugzilla");
            update.references.push(if is_bug { format!("bsc#{id}") } else { id });
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use bailiwick_domain::command::UpdateChoice;
    use bailiwick_domain::update::UpdateSource;
    use proptest::prelude::*;

    use super::*;
    use crate::updates::recording::Recording;
    use crate::updates::{Refresh, install, scan};

    const PATCHES: &str = r#"<?xml version='1.0'?>
<stream>
<message type="info">Reading installed packages...</message>
<update-status version="0.6">
<update-list>
<update kind="patch" name="SUSE-SLE-Module-Basesystem-15-SP6-2026-301" edition="1" arch="noarch" status="needed" category="security" severity="important" pkgmanager="false" restart="false" interactive="reboot">
<summary>Security update for the Linux Kernel &amp; more</summary><description>The &lt;kernel&gt; was updated.
</description><license></license><source url="https://updates.example.com/SLE" alias="SLE-Updates"/><issue-date time_t="1770000000" text="2026-02-02"/>
<issue-list><issue type="bugzilla" id="1219000"><title>kernel</title></issue><issue type="cve" id="CVE-2026-1000"/></issue-list></update>
<update kind="patch" name="openSUSE-2026-7" edition="2" arch="noarch" status="needed" category="recommended" severity="moderate" pkgmanager="true" restart="true" interactive="false"><summary>Recommended update for zypper</summary><source url="x" alias="repo-update"/></update>
<update kind="patch" name="old" edition="1" arch="noarch" status="not-needed" category="security" severity="critical"/>
</update-list>
</update-status>
</stream>
"#;

    const PACKAGES: &str = r#"<?xml version='1.0'?>
<stream>
<update-status version="0.6">
<update-list>
<update kind="package" name="bash" edition="5.2-150600.10.1" arch="x86_64" edition-old="5.2-150600.8.4"><summary>The GNU Bourne-Again Shell</summary><description/><license/><source url="x" alias="repo-update"/></update>
</update-list>
</update-status>
</stream>
"#;

    const NOTHING: &str = "<?xml version='1.0'?>\n<stream>\n<update-status version=\"0.6\">\n<update-list>\n\
        </update-list>\n</update-status>\n</stream>\n";

    #[tokio::test]
    async fn patches_have_a_severity_and_packages_a_version() {
        let mut run = Recording::new([
            ("zypper --non-interactive refresh", 0, "Repository 'repo-update' is up to date.\n"),
            ("zypper --non-interactive --no-refresh --xmlout list-patches", 0, PATCHES),
            ("zypper --non-interactive --no-refresh --xmlout list-updates", 0, PACKAGES),
            ("zypper --non-interactive needs-rebooting", 102, ""),
        ]);
        let found = scan(UpdateSource::Zypper, Refresh::First, &mut run).await.unwrap();
        assert!(found.reboot_required && found.refreshed && run.is_over());
        let names: Vec<&str> = found.updates.iter().map(|update| update.name.as_str()).collect();
        let kernel = "patch:SUSE-SLE-Module-Basesystem-15-SP6-2026-301";
        assert_eq!(names, ["bash", kernel, "patch:openSUSE-2026-7"]);
        let [bash, kernel, zypper] = &found.updates[..] else { panic!("three") };
        assert_eq!(bash.installed_version.as_deref(), Some("5.2-150600.8.4"));
        assert_eq!(bash.available_version.as_deref(), Some("5.2-150600.10.1"));
        assert_eq!(
            (bash.security, bash.severity, bash.origin.as_deref()),
            (false, None, Some("repo-update"))
        );
        assert_eq!((kernel.security, kernel.severity), (true, Some(Severity::Important)));
        assert_eq!(kernel.title.as_deref(), Some("Security update for the Linux Kernel & more"));
        assert_eq!(kernel.references, ["bsc#1219000", "CVE-2026-1000"]);
        assert_eq!((zypper.security, zypper.severity), (false, Some(Severity::Moderate)));
    }

    #[tokio::test]
    async fn a_patch_is_installed_by_its_cve() {
        let listed = |patches, packages| {
            [
                ("zypper --non-interactive --no-refresh --xmlout list-patches", 0, patches),
                ("zypper --non-interactive --no-refresh --xmlout list-updates", 0, packages),
                ("zypper --non-interactive needs-rebooting", 0, ""),
            ]
        };
        let mut calls = vec![("zypper --non-interactive refresh", 4, "Problem retrieving files\n")];
        calls.extend(listed(PATCHES, PACKAGES));
        // The package is installed and has no update, which is what was asked for.
        calls.push(("rpm -q --qf %{NAME}\\n -- vim", 0, "vim\n"));
        // The installation succeeds, and the machine must be restarted.
        let installs = "zypper --non-interactive install -- patch:SUSE-SLE-Module-Basesystem-15-SP6-2026-301";
        let fetches = "zypper --non-interactive install --download-only -- patch:SUSE";
        calls.push((fetches, 0, "fetched\n"));
        calls.push((installs, 102, "done\n"));
        calls.extend(listed(NOTHING, PACKAGES));
        let mut run = Recording::new(calls);
        run.files.push("/run/reboot-needed");
        let choice = UpdateChoice::Names(vec!["CVE-2026-1000".into(), "vim".into()]);
        let installation = install(UpdateSource::Zypper, &choice, &mut run).await.unwrap();
        assert_eq!(installation.exit_code, Some(0));
        assert!(installation.scan.reboot_required && !installation.scan.refreshed && run.is_over());
        assert_eq!(installation.scan.updates.len(), 1);
        assert!(
            run.shown.ends_with("vim is installed, and there is no update for it\nfetched\ndone\n"),
            "{}",
            run.shown
        );
    }

    #[tokio::test]
    async fn a_choice_with_an_unknown_update_installs_nothing() {
        let mut run = Recording::new([
            ("zypper --non-interactive refresh", 0, ""),
            ("zypper --non-interactive --no-refresh --xmlout list-patches", 0, PATCHES),
            ("zypper --non-interactive --no-refresh --xmlout list-updates", 0, PACKAGES),
            ("zypper --non-interactive needs-rebooting", 0, ""),
            ("rpm -q --qf %{NAME}\\n -- nosuchpkg vim", 1, "package nosuchpkg is not installed\nvim\n"),
        ]);
        let choice = UpdateChoice::Names(vec!["bash".into(), "vim".into(), "nosuchpkg".into()]);
        let installation = install(UpdateSource::Zypper, &choice, &mut run).await.unwrap();
        assert_eq!((installation.exit_code, run.is_over()), (Some(1), true));
        assert_eq!(installation.error, "nothing was installed: there is no update for nosuchpkg");
        assert_eq!(installation.scan.updates.len(), 3);
    }

    #[tokio::test]
    async fn output_that_is_not_xml_is_refused() {
        let call = ("zypper --non-interactive --no-refresh --xmlout list-patches", 0, "<stream><a></b>");
        let failed = scan(UpdateSource::Zypper, Refresh::Not, &mut Recording::new([call])).await.unwrap_err();
        assert!(matches!(failed, Failure::Unreadable { program: "zypper", .. }), "{failed}");
    }

    proptest! {
        #[test]
        fn any_output_of_zypper_is_read_without_panic(text in any::<String>()) {
            let _ = parse(&text);
            let _ = parse(&format!("<update {text}"));
        }

        #[test]
        fn truncated_output_is_read_without_panic(skip in 0..1_500_usize, cut in 0..1_500_usize) {
            let torn: String = PATCHES.chars().skip(skip).take(cut).collect();
            let _ = parse(&torn);
        }
    }
}
