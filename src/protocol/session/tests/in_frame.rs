//! A silent login in a frame.

use super::world::{PAGE, World, resolve};
use crate::protocol::ErrorCode;
use crate::protocol::encoding::parse_form;
use crate::protocol::session::{Asked, Effect, Event, Framed, Outcome, Reply, Status};

const CHECK: &str = r#","onLoad":"check""#;

fn query(url: &str, wanted: &str) -> String {
    let query = parse_form(url.split_once('?').unwrap().1).unwrap();
    query.into_iter().find(|(name, _)| name == wanted).map(|(_, value)| value).unwrap()
}

#[test]
fn somebody_who_is_signed_in_at_keycloak_is_signed_in_without_leaving() {
    for storage in ["shared", "memory"] {
        let mut world = World::new(&format!(r#"{CHECK},"storage":"{storage}""#));
        world.in_silent_frame = "code";
        let waiter = world.start(None);
        assert_eq!(world.settled.get(&waiter), Some(&Ok(Reply::Done)));
        assert!(matches!(world.session.status(), Status::SignedIn(_)));
        assert_eq!((world.left.len(), world.frames.len(), world.tokens_asked()), (0, 1, 1));
        assert_eq!(query(&world.frames[0], "prompt"), "none");
        assert!(world.attempts.is_empty() && world.replaced.is_empty() && world.rewritten.is_empty());
        assert_eq!(world.record.is_some(), storage == "shared");
    }
}

#[test]
fn nobody_is_asked_for_once_per_tab() {
    let mut world = World::new(CHECK);
    world.in_silent_frame = "login_required";
    for _ in 0..2 {
        let waiter = world.start(None);
        assert_eq!(world.settled.get(&waiter), Some(&Ok(Reply::Done)));
        assert!(matches!(world.session.status(), Status::SignedOut));
        assert_eq!((world.left.len(), world.frames.len(), world.tokens_asked()), (0, 1, 0));
        world.reload();
    }
    assert!(world.attempts.is_empty());
}

/// X-Frame-Options, a policy, a frame that never comes: one redirect, for which nothing of the frame's is used again.
#[test]
fn what_cannot_be_seen_is_asked_by_one_redirect() {
    let mut world = World::new(CHECK);
    world.framed = Framed::Unknown;
    let waiter = world.start(None);
    assert_eq!(world.settled.get(&waiter), None);
    assert_eq!((world.left.len(), world.frames.len()), (1, 1));
    for name in ["state", "nonce", "code_challenge"] {
        assert_ne!(query(&world.left[0], name), query(&world.frames[0], name), "{name}");
    }
    assert_eq!(query(&world.left[0], "prompt"), "none");
    assert_eq!(world.attempts.keys().cloned().collect::<Vec<_>>(), [query(&world.left[0], "state")]);
    assert_eq!(world.navigations.unwrap().automatic, 1);
}

#[test]
fn a_frame_that_stays_at_keycloak_is_explained_and_nobody_leaves() {
    let mut world = World::new(CHECK);
    world.framed = Framed::Stayed;
    let waiter = world.start(None);
    // The page works without.
    assert_eq!(world.settled.get(&waiter), Some(&Ok(Reply::Done)));
    let told = world.notices.iter().any(|notice| format!("{notice:?}").contains("RedirectUriRefused"));
    assert!(told, "{:?}", world.notices);
    assert!(world.left.is_empty());
}

/// Another attempt's answer, a forged one, half of one.
#[test]
fn a_20_an_answer_to_something_else_is_none() {
    for answer in
        ["code=c&state=otrs-auth.x.1.y&iss=i", "code=c", "access_token=a&state=s", "%", "code=c&code=d&state=s"]
    {
        let mut world = World::new(CHECK);
        world.begin(None);
        world.run_to(|effect| matches!(effect, Effect::AskInFrame(..)));
        let effect = world.hold(|effect| matches!(effect, Effect::AskInFrame(..)));
        let Effect::AskInFrame(flow, _) = effect else { unreachable!() };
        world.event(Event::Done(flow, Outcome::FrameAnswer(answer.to_owned())));
        world.run();
        assert_eq!((world.tokens_asked(), world.left.len()), (0, 1), "{answer}");
    }
}

#[test]
fn only_a_silent_login_nobody_asked_for_is_made_in_a_frame() {
    let mut world = World::new(r#","onLoad":"login""#);
    world.in_silent_frame = "code";
    world.start(None);
    assert_eq!((world.left.len(), world.frames.len()), (1, 0));
    let mut world = World::new("");
    world.in_silent_frame = "code";
    world.start(None);
    world.log_in(&[("prompt", "none")]);
    assert_eq!((world.left.len(), world.frames.len()), (1, 0));
}

#[test]
fn a_refused_code_is_told_and_asked_for_no_second_time() {
    let mut world = World::new(CHECK);
    world.in_silent_frame = "code";
    world.server.token_answer = Some((400, r#"{"error":"invalid_grant"}"#.to_owned()));
    let waiter = world.start(None);
    assert_eq!(world.code_of(waiter), Some(ErrorCode::CodeRefused));
    assert_eq!((world.left.len(), world.frames.len(), world.tokens_asked()), (0, 1, 1));
}

/// What the page wants meanwhile takes the place of the check, whose late answer means nothing.
#[test]
fn a_login_or_log_out_meanwhile_ends_the_check() {
    for log_out in [false, true] {
        let mut world = World::new(CHECK);
        let starter = world.begin(None);
        world.run_to(|effect| matches!(effect, Effect::AskInFrame(..)));
        let effect = world.hold(|effect| matches!(effect, Effect::AskInFrame(..)));
        world.in_silent_frame = "code";
        let waiter = if log_out { world.log_out() } else { world.log_in(&[]) };
        assert_eq!(world.settled.get(&starter), Some(&Ok(Reply::Done)));
        assert_eq!(world.settled.contains_key(&waiter), log_out);
        assert_eq!(world.left.len(), usize::from(!log_out));
        world.finish(effect);
        world.run();
        assert_eq!(world.tokens_asked(), 0);
        assert!(matches!(world.session.status(), Status::SignedOut | Status::SigningIn));
    }
}

#[test]
fn a_session_of_another_tab_meanwhile_disturbs_nothing() {
    let mut world = World::new(CHECK);
    world.in_silent_frame = "code";
    let starter = world.begin(None);
    world.run_to(|effect| matches!(effect, Effect::AskInFrame(..)));
    let effect = world.hold(|effect| matches!(effect, Effect::AskInFrame(..)));
    world.record = Some(world.record_of_another_tab());
    world.event(Event::RecordChanged);
    world.finish(effect);
    world.run();
    assert_eq!(world.settled.get(&starter), Some(&Ok(Reply::Done)));
    assert!(matches!(world.session.status(), Status::SignedIn(_)));
    assert!(world.asked.iter().filter(|asked| **asked == Asked::Tokens).count() <= 1);
}

#[test]
fn sites() {
    let same = |one: &str, two: &str| resolve(one).unwrap().is_same_site(&resolve(two).unwrap());
    let page = PAGE;
    for other in [
        "https://desk.example.com:8443/x",
        "https://iam.example.com",
        "https://example.com",
        "https://a.b.desk.example.com",
    ] {
        assert!(same(page, other) && same(other, page), "{other}");
    }
    for other in [
        "http://iam.example.com",
        "https://iam.example.org",
        "https://example.com.evil.org",
        "https://notexample.com",
        "https://com",
    ] {
        assert!(!same(page, other) && !same(other, page), "{other}");
    }
    assert!(same("http://localhost:3001/", "http://localhost:8080"));
    for (one, two) in [
        ("https://desk.co.uk", "https://iam.co.uk"),
        ("https://co.uk", "https://desk.co.uk"),
        ("http://10.1.2.3", "http://11.1.2.3"),
        ("http://1.2.3.4444", "http://2.3.4444"),
        ("http://desk", "http://iam"),
        ("http://desk.intranet", "http://iam.intranet"),
    ] {
        assert!(!same(one, two), "{one} {two}");
    }
}
