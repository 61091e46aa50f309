//! PostGraphile 5, which a user would pick instead: from npm, with two workers, over the same database, with the SQL functions that
//! such a user would write. It answers the shapes that it can be asked for.

use std::{fs, path::Path, process::Command};

use serde_json::Value;

use crate::{
    databases::Ready,
    failure::{Result, doing},
    options::Options,
    parts::Contender,
    process::{Process, run},
};

/// Its name in the tables.
pub const NAME: &str = "PostGraphile";

const FUNCTIONS: &str = include_str!("../postgraphile/functions.sql");

const FILES: [(&str, &str); 3] = [
    ("package.json", include_str!("../postgraphile/package.json")),
    ("package-lock.json", include_str!("../postgraphile/package-lock.json")),
    ("server.mjs", include_str!("../postgraphile/server.mjs")),
];

const LINKS: &str = "query ($after: BigInt!) { total: activeLinks(beyond: \"0\") { totalCount }
    dataLinks: activeLinks(beyond: $after, first: 50) { nodes { code status intermediary
        source: informationSystemBySourceSystemId { code name: nameVi }
        target: informationSystemByTargetSystemId { code name: nameVi } } } }";

/// The document for a shape; its variables are the peers'.
pub fn document(shape: &str) -> Option<&'static str> {
    Some(match shape {
        "province" => {
            "query ($code: String!) { province: presentProvince(code: $code) { code validFrom
                version: presentVersion { name: nameVi fullName: fullNameVi unitType } } }"
        }
        "nested" => {
            "query { provinces: presentProvinces { nodes { code version: presentVersion { name: nameVi }
                plans: newestPlans { nodes { code number title kind status issuedOn
                    targets: planTargetsByPlanId { nodes { value qualifier text dueOn
                        indicator: indicatorByIndicatorId { code name: nameVi } } } } } } } }"
        }
        "list" => {
            "query ($indicator: String!, $area: String!) {
                observations: publicObservations(indicator: $indicator, area: $area, most: 60) {
                    nodes { period value qualifier status } } }"
        }
        "latest" => {
            "query ($indicators: [String!]!) { provinces: presentProvinces { nodes { code
                latest: newestList(indicators: $indicators) { period value status
                    indicator: indicatorByIndicatorId { code } } } } }"
        }
        "links" | "links-deep" => LINKS,
        _ => return None,
    })
}

/// Its answer as the service would write it: the names of a version stand with the unit, the total with the page.
pub fn as_ours(mut answer: Value) -> Value {
    let total = answer.as_object_mut().and_then(|root| root.remove("total"));
    if let Some(count) = total.as_ref().and_then(|total| total.get("totalCount"))
        && let Some(page) = answer.get_mut("dataLinks").and_then(Value::as_object_mut)
    {
        page.insert("totalCount".to_owned(), count.clone());
    }
    lift(&mut answer);
    answer
}

fn lift(value: &mut Value) {
    match value {
        Value::Array(all) => all.iter_mut().for_each(lift),
        Value::Object(members) => {
            if let Some(Value::Object(version)) = members.remove("version") {
                members.extend(version);
            }
            members.values_mut().for_each(lift);
        }
        _ => {}
    }
}

/// Its folder, with what it needs installed.
fn install(folder: &Path) -> Result<()> {
    let installed = folder.join("node_modules/node/bin/node");
    let same = |(name, text): &(&str, &str)| fs::read_to_string(folder.join(name)).is_ok_and(|there| there == *text);
    if installed.is_file() && FILES.iter().all(same) {
        return Ok(());
    }
    fs::create_dir_all(folder).map_err(doing(folder.display()))?;
    for (name, text) in FILES {
        fs::write(folder.join(name), text)?;
    }
    run(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(folder)).map(drop)
}

/// Starts it on a database.
pub fn start(ready: &Ready, options: &Options) -> Result<Contender> {
    let folder = fs::canonicalize(&options.data)?.join(crate::databases::POSTGRAPHILE);
    install(&folder)?;
    let url = ready.peers.to_string_lossy().into_owned();
    let mut client = postgres::Client::connect(&url, postgres::NoTls)?;
    client.batch_execute(FUNCTIONS).map_err(doing("creating PostGraphile's functions"))?;
    let mut command = Command::new(folder.join("node_modules/node/bin/node"));
    command.arg("server.mjs").current_dir(&folder).env("DATABASE_URL", &url).env("NODE_ENV", "production");
    let process = Process::start(&mut command, "http://")?;
    Ok(Contender::of_process(ready, NAME, process))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_becomes_one_of_the_service() {
        let theirs = json!({ "total": { "totalCount": 7 }, "dataLinks": { "nodes": [] } });
        assert_eq!(as_ours(theirs), json!({ "dataLinks": { "nodes": [], "totalCount": 7 } }));
        let theirs = json!({ "provinces": { "nodes": [{ "code": "01", "version": { "name": "Hà Nội" } }] } });
        assert_eq!(as_ours(theirs), json!({ "provinces": { "nodes": [{ "code": "01", "name": "Hà Nội" }] } }));
    }
}
