//! The policy, whole: who may do and see what. The committed table is what people review; a change of the policy shows there.

use std::sync::Arc;

use entity::{
    ids::{ApiClientId, SessionId, UnitId, UnitVersionId, UserId},
    kinds::Role,
};
use lienthong::kernel::{
    client_scope::ClientScope,
    policy::{self, Action, Area, Caller, Client, Places, User},
    recheck::Recheck,
};
use sea_orm::{
    ActiveEnum, Iterable,
    sea_query::{Expr, Query},
};

/// The table as it is committed.
const COMMITTED: &str = include_str!("policy.txt");

/// Finds every caller as they were: these have no account.
fn recheck() -> Recheck {
    Recheck::new(Query::select().expr(Expr::val(1)).to_owned(), |_| Ok(()))
}

/// Somebody with these roles, in the country or in some units.
pub fn user(roles: &[Role], units: Option<&[i64]>) -> Caller {
    Caller::User(Arc::new(User {
        id: UserId(1),
        username: "somebody".to_owned(),
        roles: roles.to_vec(),
        area: units.map(area),
        session: SessionId(1),
        recheck: recheck(),
    }))
}

fn client(scopes: &[ClientScope], units: Option<&[i64]>) -> Caller {
    Caller::Client(Arc::new(Client {
        id: ApiClientId(1),
        client_id: "c".to_owned(),
        scopes: scopes.to_vec(),
        area: units.map(area),
        recheck: recheck(),
    }))
}

fn area(units: &[i64]) -> Area {
    Area { unit: UnitId(1), version: UnitVersionId(1), units: units.iter().copied().map(UnitId).collect() }
}

/// Everybody who is told apart: each role and each scope of a client, in the country and, `@`, in an area.
fn everybody() -> Vec<(String, Caller)> {
    let mut all = vec![("nobody".to_owned(), Caller::Anonymous), ("no role".to_owned(), user(&[], None))];
    for role in Role::iter() {
        let name = role.to_value().chars().take(7).collect::<String>();
        all.push((name.clone(), user(&[role], None)));
        all.push((format!("{name}@"), user(&[role], Some(&[1, 2]))));
    }
    all.push(("client".to_owned(), client(&[], None)));
    for scope in ClientScope::ALL {
        let name = scope.name().replace("observation", "obs").replace("exchange", "ex").replace("changes", "ch");
        all.push((name.clone(), client(&[scope], None)));
        all.push((format!("{name}@"), client(&[scope], Some(&[1, 2]))));
    }
    all.push(("operator".to_owned(), Caller::Operator));
    all.push(("system".to_owned(), Caller::System));
    all
}

fn told(places: &Places) -> &'static str {
    match places {
        Places::Nowhere => "-",
        Places::Units(_) => "area",
        Places::Everywhere => "all",
    }
}

const LEGEND: &str = "\
all     may, in the whole country
area    may, in the caller's area
own     may, of what is the caller's own
!       only in an emergency, and audited as such
-       FORBIDDEN; in the last lines: sees none
sign    UNAUTHENTICATED: sign in first

A column with @ is the role or the scope in an area; the others hold in the country.
";

fn table() -> String {
    let line = |what: &str, cells: Vec<String>| {
        let cells: String = cells.iter().map(|cell| format!("{cell:<12}")).collect();
        format!("{what:<30}{cells}").trim_end().to_owned() + "\n"
    };
    let everybody = everybody();
    let (people, others): (Vec<_>, Vec<_>) =
        everybody.iter().partition(|(_, caller)| matches!(caller, Caller::User(_) | Caller::Anonymous));
    let mut table = LEGEND.to_owned();
    for group in [people, others] {
        let row = |what: &str, cell: &dyn Fn(&Caller) -> String| {
            line(what, group.iter().map(|(_, caller)| cell(caller)).collect())
        };
        table += "\n";
        table += &line("", group.iter().map(|(name, _)| name.clone()).collect());
        for action in Action::ALL {
            table += &row(action.name(), &|caller| match policy::permit(caller, *action) {
                Ok(permit) => {
                    assert_eq!(permit.action(), *action);
                    let places = if *permit.places() == Places::Nowhere { "own" } else { told(permit.places()) };
                    format!("{places}{}", if permit.emergency() { "!" } else { "" })
                }
                Err(refusal) if refusal.code.as_str() == "UNAUTHENTICATED" => "sign".to_owned(),
                Err(refusal) => {
                    assert_eq!(refusal.code.as_str(), "FORBIDDEN");
                    "-".to_owned()
                }
            });
        }
        table += &row("sees unpublished figures", &|caller| told(&policy::scope(caller).drafts).to_owned());
        table += &row("sees SHARED figures", &|caller| told(&policy::scope(caller).shared).to_owned());
        table += &row("sees PRIVATE figures", &|caller| told(&policy::scope(caller).private).to_owned());
        table += &row("sees what it was granted", &|caller| {
            if policy::scope(caller).granted.is_some() { "own" } else { "-" }.to_owned()
        });
        table += &row("sees agreements", &|caller| told(&policy::sees_agreements(caller)).to_owned());
        table += &row("sees grants", &|caller| told(&policy::sees_grants(caller)).to_owned());
        table += &row("sees clients", &|caller| told(&policy::sees_clients(caller)).to_owned());
        table += &row("sees details of links", &|caller| told(&policy::sees_link_details(caller)).to_owned());
        table += &row("sees endpoints of links", &|caller| told(&policy::sees_endpoints(caller)).to_owned());
    }
    table
}

#[test]
fn the_committed_table_is_the_policy() {
    assert_eq!(table(), COMMITTED, "the policy changed: read the difference, then write it into tests/it/policy.txt");
}

#[test]
fn several_roles_add_up() {
    let both = user(&[Role::Viewer, Role::Registrar], None);
    for action in Action::ALL {
        let alone = policy::permit(&user(&[Role::Registrar], None), *action).is_ok();
        assert_eq!(policy::permit(&both, *action).is_ok(), alone, "{}", action.name());
    }
    assert!(policy::permit(&both, Action::RecordAgency).is_ok());
    assert_eq!(policy::scope(&both).shared, Places::Everywhere);
}

#[test]
fn a_permit_holds_in_its_places_only() {
    let permit = policy::permit(&user(&[Role::Editor], Some(&[1, 2])), Action::RecordPlan).expect("a permit");
    assert!(permit.at(Some(UnitId(2))).is_ok());
    for outside in [Some(UnitId(3)), None] {
        let refusal = permit.at(outside).expect_err("it lies outside");
        assert_eq!(refusal.code.as_str(), "FORBIDDEN");
    }
    assert!(permit.at_all([Some(UnitId(1)), Some(UnitId(3))]).is_err());
}

#[test]
fn a_relation_is_proven_at_its_other_end_too() {
    let permit = policy::permit(&user(&[Role::Registrar], Some(&[1, 2])), Action::RecordAgency).expect("a permit");
    let named = |areas: &[(&str, Option<i64>)]| {
        areas.iter().map(|(path, unit)| ((*path).to_owned(), unit.map(UnitId))).collect::<Vec<_>>()
    };
    assert!(permit.at_related(named(&[("owner", Some(2)), ("parent", Some(1))])).is_ok());
    let refusal = permit.at_related(named(&[("owner", Some(3)), ("operator", Some(1)), ("parent", None)]));
    let refusal = refusal.expect_err("two lie outside");
    assert_eq!(refusal.code.as_str(), "FORBIDDEN");
    let fields: Vec<_> = refusal.fields.iter().map(|field| (field.path.as_str(), field.code)).collect();
    assert_eq!(fields, [("owner", "OUTSIDE_AREA"), ("parent", "OUTSIDE_AREA")]);
    let country = policy::permit(&user(&[Role::Registrar], None), Action::RecordAgency).expect("a permit");
    assert!(country.at_related(named(&[("owner", Some(3)), ("parent", None)])).is_ok());
}
