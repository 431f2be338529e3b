//! What settings mean together: what production refuses, and what deserves a warning.

use std::{net::IpAddr, os::unix::fs::PermissionsExt, path::Path};

use croft_model::host::Hostname;

use super::{
    layers::{Layers, Source},
    table::{Settings, TABLE},
    value::{MasterKey, Mode, lies_within},
};

/// What was found: problems stop the start, warnings do not.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) problems: Vec<String>,
    pub(super) warnings: Vec<String>,
}

/// Looks at all settings together, and at the files they name.
pub(super) fn check(settings: &Settings, layers: &Layers<'_>) -> Findings {
    let mut findings = Findings::default();
    addresses(settings, &mut findings);
    key(settings, layers, &mut findings);
    if settings.mode == Mode::Production {
        production(settings, layers, &mut findings);
    }
    findings
}

fn addresses(settings: &Settings, findings: &mut Findings) {
    let Settings { control_host, apps_domain, domain, .. } = settings;
    let mut problem = |text: String| findings.problems.push(text);
    if settings.listen.is_empty() {
        problem("listen: name at least one address, like 127.0.0.1:8080".into());
    }
    if control_host.is_within(apps_domain) || apps_domain.is_within(control_host) {
        problem(format!(
            "apps_domain: {apps_domain} and the control host {control_host} must not be below \
             each other, or apps could take the dashboard's place"
        ));
    }
    if control_host == domain {
        problem(format!(
            "control_host: {domain} answers the default project's functions; choose a name below \
             it, like croft.{domain}"
        ));
    }
    if let Some(url) = &settings.public_url {
        if url.host_str() != Some(control_host.as_str()) {
            problem(format!("public_url: its host must be the control host, {control_host}"));
        }
        if url.path() != "/" || url.query().is_some() || !url.username().is_empty() {
            problem(
                "public_url: only scheme, host and port, like https://croft.example.com".into(),
            );
        }
    }
}

/// The master key's place and form (decision 30). That the file is missing is a problem only in
/// production; elsewhere it is made at the first start.
fn key(settings: &Settings, layers: &Layers<'_>, findings: &mut Findings) {
    if matches!(layers.source("master_key"), Source::File(_)) {
        findings.problems.push(
            "master_key: not in the settings file; put the key alone in a file and name it as \
             master_key_file"
                .into(),
        );
    }
    if settings.master_key.is_some() {
        return;
    }
    let path = &settings.master_key_file;
    let mut problem = |text: String| {
        findings.problems.push(format!("master_key_file: {}: {text}", path.display()));
    };
    let production = settings.mode == Mode::Production;
    if production && lies_within(path, &settings.data_dir) {
        problem(
            "lies below data_dir, so a copy of the data would hold the key that protects it; move \
             it, for example to /etc/croft/master.key"
                .into(),
        );
    }
    match std::fs::read_to_string(path) {
        Ok(text) => {
            // The current key first, then those before it.
            let mut keys = text.lines().filter(|line| !line.trim().is_empty()).peekable();
            let empty = keys.peek().is_none();
            if empty || keys.any(|key| MasterKey::from_base64(key).is_err()) {
                problem(MasterKey::EXPECTED.to_owned());
            }
            if production && readable_by_others(path) {
                problem(format!("others can read it; run: chmod 600 {}", path.display()));
            }
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound && !production => {}
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => problem(format!(
            "there is none; make it with: (umask 077; openssl rand -base64 32 > {})",
            path.display()
        )),
        Err(e) => problem(format!("cannot be read: {e}")),
    }
}

fn readable_by_others(path: &Path) -> bool {
    path.metadata().is_ok_and(|m| m.permissions().mode() & 0o077 != 0)
}

fn production(settings: &Settings, layers: &Layers<'_>, findings: &mut Findings) {
    let Settings { control_host, apps_domain, .. } = settings;
    let mut problem = |text: String| findings.problems.push(text);
    if *layers.source("domain") == Source::Default
        && *layers.source("control_host") == Source::Default
    {
        problem("domain: production needs the name people reach it by, like example.com".into());
    }
    let local = control_host.as_str().ends_with(".localhost");
    if settings.public_url.as_ref().is_some_and(|url| url.scheme() != "https") && !local {
        problem(
            "public_url: production needs https; browsers do not keep a session without".into(),
        );
    }
    for range in settings.trusted_proxies.iter().filter(|range| range.prefix_len() == 0) {
        problem(format!(
            "trusted_proxies: {range} lets everybody claim any address; name the proxies"
        ));
    }
    if let Some(path) = &layers.file
        && readable_by_others(path)
        && TABLE.iter().any(|row| row.secret && matches!(layers.source(row.key), Source::File(_)))
    {
        let path = path.display();
        problem(format!("{path}: holds a secret and others can read it; run: chmod 600 {path}"));
    }
    if last_two(control_host) == last_two(apps_domain) && !local {
        findings.warnings.push(format!(
            "apps_domain: {apps_domain} looks like the same site as {control_host}, so apps can \
             set cookies that reach the dashboard's host; give apps another registrable domain, \
             or have {apps_domain} put on the Public Suffix List"
        ));
    }
    if settings.database_url.is_none() {
        findings.warnings.push(
            "database_url: not set, so Croft keeps its records in a Postgres of its own below \
             data_dir, on this one machine"
                .into(),
        );
    }
    if settings.public_url.is_none() && settings.listen.iter().any(|a| !is_local(a.ip())) {
        findings.warnings.push(
            "listen: takes connections from other machines; Croft speaks plain http, so put a \
             proxy with https before it and name it in trusted_proxies"
                .into(),
        );
    }
}

fn is_local(ip: IpAddr) -> bool {
    ip.is_loopback()
}

/// A guess at the registrable domain without a list of public suffixes: the last two labels.
fn last_two(host: &Hostname) -> Vec<&str> {
    host.as_str().rsplit('.').take(2).collect()
}
