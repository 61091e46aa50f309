//! Tests of every pair of statuses, and of the requirements of each transition.

use super::*;

/// All statuses, in the order of the columns below.
const ALL: [LinkStatus; 13] = [
    Planned,
    Draft,
    Requested,
    UnderReview,
    Rejected,
    Approved,
    Testing,
    Active,
    Suspended,
    Migrating,
    Expired,
    Revoked,
    Retired,
];

#[test]
fn every_pair_of_states_is_a_step_or_refused_with_those_that_are() {
    #[rustfmt::skip]
    let table = [
        //             PL DR RQ UR RJ AP TE AC SU MI EX RV RT
        (Planned,     "·  ·  x  ·  ·  ·  ·  ·  ·  ·  ·  ·  x"),
        (Draft,       "·  ·  x  ·  ·  ·  ·  ·  ·  ·  ·  ·  x"),
        (Requested,   "·  ·  ·  x  ·  ·  ·  ·  ·  ·  ·  ·  x"),
        (UnderReview, "·  ·  ·  ·  x  x  ·  ·  ·  ·  ·  ·  x"),
        (Rejected,    "·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·"),
        (Approved,    "·  ·  ·  ·  ·  ·  x  ·  ·  ·  ·  ·  x"),
        (Testing,     "·  ·  ·  ·  ·  x  ·  x  ·  ·  ·  ·  x"),
        (Active,      "·  ·  ·  ·  ·  ·  ·  ·  x  x  x  x  x"),
        (Suspended,   "·  ·  ·  ·  ·  ·  ·  x  ·  ·  x  x  x"),
        (Migrating,   "·  ·  ·  ·  ·  ·  ·  x  x  ·  ·  ·  ·"),
        (Expired,     "·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·"),
        (Revoked,     "·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·"),
        (Retired,     "·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·  ·"),
    ];
    assert_eq!(table.map(|(from, _)| from), ALL);
    let mut pairs = 0;
    for (from, row) in table {
        let marks: Vec<bool> = row.split_whitespace().map(|mark| mark == "x").collect();
        assert_eq!(marks.len(), ALL.len());
        let follow: Vec<String> = ALL.iter().zip(&marks).filter(|(_, may)| **may).map(|(to, _)| to.word()).collect();
        assert_eq!(follow.is_empty(), ENDED.contains(&from), "{from:?}");
        for (to, may) in ALL.into_iter().zip(marks) {
            pairs += 1;
            let told = check_step(from, to);
            assert_eq!(told.is_ok(), may, "{from:?} {to:?}");
            let Err(refusal) = told else { continue };
            assert_eq!(refusal.code, Code::Conflict);
            let mut named = refusal.allowed.expect("the steps that are");
            named.sort_unstable();
            let mut follow = follow.clone();
            follow.sort_unstable();
            assert_eq!(named, follow, "{from:?} {to:?}");
            assert!(follow.iter().all(|word| refusal.message.text(Locale::En).contains(word)), "{:?}", refusal.message);
        }
    }
    assert_eq!(pairs, 169);
}

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

#[test]
fn the_last_day_is_the_last_on_which_it_operates() {
    let on = |status, today| standing(status, Some(day("2026-01-15")), day(today));
    for status in ALL {
        let after = if EXPIRING.contains(&status) { Expired } else { status };
        assert_eq!(on(status, "2026-01-15"), status);
        assert_eq!(on(status, "2026-01-16"), after);
        assert_eq!(standing(status, None, day("2026-01-16")), status);
        let left = days_left(status, Some(day("2026-01-15")), day("2026-01-10"));
        assert_eq!(left, if ENDED.contains(&status) { None } else { Some(5) }, "{status:?}");
    }
    assert_eq!(days_left(Migrating, Some(day("2026-01-15")), day("2026-01-16")), Some(-1));
    assert_eq!(days_left(Active, None, day("2026-01-16")), None);
}

fn codes(faults: &[FieldFault]) -> Vec<(&str, &str)> {
    faults.iter().map(|fault| (fault.path.as_str(), fault.code)).collect()
}

const BARE: Has = Has {
    intermediary: Intermediary::Ndxp,
    grounded: false,
    source_approved: false,
    target_approved: false,
    expires_on: None,
    endless: false,
};

fn step(from: LinkStatus, to: LinkStatus) -> Told<'static> {
    Told { from, to, reason: None, laws: 0, intermediary: None, expires_on: None, no_expiry_reason: None }
}

#[test]
fn what_a_step_lacks_is_told_whole() {
    let today = day("2026-01-15");
    let active = [
        ("legalBasis", "NO_GROUND"),
        ("to", "SOURCE_NOT_APPROVED"),
        ("to", "TARGET_NOT_APPROVED"),
        ("expiresOn", "REQUIRED"),
    ];
    assert_eq!(codes(&lacking(step(Testing, Active), BARE, today)), active);
    assert_eq!(
        codes(&lacking(step(Migrating, Active), BARE, today)),
        [&active[..], &[("intermediary", "REQUIRED")]].concat()
    );
    let full = Has { grounded: true, source_approved: true, target_approved: true, endless: true, ..BARE };
    assert_eq!(codes(&lacking(step(Testing, Active), full, today)), []);
    for (expires_on, expected) in [("2026-01-15", vec![]), ("2026-01-14", vec![("expiresOn", "PAST")])] {
        let has = Has { expires_on: Some(day(expires_on)), endless: false, ..full };
        assert_eq!(codes(&lacking(step(Suspended, Active), has, today)), expected);
    }
    for (through, expected) in [
        (Intermediary::Ndop, vec![]),
        (Intermediary::Ndxp, vec![("intermediary", "SAME")]),
        (Intermediary::Unknown, vec![("intermediary", "REQUIRED")]),
    ] {
        let told = Told { intermediary: Some(through), ..step(Migrating, Active) };
        assert_eq!(codes(&lacking(told, full, today)), expected);
    }
    let reason = ("reason", "REQUIRED");
    for (to, expected) in [
        (Rejected, vec![reason, ("legalBasis", "REQUIRED")]),
        (Suspended, vec![reason]),
        (Revoked, vec![reason]),
        (Retired, vec![reason]),
        (Expired, vec![("expiresOn", "NOT_PAST")]),
        (Requested, vec![]),
        (Migrating, vec![]),
    ] {
        assert_eq!(codes(&lacking(step(Active, to), BARE, today)), expected, "{to:?}");
        let told = Told { reason: Some("x"), laws: 1, ..step(Active, to) };
        let has = Has { expires_on: Some(day("2026-01-14")), ..BARE };
        assert_eq!(codes(&lacking(told, has, today)), [], "{to:?}");
    }
}
