//! The sources of the configuration, and what they reject.

use super::*;
use crate::kernel::limits::Limit;

fn load(file: Option<&str>, environment: &[(&str, &str)], flags: Layer) -> std::result::Result<Config, String> {
    let path = file.map(|text| {
        let path = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(&path, text).expect("written");
        path
    });
    let environment = environment.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    Config::load(path.as_ref().map(|p| p.path()), environment, flags).map_err(|e| e.to_string())
}

#[test]
fn limits_are_merged_one_by_one_and_bounded() {
    let file = "[limits]\ndepth = 25\naliases = 7\n";
    let depth = |value| [("LIENTHONG_LIMITS_DEPTH", value)];
    let limits = load(Some(file), &depth("30"), Layer::default()).expect("a configuration").limits;
    assert_eq!(limits, Limits::default().with(Limit::Depth, 30).with(Limit::Aliases, 7));
    let refused = |value| load(Some(file), &depth(value), Layer::default()).expect_err(value);
    assert_eq!(refused("4"), "the key `limits.depth` must be between 5 and 60");
    assert_eq!(refused("many"), "`LIENTHONG_LIMITS_DEPTH` in the environment is not a whole number");
    let unknown = load(Some("limits.dephts = 1"), &[], Layer::default()).expect_err("unknown");
    assert!(unknown.starts_with("unknown limit `dephts`; the limits are document_bytes, tokens,"), "{unknown}");
}

#[test]
fn flags_go_before_the_environment_and_that_before_the_file() {
    let file = "listen = '127.0.0.1:1'\ndata_dir = 'file'\ndatabase_connections = 3\n";
    let environment = [
        ("LIENTHONG_LISTEN", "127.0.0.1:2"),
        ("LIENTHONG_DATA_DIR", "2025"),
        ("LIENTHONG_LOG", ""),
        ("LIENTHONG_CONFIG", "elsewhere"),
        ("PATH", "/bin"),
    ];
    let flags = Layer { listen: Some(SocketAddr::from(([127, 0, 0, 1], 3))), ..Layer::default() };
    let config = load(Some(file), &environment, flags).expect("a configuration");
    assert_eq!(config.listen.port(), 3);
    assert_eq!(config.data_dir, Path::new("2025"));
    assert_eq!(config.database_connections, 3);
    assert_eq!(config.log, "info");
}

#[test]
fn an_unknown_key_is_refused_by_name_and_source() {
    let keys = "the keys are listen, data_dir, database_url, database_connections, log, public_url, signing_algorithm, signing_key, signing_key_previous, signing_key_next, access_token_minutes, session_days, lockout_failures, lockout_minutes, idle_days, audit_days, changes_days, decision_days, link_years, exchanges_days, checks_days, probe_seconds, probe_slow_ms, probe_private_networks, probe_authorities, trusted_proxies, cors_origins, trusted_documents, limits, deadlines";
    let error = load(None, &[("LIENTHONG_LISTN", "x")], Layer::default()).expect_err("refused");
    assert_eq!(error, format!("unknown key `LIENTHONG_LISTN` in the environment; {keys}"));
    let error = load(Some("port = 1"), &[], Layer::default()).expect_err("refused");
    assert!(error.starts_with("unknown key `port` in the configuration file /"), "{error}");
    assert!(error.ends_with(keys), "{error}");
}

#[test]
fn a_value_of_the_wrong_kind_is_refused_by_name_and_source() {
    let error = load(None, &[("LIENTHONG_DATABASE_CONNECTIONS", "many")], Layer::default()).expect_err("refused");
    assert_eq!(error, "`LIENTHONG_DATABASE_CONNECTIONS` in the environment is not a whole number");
    let error = load(None, &[("LIENTHONG_LISTEN", "here")], Layer::default()).expect_err("refused");
    assert!(error.starts_with("`LIENTHONG_LISTEN` in the environment"), "{error}");
    let error = load(Some("database_url = 5"), &[], Layer::default()).expect_err("refused");
    assert!(error.starts_with("`database_url` in the configuration file /"), "{error}");
    let error = load(Some("listen = ["), &[], Layer::default()).expect_err("refused");
    assert!(error.contains("TOML parse error") || error.contains("expected"), "{error}");
}

#[test]
fn deadlines_are_said_by_a_file() {
    let known = load(None, &[], Layer::default()).expect("a configuration");
    assert_eq!(known.deadlines, Deadline::known());
    let none = load(Some("deadlines = []"), &[], Layer::default()).expect("a configuration");
    assert_eq!(none.deadlines, []);
    for config in [known, none] {
        let printed = config.print().expect("TOML");
        let read = load(Some(&printed), &[], Layer::default()).expect("what was printed can be read");
        assert_eq!(read.deadlines, config.deadlines);
    }
    let file =
        |from: &str| format!("[[deadlines]]\nfrom = '{from}'\nto = 'NDOP'\ndue_on = '2026-06-30'\nlegal_basis = 'x'\n");
    let other = load(Some(&file("LGSP")), &[], Layer::default()).expect("a configuration");
    assert_eq!(other.deadlines.iter().map(|deadline| deadline.from.word()).collect::<Vec<_>>(), ["LGSP"]);
    let error = load(Some(&file("X")), &[], Layer::default()).expect_err("no intermediary");
    assert!(error.contains("`deadlines.0.from`") && error.contains("LGSP"), "{error}");
    assert!(load(Some(&file("NDOP")), &[], Layer::default()).is_err(), "it leads nowhere");
}

#[test]
fn the_embedded_database_lies_in_the_data_directory_whatever_its_name() {
    let config = Config { data_dir: PathBuf::from("a b?c#d%e"), ..Config::default() };
    assert_eq!(config.database_url(), "sqlite://a b%3Fc%23d%25e/lienthong.db?mode=rwc");
}
