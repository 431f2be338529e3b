//! The master key: from the environment, from its file, or made at the very first start.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use croft_app::App;
use croft_ports::{Entropy, entropy::SystemEntropy};
use croft_store::{KeyRing, MasterKey};

use crate::settings::Settings;

/// The keys at hand.
pub(crate) struct Keys {
    /// To seal with.
    pub(crate) ring: KeyRing,
    /// Where the key is to be written if this is a new installation, and the key.
    new: Option<(PathBuf, MasterKey)>,
}

/// Reads the key, or makes one when its file is missing. That one is nowhere but in memory until
/// [`verify`] has seen that there is no data yet.
pub(crate) fn load(settings: &Settings, entropy: &dyn Entropy) -> anyhow::Result<Keys> {
    if let Some(given) = &settings.master_key {
        let ring = KeyRing::new(MasterKey::from_bytes(*given.expose()), vec![]);
        return Ok(Keys { ring, new: None });
    }
    let path = &settings.master_key_file;
    match fs::read_to_string(path) {
        Ok(text) => {
            check_mode(path)?;
            let ring = KeyRing::parse(&text).with_context(|| {
                format!(
                    "{} holds no master key: expected base64 of 32 bytes, one key a line",
                    path.display()
                )
            })?;
            Ok(Keys { ring, new: None })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = MasterKey::generate(entropy);
            let ring = KeyRing::new(key.clone(), vec![]);
            Ok(Keys { ring, new: Some((path.clone(), key)) })
        }
        Err(error) => {
            Err(error).with_context(|| format!("cannot read the master key {}", path.display()))
        }
    }
}

/// Checks that the keys at hand open what is there. At the very first start a new key is kept; over
/// existing data it is not, and the start is refused (decision 30).
pub(crate) async fn verify(keys: &Keys, app: &App) -> anyhow::Result<()> {
    if let Some((path, key)) = &keys.new {
        if !croft_app::admin::is_new(app).await? {
            bail!(
                "there is no master key at {}, and the data here is sealed with one. Put its file back, or name it by CROFT_MASTER_KEY_FILE; without it the secrets cannot be read. Nothing was changed",
                path.display()
            );
        }
        // Before the row that names it: killed between them, the next start finds the key and no row.
        keep(path, key)?;
    }
    Ok(croft_app::admin::verify_keys(app).await?)
}

fn check_mode(path: &Path) -> anyhow::Result<()> {
    let mode = fs::metadata(path)?.permissions().mode();
    if mode & 0o077 != 0 {
        bail!("the master key {0} can be read by others; run: chmod 600 {0}", path.display());
    }
    Ok(())
}

/// Writes a new key beside the place and links it in, so that half a key is never there and an
/// existing one is never replaced.
fn keep(path: &Path, key: &MasterKey) -> anyhow::Result<()> {
    let folder = path.parent().context("the master key file has no folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    let fresh = write_beside(path, &format!("{}\n", &*key.expose()))?;
    fs::hard_link(&fresh, path)
        .with_context(|| format!("cannot put the new master key at {}", path.display()))?;
    fs::remove_file(&fresh)?;
    fs::File::open(folder)?.sync_all()?;
    tracing::info!(
        "made a new master key, {}. Keep a copy of it somewhere else: without it the secrets in the database cannot be read",
        path.display()
    );
    Ok(())
}

/// Puts a new key before those in the file, wraps everything with it, then drops the old ones. Killed
/// at any point, the file holds every key that something is wrapped with.
pub(crate) async fn rotate(settings: &Settings) -> anyhow::Result<()> {
    let path = &settings.master_key_file;
    if settings.master_key.is_some() {
        bail!(
            "the master key is given by CROFT_MASTER_KEY: put the key into a file and name it by CROFT_MASTER_KEY_FILE, then rotate"
        );
    }
    if super::database::is_held(settings) {
        bail!("stop Croft first: the running server would go on with the old key");
    }
    let old = fs::read_to_string(path)
        .with_context(|| format!("cannot read the master key {}", path.display()))?;
    let fresh = MasterKey::generate(&SystemEntropy);
    replace(path, &format!("{}\n{}", &*fresh.expose(), old.trim_start()))?;
    let (database, app) = super::on_the_console(settings).await?;
    let changed = croft_app::admin::rewrap_keys(&app).await;
    database.leave().await?;
    let changed = changed?;
    if let Some(both) = KeyRing::parse(&fs::read_to_string(path)?) {
        super::kept::rewrap(&settings.data_dir, &both, &SystemEntropy);
    }
    replace(path, &format!("{}\n", &*fresh.expose()))?;
    eprintln!(
        "{changed} data keys are wrapped with the new master key in {}. Keep a copy of it elsewhere.",
        path.display()
    );
    Ok(())
}

/// Prints the key file's keys.
pub(crate) fn export(settings: &Settings) -> anyhow::Result<()> {
    let text = match &settings.master_key {
        Some(key) => MasterKey::from_bytes(*key.expose()).expose().to_string(),
        None => fs::read_to_string(&settings.master_key_file).with_context(|| {
            format!("cannot read the master key {}", settings.master_key_file.display())
        })?,
    };
    eprintln!("Store this apart from the backups: whoever has both can read every secret.");
    println!("{}", text.trim_end());
    Ok(())
}

/// Replaces the file whole: written beside, synced, renamed.
fn replace(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::rename(write_beside(path, text)?, path)?;
    fs::File::open(path.parent().context("the master key file has no folder")?)?.sync_all()?;
    Ok(())
}

/// Writes a file of its own beside the place, durably. What a killed Croft left there is only a
/// name, perhaps of the key file itself: it is unlinked, never written into.
fn write_beside(path: &Path, text: &str) -> anyhow::Result<PathBuf> {
    let beside = path.with_extension("new");
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        Ok(()) | Err(_) => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(beside)
}
