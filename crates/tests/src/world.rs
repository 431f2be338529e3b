//! A whole Croft in the test's process.

use std::sync::Arc;

use croft_api::{
    ApiSettings, Service,
    assets::{Asset, Assets},
    limit::{Rate, RateLimits, Rates},
};
use croft_app::{
    App, Installation, Passwords,
    accounts::{self, NewAccount, Setup},
};
use croft_functions::in_process::InProcessInvoker;
use croft_model::{domain::Zones, user::SignUp};
use croft_ports::{Clock, clock::FakeClock, entropy::SystemEntropy, invocation_log::MemoryLog};
use croft_reconciler::Worker;
use croft_store::{KeyRing, MasterKey, Purpose, Store};
use secrecy::ExposeSecret;
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use crate::{
    Person,
    postgres::{self, Database},
};

/// The password of everybody in the tests.
pub const PASSWORD: &str = "four blunt mossy stones";

/// A Croft with its own database, clock and rate limits.
pub struct World {
    /// The use cases.
    pub app: App,
    /// The API.
    pub service: Service,
    /// The time; it stands until it is moved.
    pub clock: FakeClock,
    /// The calls of functions that were made by the API.
    pub calls: MemoryLog,
    /// The database, to look past every wall.
    pub database: Database,
    worker: Arc<Worker>,
    stop: CancellationToken,
}

struct NoAssets;

impl Assets for NoAssets {
    fn get(&self, _: &str) -> Option<Asset> {
        None
    }
}

impl World {
    /// An installation that was just started: no account yet.
    pub async fn empty() -> Self {
        let database = postgres::fresh().await;
        let clock = FakeClock::at(OffsetDateTime::UNIX_EPOCH + time::Duration::days(20_000));
        let entropy = Arc::new(SystemEntropy);
        let store = Store::connect(settings(&database), entropy.clone()).await.unwrap();
        let zones = Zones {
            domain: "localhost".parse().unwrap(),
            control: "croft.localhost".parse().unwrap(),
            apps: "apps.localhost".parse().unwrap(),
            development: true,
        };
        let installation = Installation {
            version: "0.0.0-test",
            zones,
            scheme: "http",
            port: Some(8080),
            api_url: "http://127.0.0.1:8080/api/v1".into(),
        };
        let calls = MemoryLog::default();
        let app = App {
            store: store.clone(),
            clock: Arc::new(clock.clone()),
            entropy: entropy.clone(),
            passwords: Passwords::new(2),
            functions: Arc::new(InProcessInvoker::default()),
            calls: Arc::new(calls.clone()),
            installation: Arc::new(installation),
        };
        croft_app::admin::verify_keys(&app).await.unwrap();
        let stop = CancellationToken::new();
        let plenty = Rate::new(1_000_000, 100_000);
        let rates = Rates {
            caller: plenty,
            anonymous: plenty,
            sign_in_address: plenty,
            sign_in_account: plenty,
        };
        let settings = ApiSettings {
            limits: RateLimits::new(rates),
            assets: Arc::new(NoAssets),
            metrics: None,
            shutdown: stop.clone(),
        };
        let clock_port: Arc<dyn Clock> = Arc::new(clock.clone());
        let worker = Arc::new(Worker::new(
            store,
            clock_port,
            entropy,
            croft_reconciler::Settings::default(),
        ));
        Self {
            service: Service::new(app.clone(), settings),
            app,
            clock,
            calls,
            database,
            worker,
            stop,
        }
    }

    /// An installation with its operator, `operator@example.com`.
    pub async fn new() -> Self {
        let world = Self::empty().await;
        croft_app::functions::seed(&world.app).await.unwrap();
        let setup = Setup {
            email: "operator@example.com".parse().unwrap(),
            password: PASSWORD.into(),
            name: None,
            team_name: None,
        };
        accounts::set_up_from_console(&world.app, setup).await.unwrap();
        let mut tx = world.app.store.system(Purpose::Start).await.unwrap();
        tx.set_sign_up(SignUp::Open).await.unwrap();
        tx.commit().await.unwrap();
        world
    }

    /// How this world's store was opened, to open another one beside it.
    pub fn settings(&self) -> croft_store::Settings {
        settings(&self.database)
    }

    /// Nobody.
    pub fn anonymous(&self) -> Person<'_> {
        Person::new(self, None)
    }

    /// The operator, signed in.
    pub async fn operator(&self) -> Person<'_> {
        self.sign_in("operator@example.com").await
    }

    /// Somebody new with an account and a personal team, signed in.
    pub async fn person(&self, name: &str) -> Person<'_> {
        let email = format!("{name}@example.com");
        let new = NewAccount {
            email: email.parse().unwrap(),
            password: PASSWORD.into(),
            name: None,
            invitation: None,
        };
        accounts::sign_up(&self.app, new, croft_app::Origin::default()).await.unwrap();
        self.sign_in(&email).await
    }

    /// Signs somebody in by the API.
    pub async fn sign_in(&self, email: &str) -> Person<'_> {
        let body =
            serde_json::json!({ "email": email, "password": PASSWORD, "transport": "bearer" });
        let answer = self.anonymous().post("/session", body).await;
        let token = answer.expect(200).json["token"].as_str().unwrap().to_owned();
        Person::new(self, Some(token))
    }

    /// Does what is due until nothing is.
    pub async fn drain(&self) {
        // Bounded: a controller that always puts its row back at once is a bug to be seen.
        for _ in 0..100 {
            if Arc::clone(&self.worker).work_once().await.unwrap() == 0 {
                return;
            }
        }
        panic!("the queue does not become empty");
    }
}

fn settings(database: &Database) -> croft_store::Settings {
    croft_store::Settings {
        url: Zeroizing::new(database.connect.url().expose_secret().to_owned()),
        connections: 4,
        keys: KeyRing::new(MasterKey::from_bytes([7; 32]), vec![]),
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
