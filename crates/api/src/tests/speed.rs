//! How fast anyone may ask (decision 53).

use super::*;

/// How many of so many requests were let through, and whether the rest were told when to come back.
async fn passed(world: &World, times: usize, asked: impl Fn() -> Ask) -> usize {
    let mut passed = 0;
    for _ in 0..times {
        let answer = world.ask(asked()).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            assert!(answer.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() >= 1);
            assert_eq!(answer.problem().await.code, "too_many_requests");
        } else {
            passed += 1;
        }
    }
    passed
}

#[tokio::test(start_paused = true)]
async fn an_address_without_good_credentials_is_slowed_and_its_members_are_not() {
    let world = World::new();
    let me = |secret: &Secret| ask(Method::GET, "/api/v1/me").bearer(secret);
    assert_eq!(world.ask(me(&token())).await.status, 200);
    let bogus = Secret::from_random(SecretKind::Token, [9; 32]);
    assert_eq!(passed(&world, 70, || me(&bogus)).await, 60);
    let anonymous = ask(Method::GET, "/api/v1/openapi.json");
    assert_eq!(world.ask(anonymous).await.status, 429, "all that is anonymous counts together");
    assert_eq!(world.ask(me(&token())).await.status, 200, "it was good before");
    assert_eq!(world.ask(me(&bogus).from("192.0.2.2")).await.status, 401);
}

#[tokio::test(start_paused = true)]
async fn guesses_are_not_looked_up_without_end() {
    let world = World::new();
    let guess = |n: u8| {
        let bogus = Secret::from_random(SecretKind::Token, [n; 32]);
        ask(Method::GET, "/api/v1/me").bearer(&bogus)
    };
    for n in 100..200 {
        world.ask(guess(n)).await;
    }
    assert_eq!(world.lookups.load(Relaxed), 60);
    // Nor is one that is good, but was not seen: it cannot be told from a guess, for a moment.
    let me = || ask(Method::GET, "/api/v1/me").bearer(&token());
    assert_eq!(world.ask(me()).await.outcome().await, (429, "too_many_requests".into()));
    assert_eq!(world.ask(me().from("192.0.2.2")).await.status, 200);
    for n in 100..150 {
        world.ask(guess(n)).await;
        assert_eq!(world.ask(me()).await.status, 200, "from wherever, once it was seen");
    }
    tokio::time::advance(std::time::Duration::from_secs(2)).await;
    assert_eq!(world.ask(guess(1)).await.status, 401);
}

#[tokio::test(start_paused = true)]
async fn good_credentials_are_no_guesses() {
    let world = World::new();
    for _ in 0..50 {
        for secret in [session(), token()] {
            let me = ask(Method::GET, "/api/v1/me").bearer(&secret);
            assert_eq!(world.ask(me).await.status, 200);
        }
    }
    let bogus = Secret::from_random(SecretKind::Token, [9; 32]);
    let guess = || ask(Method::GET, "/api/v1/me").bearer(&bogus);
    assert_eq!(passed(&world, 70, guess).await, 60);
}

#[tokio::test]
async fn a_token_has_its_burst() {
    let rates = Rates { caller: crate::limit::Rate::new(6, 10), ..Rates::default() };
    let world = World::at("http", "croft.localhost", rates);
    let me = || ask(Method::GET, "/api/v1/me").bearer(&token());
    assert_eq!(passed(&world, 15, me).await, 10);
    assert_eq!(
        world.ask(me().from("192.0.2.99")).await.status,
        429,
        "it is the token that is counted"
    );
}

#[tokio::test]
async fn passwords_are_tried_five_times_a_minute_from_one_address() {
    let world = World::new();
    let sign_in = || {
        ask(Method::POST, "/api/v1/sign-in")
            .with("origin", "http://croft.localhost")
            .json(r#"{"email": "ada@example.com", "password": "wrong"}"#)
    };
    assert_eq!(passed(&world, 7, sign_in).await, 5);
}
