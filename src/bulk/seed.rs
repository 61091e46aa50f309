//! Loading a data set: every record through the command of its room, all in one transaction. A second run changes nothing; a
//! run with a fault leaves nothing, and names every fault by file and line.

use std::collections::HashMap;

use serde::Deserialize;
use toml::{Table, Value};

use super::{
    bundle::Bundle,
    records::{Fault, Kind, Record, of_kind, unread},
};
use crate::{
    agency::{self, NewAgency},
    citation::{self, NewLegalDocument},
    indicator::{self, NewIndicator, NewObservation, NewShortcoming},
    kernel::{
        error::{Broken, Error, Result},
        op::Op,
    },
    plan::{self, NewPlan, basis::NewPlanBasis, target::NewPlanTarget, task::NewPlanTask},
    sharing::{self, NewDataLink, NewSystemRelation, NewSystemUse, system::NewInformationSystem},
    territory::{self, NewSuccession, NewUnit},
};

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// How many records the files have.
    pub records: usize,
    /// How many changes they made.
    pub changes: usize,
    /// What checks found in figures, where they stand in the files. None of it is a fault.
    pub findings: Vec<Fault>,
}

const UNITS: Kind = Kind { file: "territory/units.toml", table: "unit", key: &["code", "validFrom"] };
const SUCCESSIONS: Kind =
    Kind { file: "territory/successions.toml", table: "succession", key: &["predecessor", "successor", "effectiveOn"] };
const LEGAL_DOCUMENTS: Kind = Kind { file: "legal-documents.toml", table: "legalDocument", key: &["code"] };
const ARTICLES: Kind = Kind { file: "articles.toml", table: "article", key: &["code"] };
const INDICATORS: Kind = Kind { file: "indicators.toml", table: "indicator", key: &["code"] };
const AGENCIES: Kind = Kind { file: "agencies.toml", table: "agency", key: &["code"] };
const PLANS: Kind = Kind { file: "plans.toml", table: "plan", key: &["code"] };
const TARGETS: Kind = Kind { file: "targets.toml", table: "target", key: &["plan", "indicator", "text"] };
const TASKS: Kind = Kind { file: "tasks.toml", table: "task", key: &["plan", "title"] };
const OBSERVATIONS: Kind =
    Kind { file: "observations.toml", table: "observation", key: &["indicator", "area", "period", "dimension"] };
const SHORTCOMINGS: Kind = Kind { file: "shortcomings.toml", table: "shortcoming", key: &["area", "text"] };
const SYSTEMS: Kind = Kind { file: "systems.toml", table: "system", key: &["code"] };
const RELATIONS: Kind = Kind { file: "systems.toml", table: "relation", key: &["from", "to", "kind"] };
const USES: Kind = Kind { file: "systems.toml", table: "use", key: &["system", "agency", "kind"] };
const LINKS: Kind = Kind { file: "links.toml", table: "link", key: &["code"] };

const KINDS: [Kind; 15] = [
    UNITS,
    SUCCESSIONS,
    LEGAL_DOCUMENTS,
    ARTICLES,
    INDICATORS,
    AGENCIES,
    PLANS,
    TARGETS,
    TASKS,
    OBSERVATIONS,
    SHORTCOMINGS,
    SYSTEMS,
    RELATIONS,
    USES,
    LINKS,
];

/// A source that other records name.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Article {
    code: String,
    title: Option<String>,
    author: Option<String>,
    publisher: Option<String>,
    /// The year in which it was written, for whoever edits the files: the figures of a source that gives no time are of it.
    #[serde(rename = "writtenIn")]
    _written_in: String,
    /// Whether that year is inferred.
    #[serde(default, rename = "inferred")]
    _inferred: bool,
}

/// Loads a data set into the store: what it came to, or every fault of the files; then nothing is left of the run.
///
/// # Errors
/// When the store fails.
pub async fn load(op: &Op, bundle: &Bundle) -> Result<std::result::Result<Loaded, Vec<Fault>>> {
    let mut faults = vec![];
    let loaded = op
        .together(async |op| {
            let mut run = Run {
                op,
                bundle,
                articles: HashMap::new(),
                faults: vec![],
                findings: vec![],
                seen: HashMap::new(),
                missing: vec![],
                records: 0,
            };
            run.faults.extend(unread(bundle, &KINDS));
            run.all().await;
            faults = run.faults;
            match faults.is_empty() {
                true => Ok(Loaded { records: run.records, changes: op.changes(), findings: run.findings }),
                false => Err(Broken::new("the data have faults").into()),
            }
        })
        .await;
    if faults.is_empty() {
        return loaded.map(Ok);
    }
    faults.sort();
    faults.dedup();
    Ok(Err(faults))
}

struct Run<'a> {
    op: &'a Op,
    bundle: &'a Bundle,
    articles: HashMap<String, Article>,
    faults: Vec<Fault>,
    findings: Vec<Fault>,
    /// Where each record was first met.
    seen: HashMap<String, String>,
    /// The codes of records with faults.
    missing: Vec<String>,
    records: usize,
}

type Step<T> = std::result::Result<T, Vec<Fault>>;

fn one<T>(result: std::result::Result<T, Fault>) -> Step<T> {
    result.map_err(|fault| vec![fault])
}

impl Run<'_> {
    /// Everything that others name comes before them.
    async fn all(&mut self) {
        self.each(LEGAL_DOCUMENTS, Self::legal_document).await;
        self.each(LEGAL_DOCUMENTS, Self::legal_succession).await;
        self.each(ARTICLES, Self::article).await;
        self.each(UNITS, Self::unit).await;
        self.each(SUCCESSIONS, Self::succession).await;
        self.each(INDICATORS, Self::indicator).await;
        self.each(AGENCIES, Self::agency).await;
        self.each(AGENCIES, Self::agency_succession).await;
        self.each(PLANS, Self::plan).await;
        self.each(PLANS, Self::plan_bases).await;
        self.each(TARGETS, Self::target).await;
        self.each(TASKS, Self::task).await;
        self.each(OBSERVATIONS, Self::observation).await;
        self.each(SHORTCOMINGS, Self::shortcoming).await;
        self.each(SYSTEMS, Self::system).await;
        self.each(RELATIONS, Self::relation).await;
        self.each(USES, Self::system_use).await;
        self.each(LINKS, Self::link).await;
    }
    /// Does one step with every record of a kind. A fault is noted and the run goes on, to find the others too.
    async fn each(&mut self, kind: Kind, step: impl AsyncFn(&mut Self, Record) -> Step<()>) {
        let (records, faults) = of_kind(self.bundle, kind, &KINDS);
        self.faults.extend(faults);
        self.records += records.len();
        for record in records {
            let (key, place) = record.identity(kind);
            let first = self.seen.entry(key).or_insert_with(|| place.clone());
            if *first != place {
                let what = format!("the same {} as in {first}", kind.key.join(", "));
                self.faults.push(record.fault(kind.key.first().copied().unwrap_or_default(), what));
                continue;
            }
            let code = record.code().map(str::to_owned);
            if let Err(faults) = step(self, record).await {
                // That a record is missing which has faults itself is no news.
                let known = |fault: &Fault| self.missing.iter().any(|code| fault.what.contains(&format!("\"{code}\"")));
                let news: Vec<Fault> = faults.into_iter().filter(|fault| !known(fault)).collect();
                self.faults.extend(news);
                self.missing.extend(code);
            }
        }
    }
    /// Takes out what says where a record is told.
    fn source(&self, record: &mut Record) -> Step<Option<Table>> {
        let article = one(record.take_text("article"))?;
        let quote = one(record.take_text("quote"))?;
        let stated_by = one(record.take_text("statedBy"))?;
        let mut source = Table::new();
        if let Some(code) = &article {
            let known = self.articles.get(code);
            let known = one(known.ok_or_else(|| record.fault("article", format!("there is no article \"{code}\""))))?;
            let told = [("title", &known.title), ("author", &known.author), ("publisher", &known.publisher)];
            for (key, text) in told {
                source.extend(text.clone().map(|text| (key.to_owned(), Value::String(text))));
            }
        }
        if quote.is_none() && article.is_some() {
            return Err(vec![record.fault("quote", "`quote` is missing: which words of the article say this?")]);
        }
        if quote.as_ref().is_some_and(|q| q.chars().count() > 200) {
            return Err(vec![record.fault("quote", "a quote has at most 200 characters")]);
        }
        source.extend(quote.map(|text| ("quote".to_owned(), Value::String(text))));
        source.extend(stated_by.map(|text| ("statedBy".to_owned(), Value::String(text))));
        Ok((!source.is_empty()).then_some(source))
    }
    /// Where a record is told, under the key that its order has for it.
    fn cite(&self, record: &mut Record, key: &str) -> Step<()> {
        if let Some(source) = self.source(record)? {
            record.put(key, Value::Table(source));
        }
        Ok(())
    }
    /// Whose a record is, when it or its file says so.
    fn place(&self, record: &mut Record, with_day: bool) -> Step<()> {
        for key in if with_day { ["area", "on"].as_slice() } else { ["area"].as_slice() } {
            if let Some(text) = one(record.take_text(key))? {
                record.put(key, text);
            }
        }
        Ok(())
    }

    async fn legal_document(&mut self, mut record: Record) -> Step<()> {
        one(record.take_text("note"))?;
        one(record.take_texts("supersededBy"))?;
        let order: NewLegalDocument = one(record.order())?;
        done(&record, citation::record(self.op, order).await).map(|_| ())
    }
    async fn legal_succession(&mut self, mut record: Record) -> Step<()> {
        let code = one(record.take_text("code"))?.unwrap_or_default();
        for successor in one(record.take_texts("supersededBy"))? {
            done(&record, citation::supersede(self.op, &code, &successor).await)?;
        }
        self.records -= 1;
        Ok(())
    }
    async fn article(&mut self, record: Record) -> Step<()> {
        let article: Article = one(record.order())?;
        self.articles.insert(article.code.clone(), article);
        Ok(())
    }
    async fn unit(&mut self, record: Record) -> Step<()> {
        let order: NewUnit = one(record.order())?;
        done(&record, territory::record_unit(self.op, order).await).map(|_| ())
    }
    async fn succession(&mut self, record: Record) -> Step<()> {
        let order: NewSuccession = one(record.order())?;
        done(&record, territory::record_succession(self.op, order).await).map(|_| ())
    }
    async fn indicator(&mut self, record: Record) -> Step<()> {
        let order: NewIndicator = one(record.order())?;
        done(&record, indicator::record(self.op, order).await).map(|_| ())
    }
    async fn agency(&mut self, mut record: Record) -> Step<()> {
        self.cite(&mut record, "source")?;
        self.place(&mut record, true)?;
        one(record.take_texts("succeededBy"))?;
        let order: NewAgency = one(record.order())?;
        done(&record, agency::record(self.op, order).await).map(|_| ())
    }
    async fn agency_succession(&mut self, mut record: Record) -> Step<()> {
        let code = one(record.take_text("code"))?.unwrap_or_default();
        for successor in one(record.take_texts("succeededBy"))? {
            done(&record, agency::succeed(self.op, &code, &successor).await)?;
        }
        self.records -= 1;
        Ok(())
    }
    async fn plan(&mut self, mut record: Record) -> Step<()> {
        self.cite(&mut record, "source")?;
        record.take_tables("basedOn");
        // A plan's own day says more than the file's.
        let own_day = record.has("issuedOn") && !record.has("on");
        self.place(&mut record, !own_day)?;
        let order: NewPlan = one(record.order())?;
        done(&record, plan::record(self.op, order).await).map(|_| ())
    }
    async fn plan_bases(&mut self, mut record: Record) -> Step<()> {
        let code = one(record.take_text("code"))?.unwrap_or_default();
        self.records -= 1;
        for mut basis in record.take_tables("basedOn") {
            self.cite(&mut basis, "source")?;
            let order: NewPlanBasis = one(basis.order())?;
            done(&basis, plan::basis::record(self.op, &code, order).await)?;
        }
        Ok(())
    }
    async fn target(&mut self, mut record: Record) -> Step<()> {
        self.cite(&mut record, "source")?;
        let order: NewPlanTarget = one(record.order())?;
        done(&record, plan::target::record(self.op, order).await).map(|_| ())
    }
    async fn task(&mut self, mut record: Record) -> Step<()> {
        self.cite(&mut record, "source")?;
        let order: NewPlanTask = one(record.order())?;
        done(&record, plan::task::record(self.op, order).await).map(|_| ())
    }
    async fn observation(&mut self, mut record: Record) -> Step<()> {
        self.cite(&mut record, "source")?;
        self.place(&mut record, false)?;
        let order: NewObservation = one(record.order())?;
        let id = done(&record, indicator::recording::record_published(self.op, order).await)?;
        for finding in done(&record, indicator::store::findings_of(self.op, id).await)? {
            self.findings.push(record.fault("value", format!("{}: {}", finding.code, finding.message_en)));
        }
        Ok(())
    }
    async fn shortcoming(&mut self, mut record: Record) -> Step<()> {
        self.cite(&mut record, "source")?;
        self.place(&mut record, true)?;
        let order: NewShortcoming = one(record.order())?;
        done(&record, indicator::record_shortcoming(self.op, order).await).map(|_| ())
    }
    async fn system(&mut self, mut record: Record) -> Step<()> {
        self.cite(&mut record, "source")?;
        self.place(&mut record, true)?;
        let order: NewInformationSystem = one(record.order())?;
        done(&record, sharing::system::record(self.op, order).await).map(|_| ())
    }
    async fn relation(&mut self, mut record: Record) -> Step<()> {
        self.cite(&mut record, "source")?;
        let order: NewSystemRelation = one(record.order())?;
        done(&record, sharing::relate(self.op, order).await).map(|_| ())
    }
    async fn system_use(&mut self, mut record: Record) -> Step<()> {
        self.cite(&mut record, "source")?;
        let order: NewSystemUse = one(record.order())?;
        done(&record, sharing::record_use(self.op, order).await).map(|_| ())
    }
    async fn link(&mut self, mut record: Record) -> Step<()> {
        self.cite(&mut record, "evidence")?;
        let order: NewDataLink = one(record.order())?;
        done(&record, sharing::record_link(self.op, order).await).map(|_| ())
    }
}

fn done<T>(record: &Record, result: Result<T>) -> Step<T> {
    match result {
        Ok(value) => Ok(value),
        Err(error @ Error::Refused(_)) => Err(record.faults(&error)),
        Err(Error::Broken(broken)) => Err(vec![record.fault("", Error::Broken(broken).to_string())]),
    }
}
