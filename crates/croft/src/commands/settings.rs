//! The settings as flags, made from their table, and `croft config`.

use std::{path::PathBuf, sync::LazyLock};

use clap::{Arg, ArgMatches, Args, Command, Error, FromArgMatches, Subcommand, value_parser};
use serde_json::json;

use crate::{
    escape,
    failure::Failure,
    handover,
    output::Out,
    settings::{self, Effective, Env, Flags, Loaded, Row, Settings, TABLE},
};

/// The settings that have flags, with what clap wants to borrow for ever.
static FLAGS: LazyLock<Vec<(&'static Row, String, String)>> = LazyLock::new(|| {
    let help = |row: &Row| {
        let doc: Vec<_> = row.doc.lines().map(str::trim).collect();
        format!("{} [default: {}]", doc.join(" ").replace('`', ""), row.default)
    };
    TABLE.iter().filter_map(|row| Some((row, row.flag()?, help(row)))).collect()
});

/// `--config` and a flag for every setting that is not secret.
#[derive(Debug, Default)]
pub(crate) struct SettingArgs(Flags);

impl Args for SettingArgs {
    fn augment_args(command: Command) -> Command {
        let config = Arg::new("config")
            .long("config")
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf))
            .help("The settings file to read instead of the usual ones")
            .help_heading("Settings");
        FLAGS.iter().fold(command.arg(config), |command, (row, flag, help)| {
            let arg = Arg::new(row.key).long(flag.as_str()).value_name("VALUE");
            command.arg(arg.help(help.as_str()).help_heading("Settings"))
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for SettingArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let value =
            |row: &'static Row| Some((row.key, matches.get_one::<String>(row.key)?.clone()));
        let values = FLAGS.iter().filter_map(|(row, ..)| value(row));
        Ok(Self(Flags { config: matches.get_one("config").cloned(), values: values.collect() }))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl SettingArgs {
    /// Reads all layers.
    pub(crate) fn load(&self, env: &Env) -> Result<Loaded, Failure> {
        Ok(Settings::load(&handover::with_key_of_stdin(env.clone())?, &self.0)?)
    }
}

/// `croft config ...`
#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Say what settings hold, where each came from, and what is wrong or could be better
    Check(SettingArgs),
    /// Print a settings file with every setting
    Sample,
    /// Print docs/reference/configuration.md
    #[command(hide = true)]
    Reference,
}

/// Runs `croft config ...`.
pub(crate) fn run(out: Out, env: &Env, command: &Config) -> Result<(), Failure> {
    match command {
        Config::Sample => out.text(&settings::sample()),
        Config::Reference => out.text(&settings::markdown()),
        Config::Check(args) => {
            let loaded = args.load(env)?;
            if out.is_json() {
                let entry = |e: &Effective| {
                    (e.key.to_owned(), json!({ "value": e.value, "source": e.source.to_string() }))
                };
                let settings: serde_json::Map<_, _> = loaded.effective.iter().map(entry).collect();
                return out.json(&json!({
                    "file": loaded.file, "warnings": loaded.warnings, "settings": settings,
                }));
            }
            let width = TABLE.iter().map(|row| row.key.len()).max().unwrap_or(0);
            let show = |e: &Effective| {
                let (value, source) = (escape::line(&e.value), escape::line(&e.source.to_string()));
                format!("{:width$}  {value}  ({source})\n", e.key)
            };
            out.text(&loaded.effective.iter().map(show).collect::<String>())?;
            loaded.warnings.iter().for_each(|warning| out.say(&format!("Warning: {warning}")));
            out.say("The settings are good.");
            Ok(())
        }
    }
}
