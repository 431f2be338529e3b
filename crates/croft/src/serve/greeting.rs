//! What a start prints: the only lines on standard output.

use std::io::Write;

use croft_app::Installation;
use croft_model::token::Secret;

/// Where to go.
pub(super) fn greet(installation: &Installation, setup: Option<&Secret>) {
    let origin = installation.control_origin();
    let mut out = std::io::stdout().lock();
    // A closed standard output is no reason to stop serving.
    let _ = writeln!(out, "\nCroft {} is running.\n\n  Dashboard  {origin}", installation.version);
    let _ = writeln!(out, "  API        {}", installation.api_url);
    if let Some(secret) = setup {
        let _ = writeln!(out, "  Set up     {origin}/setup#{}", secret.expose());
        let _ = writeln!(
            out,
            "\nOpen the set-up link to make the first account. It works once; a restart prints a fresh one."
        );
    }
    let _ = writeln!(out);
    let _ = out.flush();
}

/// Where to go later, and what there is now.
pub(super) fn greet_without_database(installation: &Installation) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(
        out,
        "\nCroft {} is running without its database: functions answer by the routes that were last known.\nWhen the database is there, so is everything else.\n",
        installation.version
    );
    let _ = writeln!(out, "  Dashboard  {}", installation.control_origin());
    let _ = writeln!(out, "  API        {}\n", installation.api_url);
    let _ = out.flush();
}
