//! Signed in once, and for long.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use chrono::TimeDelta;
use newsdesk::bluesky::{Account, Purpose, SignedOut, XrpcError};
use newsdesk::config::{Secret, SecretSource};

use super::{LOGIN, Line, RENEW, bytes_of, create, post};
use crate::support::bluesky::{Bluesky, Fault, What};

#[tokio::test]
async fn a_session_is_kept_over_restarts_for_its_owner_alone() {
    let line = Line::new().await;
    let account = line.open().await;
    assert_eq!(
        (account.did().as_str(), account.handle()),
        (line.desk.did.as_str(), line.desk.handle.clone())
    );
    account.apply(&[create(1, post("one"))], Purpose::Story).await.unwrap();
    drop(account);
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let file = line.session_file();
    assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
    let text = String::from_utf8(bytes_of(&file)).unwrap();
    assert!(!text.contains(&line.desk.app_password), "a password is never written down");

    // Nothing is asked before there is something to do, not even the password.
    let mut again = line.settings.clone();
    again.password = None;
    let account = Account::open(again, line.store.clone(), line.clock.clone()).await.unwrap();
    account.apply(&[create(2, post("two"))], Purpose::Story).await.unwrap();
    assert_eq!((line.logins(), line.proxy.calls(RENEW)), (1, 0));
    let info = account.session_info().await.unwrap();
    assert_eq!((info.logins, info.points_hour, info.points_day), (1, 6, 6));
    assert!(info.app_password && !info.messages, "{info:?}");
    let shown = format!("{account:?} {info:?} {:?}", line.settings);
    let kept: serde_json::Value = serde_json::from_str(&text).unwrap();
    let secrets = [&kept["access"], &kept["refresh"]].map(|token| token.as_str().unwrap());
    for secret in secrets.into_iter().chain([line.desk.app_password.as_str()]) {
        assert!(secret.len() > 10 && !shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn a_handle_leads_to_its_server_once() {
    let mut line = Line::new().await;
    line.settings.service = None;
    line.settings.name = format!("@{}", line.desk.handle.to_uppercase());
    let account = line.open().await;
    assert_eq!(account.did().as_str(), line.desk.did);
    assert_eq!(account.session_info().await.unwrap().server, line.desk.service);

    // Nobody is there to be asked any more.
    line.settings.resolver = "http://127.0.0.1:1".parse().unwrap();
    line.settings.plc = "http://127.0.0.1:1".parse().unwrap();
    let account = line.open().await;
    assert_eq!(account.cid_at("app.bsky.feed.post", "3kaaaaaaaaa2a").await.unwrap(), None);
    assert!(account.describe_server().await.unwrap().handle_domains.contains(&".test".to_owned()));

    let mut nobody = line.settings.clone();
    nobody.name = "nobody-at-all.test".to_owned();
    nobody.resolver = line.bluesky.pds().parse().unwrap();
    let err = Account::open(nobody, line.store.clone(), line.clock.clone()).await.unwrap_err();
    assert!(matches!(err, XrpcError::SignedOut(SignedOut::Identity(_))), "{err}");
    assert!(err.to_string().contains("no account has the handle `nobody-at-all.test`"), "{err}");
}

#[tokio::test]
async fn a_session_is_renewed_before_it_ends_whatever_our_clock_shows() {
    let bluesky = Bluesky::connect().await;
    let pds = bluesky.own_pds(false).await;
    let desk = pds.account("desk").await;
    let line = Line::of(bluesky, desk).await;
    // We believe it is ten years later than it is.
    line.later(TimeDelta::days(3650));
    let account = line.open().await;
    for (minutes, renewals) in [(0, 0), (109, 0), (2, 1), (109, 1), (2, 2)] {
        line.later(TimeDelta::minutes(minutes));
        pds.advance(Duration::from_mins(minutes.unsigned_abs())).await;
        assert_eq!(account.cid_at("app.bsky.feed.post", "3kaaaaaaaaa2a").await.unwrap(), None);
        assert_eq!(line.proxy.calls(RENEW), renewals, "after {minutes} minutes more");
    }
    // The server's clock jumps ahead: it calls a token expired that we think holds.
    pds.advance(Duration::from_hours(3)).await;
    account.apply(&[create(1, post("in time"))], Purpose::Story).await.unwrap();
    assert_eq!((line.logins(), line.proxy.calls(RENEW)), (1, 3));
    assert_eq!(account.session_info().await.unwrap().points_hour, 3, "sent twice, done once");
}

#[tokio::test]
async fn many_callers_renew_once() {
    let line = Line::new().await;
    let account = line.open().await;
    line.later(TimeDelta::minutes(115));
    let calls = (0..20).map(|_| account.cid_at("app.bsky.feed.post", "3kaaaaaaaaa2a"));
    for answer in futures_util::future::join_all(calls).await {
        assert_eq!(answer.unwrap(), None);
    }
    assert_eq!(line.proxy.calls(RENEW), 1);
}

#[tokio::test]
async fn a_crash_between_renewal_and_file_costs_no_login_within_the_grace() {
    let bluesky = Bluesky::connect().await;
    let pds = bluesky.own_pds(false).await;
    let desk = pds.account("desk").await;
    let line = Line::of(bluesky, desk).await;
    let account = line.open().await;
    let before = bytes_of(&line.session_file());
    line.later(TimeDelta::minutes(115));
    pds.advance(Duration::from_mins(115)).await;
    account.cid_at("app.bsky.feed.post", "3kaaaaaaaaa2a").await.unwrap();
    assert_ne!(bytes_of(&line.session_file()), before);

    // As if it had ended before the new one was written.
    drop(account);
    std::fs::write(line.session_file(), &before).unwrap();
    line.later(TimeDelta::hours(1));
    pds.advance(Duration::from_hours(1)).await;
    let account = line.open().await;
    account.cid_at("app.bsky.feed.post", "3kaaaaaaaaa2a").await.unwrap();
    assert_eq!((line.logins(), line.proxy.calls(RENEW)), (1, 2));

    // After the grace the old one is worth nothing, and a login is due.
    drop(account);
    std::fs::write(line.session_file(), &before).unwrap();
    line.later(TimeDelta::hours(3));
    pds.advance(Duration::from_hours(3)).await;
    line.open().await.cid_at("app.bsky.feed.post", "3kaaaaaaaaa2a").await.unwrap();
    assert_eq!((line.logins(), line.proxy.calls(RENEW)), (2, 3));
}

#[tokio::test]
async fn a_server_that_is_down_costs_no_session() {
    let bluesky = Bluesky::connect().await;
    let pds = bluesky.own_pds(false).await;
    let desk = pds.account("desk").await;
    let line = Line::of(bluesky, desk).await;
    let account = line.open().await;

    // There is time left: the old token serves, and the renewal is not tried at every call.
    let down = line.proxy.fault(Fault::new(What::Status(503)).on(RENEW).times(1000));
    line.later(TimeDelta::minutes(115));
    for _ in 0..5 {
        account.cid_at("app.bsky.feed.post", "3kaaaaaaaaa2a").await.unwrap();
    }
    assert_eq!(down.hits(), 1);
    // Now there is none. What was to be written was certainly not.
    line.later(TimeDelta::minutes(6));
    let err = account.apply(&[create(1, post("one"))], Purpose::Story).await.unwrap_err();
    assert!(matches!(err, XrpcError::NeverSent { .. }), "{err}");
    assert!(line.try_open().await.is_ok(), "opening asks nobody");
    down.stop();
    pds.stop().await;
    let err = account.apply(&[create(1, post("one"))], Purpose::Story).await.unwrap_err();
    assert!(matches!(err, XrpcError::NeverSent { .. }), "{err}");
    assert_eq!(account.session_info().await.unwrap().points_hour, 0, "what never left costs nothing");
    pds.start().await;
    account.apply(&[create(1, post("one"))], Purpose::Story).await.unwrap();
    assert_eq!(line.logins(), 1);
}

#[tokio::test]
async fn what_reached_nobody_was_not_done_and_costs_nothing() {
    let bluesky = Bluesky::connect().await;
    let pds = bluesky.own_pds(false).await;
    let desk = pds.account("desk").await;
    let mut line = Line::of(bluesky, desk).await;
    line.settings.service = Some(pds.url().parse().unwrap());
    line.open().await;
    // Without a connection that is still open from the login.
    let account = line.open().await;
    pds.stop().await;
    let err = account.apply(&[create(1, post("one"))], Purpose::Story).await.unwrap_err();
    assert!(matches!(err, XrpcError::NeverSent { .. }), "{err}");
    assert_eq!(account.session_info().await.unwrap().points_hour, 0);
    pds.start().await;
    account.apply(&[create(1, post("one"))], Purpose::Story).await.unwrap();
    assert_eq!(account.session_info().await.unwrap().points_hour, 3);
}

#[tokio::test]
async fn a_revoked_password_is_tried_once_and_a_new_one_is_taken() {
    let line = Line::new().await;
    let account = line.open().await;
    line.bluesky.revoke(&line.desk).await;
    line.later(TimeDelta::hours(2));
    for _ in 0..3 {
        let err = account.apply(&[create(1, post("one"))], Purpose::Story).await.unwrap_err();
        assert_eq!(err, XrpcError::SignedOut(SignedOut::Password));
        assert!(err.to_string().contains("newsdesk bluesky login"), "{err}");
    }
    assert_eq!(line.logins(), 2, "the first, and one to see whether the password is still good");
    line.later(TimeDelta::hours(24));
    account.profile().await.unwrap_err();
    account.profile().await.unwrap_err();
    assert_eq!(line.logins(), 3, "a suspension may have ended meanwhile");

    // Somebody signs in elsewhere: this process goes on with that.
    let mut mended = line.settings.clone();
    mended.password = Some(SecretSource::Inline(Secret::new(&line.desk.password)));
    let other = Account::sign_in(mended, line.store.clone(), line.clock.clone()).await.unwrap();
    assert!(!other.session_info().await.unwrap().app_password);
    account.apply(&[create(1, post("one"))], Purpose::Story).await.unwrap();
    assert_eq!(line.logins(), 4);
}

#[tokio::test]
async fn who_is_asked_to_wait_before_the_next_login_waits() {
    let line = Line::new().await;
    let account = line.open().await;
    for method in [RENEW, LOGIN] {
        line.later(TimeDelta::hours(2));
        let before = line.proxy.calls(method);
        line.proxy.fault(Fault::new(What::TooMany(Duration::from_mins(30))).on(method));
        if method == LOGIN {
            line.bluesky.revoke(&line.desk).await;
        }
        for _ in 0..3 {
            let err = account.profile().await.unwrap_err();
            assert_eq!(err, XrpcError::RateLimited { after: Duration::from_mins(30) }, "{method}");
        }
        assert_eq!(line.proxy.calls(method), before + 1);
        line.later(TimeDelta::minutes(30));
        let answer = account.profile().await;
        assert_eq!(answer.is_ok(), method == RENEW, "{answer:?}");
        assert_eq!(line.proxy.calls(method), before + 2);
    }
}

#[tokio::test]
async fn accounts_that_may_do_nothing_say_why() {
    let line = Line::new().await;
    let account = line.open().await;
    line.bluesky.take_down(&line.desk).await;
    let err = account.apply(&[create(1, post("one"))], Purpose::Story).await.unwrap_err();
    assert_eq!(err, XrpcError::SignedOut(SignedOut::TakenDown));
    // The same when the session has to be renewed.
    line.later(TimeDelta::hours(2));
    let err = account.apply(&[create(1, post("one"))], Purpose::Story).await.unwrap_err();
    assert_eq!(err, XrpcError::SignedOut(SignedOut::TakenDown));
    assert_eq!(line.logins(), 1, "it is not tried with the password");
    line.bluesky.put_back(&line.desk).await;
    account.apply(&[create(1, post("one"))], Purpose::Story).await.unwrap();
    assert_eq!(line.logins(), 2, "taking down ended the session for good");

    line.bluesky.deactivate(&line.desk).await;
    let err = account.apply(&[create(2, post("two"))], Purpose::Story).await.unwrap_err();
    assert_eq!(err, XrpcError::SignedOut(SignedOut::Deactivated));
    line.bluesky.activate(&line.desk).await;
    account.apply(&[create(2, post("two"))], Purpose::Story).await.unwrap();
}

#[tokio::test]
async fn ten_logins_a_day_and_no_more() {
    let line = Line::new().await;
    let down = line.proxy.fault(Fault::new(What::Status(503)).on(LOGIN).times(1000));
    for minute in 0..10 {
        line.later(TimeDelta::minutes(i64::from(minute > 0)));
        let err = line.try_open().await.unwrap_err();
        assert!(matches!(err, XrpcError::NeverSent { .. }), "{err}");
    }
    down.stop();
    let err = line.try_open().await.unwrap_err();
    assert_eq!(err.wait(), Some(Duration::from_mins(24 * 60 - 9)));
    assert!(err.to_string().contains("the next is possible in 1431 min"), "{err}");
    assert_eq!(line.logins(), 10, "counted over restarts, whatever became of them");
    line.later(TimeDelta::minutes(24 * 60 - 9));
    line.open().await;
    assert_eq!(line.logins(), 11);
}

#[tokio::test]
async fn a_login_that_cannot_be_noted_is_not_made() {
    let mut line = Line::new().await;
    let in_the_way = line.folder.path().join("a file");
    std::fs::write(&in_the_way, "").unwrap();
    line.settings.folder = in_the_way.join("sessions");
    let err = line.try_open().await.unwrap_err();
    assert!(matches!(err, XrpcError::SignedOut(SignedOut::File(_))), "{err}");
    assert_eq!(line.logins(), 0);
}

#[tokio::test]
async fn a_week_of_hourly_restarts_needs_one_login() {
    let bluesky = Bluesky::connect().await;
    let pds = bluesky.own_pds(true).await;
    let desk = pds.account("desk").await;
    let line = Line::of(bluesky, desk).await;
    for hour in 0..7 * 24 {
        let account = line.open().await;
        account.apply(&[create(hour, post("the news of this hour"))], Purpose::Story).await.unwrap();
        line.later(TimeDelta::hours(1));
        pds.advance(Duration::from_hours(1)).await;
    }
    assert_eq!(line.logins(), 1);
    assert_eq!(line.proxy.calls(RENEW), 83, "every other hour, from the second on");
    assert_eq!(line.proxy.answered(RENEW, 429), 0);
}
