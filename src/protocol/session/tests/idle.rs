//! The realm's idle limit and maximum age: the user is warned, activity in any tab puts the end off, time alone does not.

use super::world::World;
use crate::protocol::record::EndReason;
use crate::protocol::session::{Event, Notice, Status};

const IDLE: i64 = 1_800_000;

fn warnings(world: &World) -> usize {
    world.notices.iter().filter(|notice| **notice == Notice::Expiring).count()
}

fn is_signed_in(world: &World) -> bool {
    matches!(world.session.status(), Status::SignedIn(_))
}

/// The user does something every so many ms.
fn work(world: &mut World, ms: i64, every: i64) {
    for _ in 0..ms / every {
        world.pass(every);
        world.event(Event::Activity);
        world.run();
    }
}

#[test]
fn an_unused_session_warns_once_and_ends() {
    let mut world = World::signed_in("");
    let end = world.session.ends_at().unwrap();
    assert_eq!(end, world.now.wall + IDLE);
    world.pass(IDLE - 60_500);
    assert_eq!((warnings(&world), world.tokens_asked()), (0, 0));
    world.pass(1_000);
    assert_eq!((warnings(&world), is_signed_in(&world)), (1, true));
    world.pass(58_000);
    assert_eq!((warnings(&world), is_signed_in(&world)), (1, true));
    world.pass(4_000);
    assert_eq!(world.session.status(), Status::Ended(EndReason::Idle));
    assert_eq!((warnings(&world), world.tokens_asked()), (1, 0), "Keycloak was asked, which keeps its session alive");
}

#[test]
fn whoever_does_something_after_the_warning_stays() {
    let mut world = World::signed_in("");
    world.pass(IDLE - 30_000);
    assert_eq!(warnings(&world), 1);
    world.event(Event::Activity);
    world.run();
    assert_eq!(world.tokens_asked(), 1);
    assert_eq!(world.session.ends_at().unwrap(), world.now.wall + IDLE);
    world.pass(IDLE - 30_000);
    assert_eq!(warnings(&world), 2);
}

#[test]
fn whoever_works_is_never_warned() {
    // Also where the access token lives as long as the session may be idle.
    for lifetime in [300, 1800] {
        let mut world = World::signed_in("");
        world.server.lifetime = lifetime;
        assert!(world.token(true).is_ok());
        work(&mut world, 8 * 3_600_000, 20_000);
        assert_eq!((warnings(&world), is_signed_in(&world)), (0, true), "{lifetime}");
        let asked = world.tokens_asked();
        assert!(asked <= 8 * 3_600_000 / 200_000, "{asked} requests in eight hours");
    }
}

#[test]
fn an_answer_that_another_tab_stored_puts_the_end_off() {
    let mut world = World::signed_in("");
    world.pass(IDLE - 100_000);
    world.used = world.now.wall;
    world.record = Some(world.record_of_another_tab());
    world.event(Event::RecordChanged);
    world.run();
    world.pass(200_000);
    assert_eq!((warnings(&world), is_signed_in(&world), world.tokens_asked()), (0, true, 0));
    // Also where the word of it got lost.
    world.pass(IDLE - 250_000);
    world.used = world.now.wall;
    world.record = Some(world.record_of_another_tab());
    world.pass(100_000);
    assert_eq!((is_signed_in(&world), world.tokens_asked()), (true, 0));
}

/// A page that asks by a timer, such as one that counts new tickets, does not stand in for a user.
#[test]
fn requests_alone_keep_nothing_alive() {
    for (options, status) in [("", "Ended(Idle)"), (r#","keepAlive":"requests""#, "SignedIn")] {
        let mut world = World::signed_in(options);
        for _ in 0..64 {
            world.pass(30_000);
            let _ = world.token(false);
        }
        let now = format!("{:?}", world.session.status());
        assert!(now.starts_with(status), "{options}: {now}");
        assert_eq!(warnings(&world), usize::from(options.is_empty()));
    }
}

#[test]
fn work_in_another_tab_counts_and_so_does_what_the_front_end_extends() {
    let mut world = World::signed_in("");
    for _ in 0..64 {
        world.pass(30_000);
        world.used = world.now.wall - 5_000;
        assert!(world.token(false).is_ok());
    }
    assert_eq!((warnings(&world), is_signed_in(&world)), (0, true));
    world.pass(IDLE - 40_000);
    assert_eq!((warnings(&world), is_signed_in(&world)), (1, true));
    assert!(world.token(true).is_ok());
    assert_eq!(world.session.ends_at().unwrap(), world.now.wall + IDLE);
    world.pass(IDLE - 70_000);
    assert_eq!((warnings(&world), is_signed_in(&world)), (1, true));
    // A clock that was set back makes no use of then one of now.
    world.used = world.now.wall + 86_400_000;
    world.pass(80_000);
    assert_eq!(world.session.status(), Status::Ended(EndReason::Idle));
}

/// What is noted here is what other tabs go by.
#[test]
fn a_login_and_what_counts_as_use_count_in_all_tabs() {
    for (options, requests) in [(r#","onLoad":"login""#, false), (r#","onLoad":"login","keepAlive":"requests""#, true)]
    {
        let mut world = World::new(options);
        world.used = world.now.wall - 86_400_000;
        world.start(None);
        let callback = world.callback();
        world.reload();
        world.start(Some(&callback));
        assert_eq!(world.used, world.now.wall, "the login counts in this tab only");
        for (fresh, counts) in [(false, requests), (true, true)] {
            world.pass(30_000);
            assert!(world.token(fresh).is_ok());
            assert_eq!(world.used == world.now.wall, counts, "{options} fresh {fresh}");
        }
    }
}

/// A page that loads itself anew by a timer does not stand in for a user either.
#[test]
fn a_page_load_is_no_use() {
    let mut world = World::signed_in("");
    let used = world.now.wall;
    for _ in 0..7 {
        world.pass(240_000);
        assert!(world.token(false).is_ok());
        world.used = used;
        world.reload();
        world.start(None);
    }
    assert!(is_signed_in(&world));
    world.pass(140_000);
    assert_eq!(world.session.status(), Status::Ended(EndReason::Idle));
}

#[test]
fn the_maximum_age_ends_it_whatever_the_user_does() {
    let mut world = World::signed_in("");
    world.server.end = world.now.wall + 2 * IDLE;
    work(&mut world, 2 * IDLE - 10_000, 1_000);
    assert!(is_signed_in(&world));
    let asked = world.tokens_asked();
    assert!(asked < 40, "{asked} requests in an hour");
    world.pass(20_000);
    assert_eq!(world.session.status(), Status::Ended(EndReason::MaxAge));
}

#[test]
fn a_session_whose_end_is_not_known_never_warns() {
    let mut world = World::signed_in("");
    // Offline tokens: `refresh_expires_in` is 0.
    world.server.end = world.now.wall;
    assert!(world.token(true).is_ok());
    assert_eq!(world.session.ends_at(), None);
    world.pass(10 * IDLE);
    assert_eq!((warnings(&world), is_signed_in(&world)), (0, true));
}

/// Where nothing is remembered for all tabs, another one may be in use: then only Keycloak's own limit counts.
#[test]
fn without_a_memory_of_use_a_tab_ends_nothing_by_itself() {
    let mut world = World::signed_in("");
    for _ in 0..16 {
        world.pass(240_000);
        world.used = 0;
        assert!(world.token(false).is_ok());
    }
    assert_eq!((warnings(&world), is_signed_in(&world)), (0, true));
    // The last request made one more refresh.
    world.pass(IDLE + 305_000);
    assert_eq!(world.session.status(), Status::Ended(EndReason::Idle));
}

#[test]
fn a_80_a_clock_that_is_set_forward_ends_no_session_in_use() {
    let mut world = World::signed_in("");
    world.pass(60_000);
    // Used in another tab, and then the clock is set.
    world.used = world.now.wall;
    world.pass(10_000);
    world.now.wall += 3_600_000;
    world.event(Event::Resumed);
    world.run();
    let _ = world.token(true);
    assert!(is_signed_in(&world), "{:?}", world.session.status());
}

#[test]
fn a_80_clocks_that_differ_make_no_hurry() {
    let mut world = World::signed_in("");
    world.now.wall -= 86_400_000;
    world.pass(IDLE - 10_000);
    let mut turns = 0;
    let end = world.now.monotonic + 60_000;
    while let Some(wake) = world.wake
        && wake <= end
    {
        world.pass(wake - world.now.monotonic);
        turns += 1;
        assert!(turns < 100, "a timer at every turn");
    }
}

/// A page that is opened after the clock was set back a little: what is remembered lies ahead.
#[test]
fn a_80_a_clock_that_is_set_back_ends_no_session_of_a_page_that_is_opened() {
    let mut world = World::signed_in("");
    world.pass(60_000);
    world.used = world.now.wall + 2_000;
    world.reload();
    world.start(None);
    assert!(is_signed_in(&world), "{:?}", world.session.status());
}
