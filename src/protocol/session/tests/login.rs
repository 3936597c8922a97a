//! From the page to Keycloak and back.

use super::world::{ISSUER, PAGE, World};
use crate::protocol::ErrorCode;
use crate::protocol::rsa::test_key;
use crate::protocol::session::{Access, Asked, Effect, Notice, Place, Reply, Status};

#[test]
fn login_and_back() {
    let world = World::signed_in(r#","onLoad":"login""#);
    assert!(world.in_turn, "tabs leave for a login one after the other");
    let Status::SignedIn(profile) = world.session.status() else { panic!() };
    assert_eq!(profile.user.get("login"), Some("root@localhost"));
    assert_eq!(profile.roles, ["Agent", "Ärzte"]);
    assert!(world.record.is_some());
    assert_eq!(world.navigations.unwrap().automatic, 0);
}

#[test]
fn the_token_request_is_alone_on_the_critical_path() {
    let mut world = World::new(r#","onLoad":"login""#);
    world.start(None);
    let callback = world.callback();
    world.asked.clear();
    world.reload();
    world.start(Some(&callback));
    assert_eq!(world.asked, [Asked::Tokens]);
}

#[test]
fn c_60_old_keys_that_come_late_refuse_no_login() {
    let mut world = World::new(r#","onLoad":"login""#);
    world.start(None);
    let callback = world.callback();
    world.reload();
    // A store that takes its time, and keeps what the realm signed with before.
    world.keys = Some(format!(r#"{{"keys":[{{"kid":"old","kty":"RSA","n":"{}","e":"AQAB"}}]}}"#, test_key::OTHER_N));
    let waiter = world.begin(Some(&callback));
    let read = world.hold(|effect| matches!(effect, Effect::Store(_, Place::Keys, Access::Read)));
    world.run_to(|effect| matches!(effect, Effect::Send(_, Asked::Keys, _)));
    world.finish(read);
    world.run();
    assert_eq!(world.settled[&waiter], Ok(Reply::Done));
    assert_eq!(world.asked.iter().filter(|asked| **asked == Asked::Keys).count(), 2);
}

#[test]
fn a_80_keys_that_come_before_the_time_refuse_no_login() {
    let mut world = World::new(r#","onLoad":"login""#);
    world.start(None);
    let callback = world.callback();
    world.reload();
    world.server.ahead = 3_600_000;
    let waiter = world.begin(Some(&callback));
    let read = world.hold(|effect| matches!(effect, Effect::Store(_, Place::Keys, Access::Read)));
    world.run_to(|effect| matches!(effect, Effect::Send(_, Asked::Time, _)));
    world.finish(read);
    world.run();
    assert_eq!(world.settled[&waiter], Ok(Reply::Done));
}

#[test]
fn a_refused_code_is_no_trouble_where_another_tab_is_signed_in() {
    for other_tab in [true, false] {
        let mut world = World::new(r#","onLoad":"login""#);
        world.start(None);
        let callback = world.callback();
        world.reload();
        world.server.token_answer = Some((400, r#"{"error":"invalid_grant"}"#.to_owned()));
        world.record = other_tab.then(|| world.record_of_another_tab());
        let waiter = world.start(Some(&callback));
        let refused = (!other_tab).then_some(ErrorCode::CodeRefused);
        assert_eq!(world.code_of(waiter), refused);
        assert_eq!(matches!(world.session.status(), Status::SignedIn(_)), other_tab);
        assert!(!world.notices.iter().any(|notice| matches!(notice, Notice::Error(_))));
    }
}

#[test]
fn reload_asks_keycloak_nothing() {
    let mut world = World::signed_in(r#","onLoad":"login""#);
    world.reload();
    let waiter = world.start(None);
    assert_eq!(world.settled[&waiter], Ok(Reply::Done));
    assert!(world.asked.is_empty());
}

#[test]
fn c_20_unknown_state_leads_to_no_request_and_leaves_the_session() {
    let mut world = World::signed_in("");
    world.reload();
    let tag = world.session.config().tag();
    let waiter = world.start(Some(&format!("code=x&state=otrs-auth.{tag}.forged&iss={ISSUER}")));
    assert!(world.asked.is_empty());
    assert_eq!(world.settled[&waiter], Ok(Reply::Done));
    assert!(matches!(world.session.status(), Status::SignedIn(_)));
    // Only once the page can listen.
    assert!(!world.notices.iter().any(|notice| matches!(notice, Notice::Error(_))));
    world.pass(1);
    world.notices.retain(|notice| matches!(notice, Notice::Error(_)));
    assert!(matches!(&world.notices[..], [Notice::Error(error), ..] if error.code() == ErrorCode::CallbackUnsolicited));
}

#[test]
fn c_20_unknown_state_without_a_session_is_an_error_and_never_a_navigation() {
    let mut world = World::new(r#","onLoad":"login""#);
    let waiter = world.start(Some(&format!("code=x&state=otrs-auth.abc.forged&iss={ISSUER}")));
    assert_eq!(world.code_of(waiter), Some(ErrorCode::CallbackUnsolicited));
    assert!(world.left.is_empty() && world.asked.is_empty());
}

#[test]
fn c_28_a_callback_works_once() {
    let mut world = World::new(r#","onLoad":"login""#);
    world.start(None);
    let callback = world.callback();
    world.reload();
    world.start(Some(&callback));
    let before = world.tokens_asked();
    world.reload();
    let waiter = world.start(Some(&callback));
    assert_eq!(world.tokens_asked(), before);
    assert_eq!(world.settled[&waiter], Ok(Reply::Done));
    assert!(matches!(world.session.status(), Status::SignedIn(_)));
}

fn refusal_of(answer: impl Fn(&str) -> String) -> (World, ErrorCode) {
    let mut world = World::new(r#","onLoad":"login""#);
    world.start(None);
    let callback = world.callback();
    world.reload();
    let waiter = world.start(Some(&answer(&callback)));
    let code = world.code_of(waiter).expect("refused");
    (world, code)
}

#[test]
fn c_22_c_23_the_issuer_is_checked_before_any_request() {
    let other = |text: &str| text.replace(ISSUER, "https://iam.example.com/realms/other");
    let missing = |text: &str| text.replace(&format!("&iss={ISSUER}"), "");
    for ((world, code), expected) in [
        (refusal_of(other), ErrorCode::CallbackIssuerMismatch),
        (refusal_of(missing), ErrorCode::CallbackIssuerMissing),
    ] {
        assert_eq!(code, expected);
        assert_eq!(world.tokens_asked(), 0);
    }
}

#[test]
fn c_26_c_27_malformed_answers_are_refused() {
    for extra in ["&code=d", "&error=access_denied", "&access_token=t", "&id_token=t", "&iss=x", "&state=y", "&x=%ff"] {
        let (world, code) = refusal_of(|text| format!("{text}{extra}"));
        assert_eq!(code, ErrorCode::CallbackMalformed, "{extra}");
        assert_eq!(world.tokens_asked(), 0);
    }
}

#[test]
fn errors_of_keycloak_have_their_own_codes() {
    for (error, expected) in [
        ("access_denied", ErrorCode::LoginDenied),
        ("invalid_scope", ErrorCode::ScopeRefused),
        ("login_required", ErrorCode::LoginRequired),
        ("unauthorized_client", ErrorCode::LoginRefused),
        ("server_error", ErrorCode::ServerError),
    ] {
        let (world, code) = refusal_of(|text| text.replace("code=c", &format!("error={error}")));
        assert_eq!(code, expected);
        assert_eq!(world.left.len(), 1, "an error never navigates by itself");
    }
}

#[test]
fn a_21_an_expired_authentication_is_tried_once_more_by_itself() {
    let mut world = World::new(r#","onLoad":"login""#);
    for expected in [2, 2] {
        if world.left.is_empty() {
            world.start(None);
        }
        let answer = world
            .callback()
            .replace("code=c", "error=temporarily_unavailable&error_description=authentication_expired");
        world.reload();
        let waiter = world.start(Some(&answer));
        assert_eq!(world.left.len(), expected);
        if let Some(code) = world.code_of(waiter) {
            assert_eq!(code, ErrorCode::LoginLoop);
        }
    }
}

#[test]
fn c_47_forged_id_tokens_are_refused_and_leave_nothing() {
    for (name, value, expected) in [
        ("nonce", r#""other""#, ErrorCode::IdTokenNonce),
        ("iss", r#""https://evil.example""#, ErrorCode::IdTokenIssuer),
        ("aud", r#""other""#, ErrorCode::IdTokenAudience),
        ("azp", r#""other""#, ErrorCode::IdTokenAudience),
        ("exp", "1", ErrorCode::IdTokenExpired),
        ("at_hash", r#""AAAA""#, ErrorCode::IdTokenAccessTokenHash),
        ("sub", "7", ErrorCode::IdTokenSubject),
    ] {
        let mut world = World::new(r#","onLoad":"login""#);
        world.server.claims.push((name, value.to_owned()));
        world.start(None);
        let callback = world.callback();
        world.reload();
        let waiter = world.start(Some(&callback));
        assert_eq!(world.code_of(waiter), Some(expected), "{name}");
        assert_eq!((world.record.clone(), world.left.len()), (None, 1), "{name}");
    }
}

#[test]
fn a_80_a_wrong_clock_locks_nobody_out() {
    for hours in [-24, -1, 1, 24] {
        let mut world = World::new(r#","onLoad":"login""#);
        world.server.ahead = hours * 3_600_000;
        world.start(None);
        let callback = world.callback();
        world.reload();
        let waiter = world.start(Some(&callback));
        assert_eq!(world.settled[&waiter], Ok(Reply::Done), "{hours} h");
        assert!(world.asked.contains(&Asked::Time));
        assert_eq!(world.session.expires_at(), Some(world.now.wall + 300_000));
    }
}

#[test]
fn a_missing_web_origin_is_told_from_a_server_that_is_down() {
    for (hidden, down, expected) in
        [(true, false, ErrorCode::WebOriginMissing), (false, true, ErrorCode::KeycloakUnreachable)]
    {
        let mut world = World::new(r#","onLoad":"login""#);
        world.start(None);
        let callback = world.callback();
        world.reload();
        (world.server.hidden, world.server.down) = (hidden, down);
        let waiter = world.start(Some(&callback));
        assert_eq!(world.code_of(waiter), Some(expected));
    }
}

#[test]
fn a_token_request_that_got_lost_is_not_put_down_to_the_set_up() {
    let mut world = World::new(r#","onLoad":"login""#);
    world.start(None);
    let callback = world.callback();
    world.reload();
    world.lose_tokens = true;
    let waiter = world.start(Some(&callback));
    assert_eq!(world.code_of(waiter), Some(ErrorCode::KeycloakUnreachable));
}

#[test]
fn a_12_without_the_role_there_is_no_access_and_no_token() {
    let mut world = World::new(r#","onLoad":"login""#);
    world.server.roles = r#"["Agents","agent"]"#;
    world.start(None);
    let callback = world.callback();
    world.reload();
    world.start(Some(&callback));
    let Status::NoAccess(_, problem) = world.session.status() else { panic!() };
    assert_eq!((problem.code(), problem.subject()), (ErrorCode::RoleMissing, "Agent"));
    assert_eq!(world.token(false).unwrap_err().code(), ErrorCode::RoleMissing);
    assert_eq!(world.left.len(), 1);
}

#[test]
fn back_to_the_very_page() {
    for (target, rewritten, replaced) in [
        ("https://desk.example.com/agent/#/ticket/1", 1, 0),
        ("https://desk.example.com/agent/ticket/42?a=1;b#c", 0, 1),
        (PAGE, 0, 0),
    ] {
        let mut world = World::new("");
        world.start(None);
        world.log_in(&[("returnTo", target)]);
        let callback = world.callback();
        world.reload();
        let waiter = world.start(Some(&callback));
        assert_eq!((world.rewritten.len(), world.replaced.len()), (rewritten, replaced), "{target}");
        if let Some(url) = world.rewritten.iter().chain(&world.replaced).next() {
            assert_eq!(url, target);
        }
        // While the browser leaves for the page, the promise waits; should it not leave, the session is there.
        assert_eq!(world.settled.contains_key(&waiter), replaced == 0);
        world.pass(60_000);
        assert_eq!(world.settled[&waiter], Ok(Reply::Done));
    }
}

#[test]
fn a_20_a_poisoned_return_address_is_not_followed() {
    let mut world = World::new(r#","onLoad":"login""#);
    world.start(None);
    let callback = world.callback();
    for text in world.attempts.values_mut() {
        *text = text.replace("desk.example.com%2Fagent%2F&created", "evil.example%2F&created");
        assert!(text.contains("evil.example"));
    }
    world.reload();
    let waiter = world.start(Some(&callback));
    assert_eq!(world.settled[&waiter], Ok(Reply::Done));
    assert!(world.replaced.is_empty() && world.rewritten.is_empty());
}
