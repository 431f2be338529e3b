use std::{
    fs::{self, OpenOptions},
    os::unix::fs::PermissionsExt,
};

use croft_ports::{clock::FakeClock, entropy::SeededEntropy, route_source::ProjectRoutes};
use croft_store::MasterKey;
use tempfile::TempDir;
use time::OffsetDateTime;

use super::{file::Unreadable, form::tests::project, *};

/// A store of routes that gives what it was told to, and notes what it was asked.
#[derive(Default)]
struct Store {
    answers: Mutex<Vec<Result<RouteDelta, SourceUnavailable>>>,
    asked: Mutex<Vec<Option<u64>>>,
    hints: watch::Sender<u64>,
}

#[async_trait]
impl RouteSource for Store {
    async fn read(&self, since: Option<u64>) -> Result<RouteDelta, SourceUnavailable> {
        self.asked.lock().unwrap().push(since);
        self.answers.lock().unwrap().remove(0)
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.hints.subscribe()
    }
}

/// A folder, a key, and what is kept there.
struct World {
    folder: TempDir,
    ring: KeyRing,
}

impl World {
    fn new() -> Self {
        let entropy: &dyn Entropy = &SeededEntropy::new(1);
        let ring = KeyRing::new(MasterKey::generate(entropy), vec![]);
        Self { folder: tempfile::tempdir().unwrap(), ring }
    }

    fn path(&self) -> PathBuf {
        path(self.folder.path())
    }

    fn routes(&self) -> Arc<KeptRoutes> {
        self.routes_by(self.ring.clone())
    }

    fn routes_by(&self, ring: KeyRing) -> Arc<KeptRoutes> {
        let clock = Arc::new(FakeClock::at(OffsetDateTime::UNIX_EPOCH));
        let entropy = Arc::new(SeededEntropy::new(2));
        Arc::new(KeptRoutes::new(self.path(), Means { ring, clock, entropy }))
    }

    /// Asks for everything that this store says, and writes it.
    async fn keep(&self, answers: Vec<RouteDelta>) {
        let routes = self.routes();
        let store = Store::default();
        *store.answers.lock().unwrap() = answers.into_iter().map(Ok).collect();
        let count = store.answers.lock().unwrap().len();
        routes.connect(Arc::new(store));
        let (source, mut since) = (Shared(Arc::clone(&routes)), None);
        for _ in 0..count {
            since = Some(source.read(since).await.unwrap().generation);
        }
        routes.write().await;
    }

    /// What a start without the store would route by: generation and projects.
    async fn kept(&self) -> Option<(u64, Vec<ProjectRoutes>)> {
        let routes = self.routes();
        assert_eq!(routes.is_there(), routes.load());
        let read = Shared(routes).read(None).await.ok()?;
        assert!(read.whole);
        let mut projects = read.projects;
        projects.sort_by_key(|project| project.project.uuid());
        Some((read.generation, projects))
    }
}

fn whole(generation: u64, projects: impl IntoIterator<Item = u128>) -> RouteDelta {
    let projects = projects.into_iter().map(project).collect();
    RouteDelta { generation, whole: true, projects, gone: vec![] }
}

/// A project under another number's id.
fn changed(id: u128, into: u128) -> ProjectRoutes {
    ProjectRoutes { project: project(id).project, ..project(into) }
}

#[tokio::test]
async fn changes_are_kept_as_the_whole_they_lead_to() {
    let world = World::new();
    let (gone, projects) = (vec![project(2).project], vec![changed(1, 9), project(4)]);
    let delta = RouteDelta { generation: 6, whole: false, projects, gone };
    world.keep(vec![whole(5, 1..4), delta]).await;
    let (generation, kept) = world.kept().await.unwrap();
    let expected = [changed(1, 9), project(3), project(4)];
    assert_eq!((generation, format!("{kept:?}")), (6, format!("{expected:?}")));
    assert_eq!(kept[0].environment, project(9).environment, "values, too");
    let mode = fs::metadata(world.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let bytes = fs::read(world.path()).unwrap();
    for secret in ["quince", "Hello", "p3.test"] {
        let holds = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(!holds, "{secret} is in the clear");
    }
}

/// Bytes before the first piece.
const HEAD: usize = 104;

#[tokio::test]
async fn many_projects_take_many_pieces_and_all_are_needed() {
    let world = World::new();
    world.keep(vec![whole(1, 0..6_000)]).await;
    let (_, kept) = world.kept().await.unwrap();
    assert_eq!(kept.len(), 6_000);
    assert_eq!(format!("{:?}", kept[5_999]), format!("{:?}", project(5_999)));
    let good = fs::read(world.path()).unwrap();
    let length = u32::from_le_bytes(good[HEAD..HEAD + 4].try_into().unwrap());
    let first = HEAD + 4 + length as usize;
    assert!(first < good.len(), "one piece shows little");
    fs::write(world.path(), &good[..first]).unwrap();
    let error = file::read(&world.path(), &world.ring).unwrap_err();
    assert!(matches!(error, Unreadable::Damaged), "{error}");
    let second_first = [&good[..HEAD], &good[first..], &good[HEAD..first]].concat();
    fs::write(world.path(), second_first).unwrap();
    let error = file::read(&world.path(), &world.ring).unwrap_err();
    assert!(matches!(error, Unreadable::Damaged), "{error}");
}

#[tokio::test]
async fn what_is_cut_or_changed_is_not_used() {
    let world = World::new();
    assert!(world.kept().await.is_none(), "nothing yet");
    world.keep(vec![whole(1, 0..2)]).await;
    let good = fs::read(world.path()).unwrap();
    for end in 0..good.len() {
        fs::write(world.path(), &good[..end]).unwrap();
        assert!(file::read(&world.path(), &world.ring).is_err(), "{end} bytes");
        assert!(!world.routes().load(), "{end} bytes");
    }
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1;
        fs::write(world.path(), &bad).unwrap();
        assert!(file::read(&world.path(), &world.ring).is_err(), "byte {at}");
        assert!(!world.routes().load(), "byte {at}");
    }
    fs::write(world.path(), &good).unwrap();
    assert_eq!(world.kept().await.unwrap().0, 1);
    world.keep(vec![whole(2, 0..1)]).await;
    assert_eq!(world.kept().await.unwrap().0, 2, "a later one takes its place");
}

#[tokio::test]
async fn another_key_or_version_is_told_and_not_used() {
    let world = World::new();
    world.keep(vec![whole(1, 0..3)]).await;
    let entropy: &dyn Entropy = &SeededEntropy::new(9);
    let (new, own) = (MasterKey::generate(entropy), world.ring.clone());
    let other = KeyRing::new(new.clone(), vec![]);
    assert!(matches!(file::read(&world.path(), &other), Err(Unreadable::Key)));
    assert!(!world.routes_by(other.clone()).is_there());

    // A rotation has both keys, the new one first.
    let old = MasterKey::generate(&SeededEntropy::new(1) as &dyn Entropy);
    let both = KeyRing::new(new, vec![old]);
    assert_eq!(both.fingerprints()[1], own.fingerprints()[0]);
    rewrap(world.folder.path(), &both, entropy);
    assert_eq!(file::read(&world.path(), &other).unwrap().unwrap().projects.len(), 3);
    assert!(matches!(file::read(&world.path(), &own), Err(Unreadable::Key)));

    let mut bytes = fs::read(world.path()).unwrap();
    bytes[12] += 1;
    fs::write(world.path(), &bytes).unwrap();
    assert!(matches!(file::read(&world.path(), &other), Err(Unreadable::Other)));
    fs::write(world.path(), "something else entirely").unwrap();
    assert!(matches!(file::read(&world.path(), &other), Err(Unreadable::Other)));
}

#[tokio::test]
async fn a_killed_write_leaves_what_was_there() {
    let world = World::new();
    world.keep(vec![whole(1, 0..3)]).await;
    let beside = world.path().with_extension("kept.new");
    let mut half = OpenOptions::new().write(true).create_new(true).open(&beside).unwrap();
    std::io::Write::write_all(&mut half, b"croft routes").unwrap();
    assert_eq!(world.kept().await.unwrap().0, 1);
    world.keep(vec![whole(2, 0..3)]).await;
    assert_eq!(world.kept().await.unwrap().0, 2);
    assert!(!beside.exists());
}

#[tokio::test]
async fn the_kept_state_is_given_until_the_store_is_there_and_then_everything_is_asked() {
    let world = World::new();
    world.keep(vec![whole(5, 0..2)]).await;
    let routes = world.routes();
    assert!(routes.load());
    let source = Shared(Arc::clone(&routes));
    let mut hints = source.changes();
    hints.mark_unchanged();
    assert_eq!(source.read(None).await.unwrap().projects.len(), 2);
    source.read(Some(5)).await.unwrap_err();

    let store = Arc::new(Store::default());
    let away = Err(SourceUnavailable("away".into()));
    let small = RouteDelta { generation: 4, projects: vec![project(1)], ..RouteDelta::default() };
    *store.answers.lock().unwrap() = vec![away, Ok(whole(3, 0..1)), Ok(small)];
    routes.connect(Arc::clone(&store) as Arc<dyn RouteSource>);
    assert!(hints.has_changed().unwrap(), "the edge is told to look");
    source.read(Some(5)).await.unwrap_err();
    let first = source.read(Some(5)).await.unwrap();
    assert!(first.whole && first.generation == 3, "an earlier state than was kept");
    source.read(Some(3)).await.unwrap();
    assert_eq!(*store.asked.lock().unwrap(), [None, None, Some(3)]);
    routes.write().await;
    let (generation, projects) = world.kept().await.unwrap();
    assert_eq!((generation, projects.len()), (4, 2));
}

#[tokio::test(start_paused = true)]
async fn writes_follow_changes_and_rest_between_them() {
    let world = World::new();
    let routes = world.routes();
    let store = Arc::new(Store::default());
    let small =
        |generation| RouteDelta { generation, projects: vec![project(1)], ..RouteDelta::default() };
    *store.answers.lock().unwrap() = vec![Ok(whole(1, 0..1)), Ok(small(2)), Ok(small(3))];
    routes.connect(Arc::clone(&store) as Arc<dyn RouteSource>);
    let stop = CancellationToken::new();
    let running = tokio::spawn(Arc::clone(&routes).run(stop.clone()));
    let source = Shared(Arc::clone(&routes));
    let generation = || file::read(&world.path(), &world.ring).unwrap().map(|k| k.head.generation);
    let began = tokio::time::Instant::now();
    source.read(None).await.unwrap();
    until(|| generation() == Some(1)).await;
    source.read(Some(1)).await.unwrap();
    until(|| generation() == Some(2)).await;
    assert!(began.elapsed() >= REST.0, "too soon: {:?}", began.elapsed());
    source.read(Some(2)).await.unwrap();
    stop.cancel();
    running.await.unwrap();
    assert_eq!(generation(), Some(3), "the last is written at the end");

    let mut hints = source.changes();
    hints.mark_unchanged();
    store.hints.send_modify(|count| *count += 1);
    assert!(!hints.has_changed().unwrap(), "nothing is passed on after the end");
}

/// Waits for something to be.
async fn until(mut is: impl FnMut() -> bool) {
    for _ in 0..100_000 {
        if is() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("not in time");
}
