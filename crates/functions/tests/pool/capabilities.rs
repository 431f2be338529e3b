//! What functions are given: by known answers, and by what is refused.

use croft_ports::function_invoker::{Call, Outcome};

use crate::support::{Pool, call, call_with, pool};

/// Each source answers true.
async fn hold(pool: &Pool, sources: &[&str]) {
    for source in sources {
        assert_eq!(pool.text(1, source).await, "true", "{source}");
    }
}

/// Each source throws, and the message says this.
async fn refuse(pool: &Pool, sources: &[(&str, &str)]) {
    for (source, says) in sources {
        match pool.run(call(1, source)).await.outcome {
            Outcome::Threw(error) => assert!(error.message.contains(says), "{source}: {error:?}"),
            other => panic!("{source}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn base64_and_hex() {
    let pool = pool();
    let sources = [
        r#"base64::encode("") == "" && base64::encode("f") == "Zg==" && base64::encode("foob") == "Zm9vYg==""#,
        r#"base64::encode(blob(3, 0xff)) == "////" && base64::encode_url(blob(2, 0xff)) == "__8""#,
        r#"base64::decode_text("Zm9vYg==") == "foob" && base64::decode_text("Zm9vYg") == "foob""#,
        r#"base64::decode_url("__8") == blob(2, 0xff) && base64::decode_url_text("w6Q=") == "ä""#,
        r#"hex::encode("ä") == "c3a4" && hex::decode("00FFff") == hex::decode("00ffFF")"#,
        r#"hex::decode_text("c3a4") == "ä" && hex::decode("").len == 0"#,
    ];
    hold(&pool, &sources).await;
    let refused = [
        (r#"base64::decode("a b=")"#, "not base64"),
        (r#"base64::decode("__8=")"#, "not base64"),
        (r#"base64::decode_text("/w==")"#, "not UTF-8"),
        (r#"hex::decode("abc")"#, "not hex"),
        ("hex::encode(5)", "text or bytes (a blob), not i64"),
    ];
    refuse(&pool, &refused).await;
}

/// Vectors of FIPS 180-2, RFC 4231 (case 2) and RFC 2202 (case 2).
#[tokio::test]
async fn hashes_and_signatures() {
    let pool = pool();
    let sources = [
        r#"hex::encode(hash::sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad""#,
        r#"hex::encode(hash::sha1("abc")) == "a9993e364706816aba3e25717850c26c9cd0d89d""#,
        r#"hex::encode(hash::sha512("abc")).starts_with("ddaf35a193617abacc417349ae204131")"#,
        r#"hash::sha512(hex::decode("616263")) == hash::sha512("abc") && hash::sha512("").len == 64"#,
        r#"hex::encode(hmac::sha256("Jefe", "what do ya want for nothing?")) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843""#,
        r#"hex::encode(hmac::sha1("Jefe", hex::decode(hex::encode("what do ya want for nothing?")))) == "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79""#,
        r#"hex::encode(hmac::sha512("Jefe", "what do ya want for nothing?")).starts_with("164b7a7bfcf819e2e395fbe73b56e0a3")"#,
        // A key longer than a block.
        r#"let key = blob(131, 0xaa); hex::encode(hmac::sha256(key, "Test Using Larger Than Block-Size Key - Hash Key First")).starts_with("60e431591ee0b67f0d8a26aacbf5b77f")"#,
        r#"hmac::equal("abc", hex::decode("616263")) && !hmac::equal("abc", "abd") && !hmac::equal("abc", "ab") && hmac::equal("", "")"#,
    ];
    hold(&pool, &sources).await;
    refuse(&pool, &[(r#"hmac::sha256("k", #{})"#, "not map")]).await;
}

#[tokio::test]
async fn chance() {
    let pool = pool();
    let sources = [
        "let a = uuid::v4(); let b = uuid::v4(); a != b && a.len == 36 && a[14] == '4'",
        "let a = uuid::v7(); sleep(0.002); let b = uuid::v7(); a < b && b[14] == '7'",
        "random::bytes(16) != random::bytes(16) && random::bytes(4096).len == 4096",
        "random::bytes(0).len == 0",
        "let seen = blob(3); for i in 0..200 { seen[random::int(-1, 1) + 1] = 1 } seen == blob(3, 1)",
        "random::int(7, 7) == 7",
        "let least = -9223372036854775807 - 1; random::int(least, 0x7fffffffffffffff); true",
    ];
    hold(&pool, &sources).await;
    let refused = [
        ("random::bytes(4097)", "0 to 4096"),
        ("random::bytes(-1)", "0 to 4096"),
        ("random::int(1, 0)", "low to high"),
    ];
    refuse(&pool, &refused).await;
}

#[tokio::test]
async fn time() {
    let pool = pool();
    let sources = [
        "let now = time::now(); now > 1700000000000 && now < 253402300800000",
        r#"time::format(0) == "1970-01-01T00:00:00Z" && time::format(1732538096789) == "2024-11-25T12:34:56.789Z""#,
        r#"time::format(-1) == "1969-12-31T23:59:59.999Z""#,
        r#"time::format(1732538096789, "%d.%m.%Y %H:%M") == "25.11.2024 12:34""#,
        r#"time::parse("2024-11-25T13:34:56.789+01:00") == 1732538096789"#,
        "time::parse(time::format(-62135596800000)) == -62135596800000",
        r#"time::add(0, 2, "days") == 172800000 && time::add(5, -1, "hour") == -3599995"#,
        r#"time::add(0, 1, "weeks") - time::add(0, 1, "minutes") == 604740000"#,
        "time::parts(1732538096789) == #{ year: 2024, month: 11, day: 25, hour: 12, minute: 34, second: 56, millisecond: 789, weekday: 1 }",
    ];
    hold(&pool, &sources).await;
    let refused = [
        (r#"time::parse("tomorrow")"#, "RFC 3339"),
        ("time::format(0x7fffffffffffffff)", "year 9999"),
        (r#"time::add(0, 0x7fffffffffffffff, "weeks")"#, "year 9999"),
        (r#"time::add(0, -9223372036854775807, "weeks")"#, "year 9999"),
        (r#"time::add(0, 1, "months")"#, "not `months`"),
        (r#"time::format(0, "%Q")"#, "pattern"),
        (r#"let p = ""; p.pad(201, "x"); time::format(0, p)"#, "200 bytes"),
    ];
    refuse(&pool, &refused).await;
}

#[tokio::test]
async fn addresses_and_text() {
    let pool = pool();
    let sources = [
        r#"url::encode("a b/ä~") == "a%20b%2F%C3%A4~" && url::decode("a%20b%2F%C3%A4~+") == "a b/ä~+""#,
        r#"url::parse("HTTPS://me:pw@Example.com/a%20b?x=1#y") == #{ scheme: "https", host: "example.com", port: 443, path: "/a%20b", query: "x=1", fragment: "y" }"#,
        r#"let mail = url::parse("mailto:a@b.example"); mail.host == () && mail.port == () && mail.path == "a@b.example""#,
        r#"url::join("https://a.example/b/c", "../d?e") == "https://a.example/d?e""#,
        r#"url::query(#{ b: "x y", a: [1, "&"], c: true }) == "a=1&a=%26&b=x+y&c=true""#,
        r#"url::parse_query("?a=1&b=x+y&a=2") == #{ a: "2", b: "x y" }"#,
        r#"url::parse_query_all("a=1&b=&a=2") == #{ a: ["1", "2"], b: [""] }"#,
        r#"text::escape_html("<a href=\"x\">'&'") == "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;""#,
        r#"text::slug("  Crème brûlée, 2 ways! ") == "crème-brûlée-2-ways" && text::slug("?!") == """#,
        r#"text::title("don't panic, élan") == "Don't Panic, Élan""#,
        r#"text::lines("a\r\nb\n\nc\n") == ["a", "b", "", "c"]"#,
        r#"text::truncate("abcdef", 4) == "abc…" && text::truncate("äbc", 3) == "äbc" && text::truncate("ab", 0) == """#,
        r#"json::parse("[1, {\"a\": null}]") == [1, #{ a: () }] && json::stringify(#{ a: [(), 1.5, "x"] }) == "{\"a\":[null,1.5,\"x\"]}""#,
        r#"#{ a: "\x01" }.to_json() == "{\"a\":\"\\u0001\"}" && parse_json("{\"a\": [1]}").a[0] == 1"#,
    ];
    hold(&pool, &sources).await;
    let refused = [
        (r#"url::parse("nowhere")"#, "not a URL"),
        (r#"let u = "http://a/"; u.pad(9000, "x"); url::parse(u)"#, "8192 bytes"),
        (r#"url::decode("%ff")"#, "not UTF-8"),
        (r#"let q = ""; q.pad(6000, "&a="); url::parse_query(q)"#, "more than 1000"),
        (r#"json::parse("{")"#, "not JSON"),
        (r#"parse_json("1 + 1")"#, "not JSON"),
        ("json::stringify([|x| x])", "holds a function"),
        ("|x| x", "a function cannot be an answer"),
        ("ctx", "such as ctx"),
        ("#{ a: response(200) }", "a response"),
        (r#"let s = ""; s.pad(200, "["); json::parse(s)"#, "recursion limit"),
        ("let a = 1; for i in 0..200 { a = [a] } json::stringify(a)", "deeper than 128"),
        ("let a = 1; for i in 0..200 { a = #{ a: a } } a", "deeper than 128"),
    ];
    refuse(&pool, &refused).await;
}

#[tokio::test]
async fn cookies_and_forms_of_a_request() {
    let pool = pool();
    let ask = async |source: &str, headers: &[(&str, &str)], body: &'static [u8]| {
        let change = |call: &mut Call| {
            let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
            call.request.headers = headers.iter().map(own).collect();
            call.request.body = body.into();
        };
        crate::support::text(&pool.run(call_with(1, source, change)).await)
    };
    let cookies = [("cookie", "a=1; b=\"x y\"; a=2; odd"), ("cookie", "c=d=e")];
    let expected = r#"{"a":"1","b":"x y","c":"d=e"}"#;
    assert_eq!(ask("ctx.cookies", &cookies, b"").await, expected);
    let form = b"name=Ada+L&tag=x&tag=%26";
    assert_eq!(ask("ctx.form", &[], form).await, r#"{"name":"Ada L","tag":"&"}"#);
    assert_eq!(ask("ctx.form_all", &[], form).await, r#"{"name":["Ada L"],"tag":["x","&"]}"#);
    assert_eq!(ask("[ctx.json, ctx.cookies, ctx.form]", &[], b"").await, "[null,{},{}]");
}

#[tokio::test]
async fn cookies_and_redirects_of_an_answer() {
    let pool = pool();
    let ask = async |source: &str| {
        let Outcome::Returned(response) = pool.run(call(1, source)).await.outcome else {
            panic!("{source}")
        };
        let headers: Vec<_> = response.headers.iter().map(|(n, v)| format!("{n}: {v}")).collect();
        (response.status, headers.join("\n"))
    };
    for (source, status, headers) in [
        (r#"redirect("/a", 308)"#, 308, "location: /a"),
        (
            r#"response(200).cookie("a", "1")"#,
            200,
            "set-cookie: a=1; Path=/; HttpOnly; SameSite=Lax",
        ),
        (
            r#"let r = html("x"); r.cookie("__Host-a", "1", #{ secure: true, same_site: "Strict" });
               r.cookie("b", "", #{ path: "/b", domain: "a.test", max_age: 0, http_only: false });
               r.status(201).content_type("text/x-odd")"#,
            201,
            "set-cookie: __Host-a=1; Path=/; Secure; HttpOnly; SameSite=Strict\n\
             set-cookie: b=; Path=/b; Domain=a.test; Max-Age=0; SameSite=Lax\n\
             content-type: text/x-odd",
        ),
        (r#"html("x").header("Content-Type", "text/plain")"#, 200, "content-type: text/plain"),
        (r#"response(200, #{}, #{ "x-a": 5 })"#, 200, "x-a: 5\ncontent-type: application/json"),
    ] {
        assert_eq!(ask(source).await, (status, headers.to_owned()), "{source}");
    }
    let refused = [
        (r#"response(200).cookie("a b", "1")"#, "not a cookie's name"),
        (r#"response(200).cookie("", "1")"#, "not a cookie's name"),
        (r#"response(200).cookie("a", "1; Domain=evil")"#, "url::encode"),
        (r#"response(200).cookie("a", "1\r\nx: y")"#, "url::encode"),
        (r#"response(200).cookie("a", "1", #{ path: "/; Domain=evil" })"#, "`path` is visible"),
        (r#"response(200).cookie("a", "1", #{ same_site: "none" })"#, "secure: true"),
        (r#"response(200).cookie("a", "1", #{ same_site: "no" })"#, "same_site"),
        (r#"response(200).cookie("__Host-a", "1")"#, "secure: true"),
        (r#"response(200).cookie("__Secure-a", "1")"#, "secure: true"),
        (r#"response(200).cookie("a", "1", #{ max_age: "1" })"#, "whole seconds"),
        (r#"response(200).cookie("a", "1", #{ httponly: true })"#, "no option `httponly`"),
        (r#"let v = ""; v.pad(4096, "x"); response(200).cookie("a", v)"#, "4096 bytes"),
        (r#"redirect("/a", 200)"#, "between 300 and 399"),
        (r#"redirect("/a\r\nb: c")"#, "characters a header may not have"),
        ("response(199)", "between 200 and 599"),
        (r#"html("").status(600)"#, "between 200 and 599"),
    ];
    refuse(&pool, &refused).await;
}

#[tokio::test]
async fn what_is_made_of_a_request_is_bounded() {
    let pool = pool();
    let large = |n: usize| {
        move |call: &mut Call| {
            call.request.query = "a&".repeat(n);
            call.request.body = "[],".repeat(n).into();
        }
    };
    for source in ["ctx.query", "ctx.query_all", "ctx.form", "ctx.form_all"] {
        let outcome = pool.run(call_with(1, source, large(1001))).await.outcome;
        let threw = matches!(&outcome, Outcome::Threw(error) if error.message.contains("fields"));
        assert!(threw || source.starts_with("ctx.form"), "{source}: {outcome:?}");
    }
    for source in ["ctx.json", "ctx.form", "ctx.body", "ctx.body_blob"] {
        let outcome = pool.run(call_with(1, source, large(400_000))).await.outcome;
        let exceeded = croft_model::function::Exceeded::Size;
        assert_eq!(outcome, Outcome::Exceeded(exceeded), "{source}");
    }
}
