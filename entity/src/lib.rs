//! What is stored: one table, one file. Columns, ids and closed vocabularies, nothing else: no rule, no request, no clock.
//!
//! Vocabularies and times carry their GraphQL names too ([`kinds`], [`time`]): a word that is stored, shown and described in one
//! place cannot drift apart.

pub mod access_grant;
pub mod agency;
pub mod agency_succession;
pub mod agreement;
pub mod agreement_basis;
pub mod api_client;
pub mod audit_checkpoint;
pub mod audit_entry;
pub mod change;
pub mod client_secret;
pub mod data_link;
pub mod data_link_basis;
pub mod exchange_horizon;
pub mod exchange_record;
pub mod exchange_tally;
pub mod grant_area;
pub mod grant_indicator;
pub mod grant_read;
pub mod ids;
pub mod indicator;
pub mod information_system;
pub mod kinds;
pub mod legal_document;
pub mod legal_succession;
pub mod link_check;
pub mod link_health;
pub mod link_transition;
pub mod link_transition_basis;
pub mod link_uptime;
pub mod observation;
pub mod observation_transition;
pub mod password_history;
pub mod plan;
pub mod plan_basis;
pub mod plan_target;
pub mod plan_task;
pub mod plan_task_basis;
pub mod quality_finding;
pub mod refresh_token;
pub mod repeatable_request;
pub mod revoked_token;
pub mod session;
pub mod shortcoming;
pub mod source;
pub mod succession;
pub mod system_relation;
pub mod system_use;
pub mod text_list;
pub mod time;
pub mod unit;
pub mod unit_lineage;
pub mod unit_version;
pub mod user_account;
