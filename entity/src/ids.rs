//! A newtype per id: a wrong id does not compile. The numbers are the database's own and mean nothing outside it; clients see
//! them only inside opaque global ids.

use sea_orm::DeriveValueType;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
        pub struct $name(pub i64);
        impl From<$name> for i64 {
            fn from(id: $name) -> i64 {
                id.0
            }
        }
    )+ };
}

ids! {
    /// Of a unit, through all its versions.
    UnitId,
    /// Of one version of a unit.
    UnitVersionId,
    /// Of a succession between two units.
    SuccessionId,
    /// Of one step from a unit to an ancestor.
    UnitLineageId,
    /// Of a legal document.
    LegalDocumentId,
    /// Of a legal document's giving way to another.
    LegalSuccessionId,
    /// Of a proposal for a legal document.
    LegalDocumentProposalId,
    /// Of a source: where a fact is told.
    SourceId,
    /// Of a body that acts.
    AgencyId,
    /// Of a body's giving way to another.
    AgencySuccessionId,
    /// Of an indicator.
    IndicatorId,
    /// Of one revision of a figure.
    ObservationId,
    /// Of a series of figures.
    ObservationSeriesId,
    /// Of a request that may be repeated.
    RepeatableRequestId,
    /// Of a step of a figure's review.
    ObservationTransitionId,
    /// Of something that a check found in a figure.
    QualityFindingId,
    /// Of a reported shortcoming.
    ShortcomingId,
    /// Of a plan.
    PlanId,
    /// Of what a plan rests on.
    PlanBasisId,
    /// Of a target.
    PlanTargetId,
    /// Of a task.
    PlanTaskId,
    /// Of a task's legal basis.
    PlanTaskBasisId,
    /// Of an information system.
    InformationSystemId,
    /// Of how two systems relate.
    SystemRelationId,
    /// Of a body's use of a system.
    SystemUseId,
    /// Of a data link.
    DataLinkId,
    /// Of a data link's legal basis.
    DataLinkBasisId,
    /// Of one step in the life of a data link.
    LinkTransitionId,
    /// Of a law on which such a step was taken.
    LinkTransitionBasisId,
    /// Of how a data link stands.
    LinkHealthId,
    /// Of one check of a data link.
    LinkCheckId,
    /// Of a day of a data link.
    LinkUptimeId,
    /// Of an audit entry: its sequence number.
    AuditEntryId,
    /// Of a value of which the audit chain holds only the commitment.
    AuditValueId,
    /// Of a checkpoint of the audit chain.
    AuditCheckpointId,
    /// Of a person who signs in.
    UserId,
    /// Of a password that a person had.
    PasswordHistoryId,
    /// Of a session.
    SessionId,
    /// Of an address from which somebody signed in, or tried to.
    SignInOriginId,
    /// Of a refresh token.
    RefreshTokenId,
    /// Of a system that integrates.
    ApiClientId,
    /// Of a client's secret.
    ClientSecretId,
    /// Of a token that was revoked.
    RevokedTokenId,
    /// Of an agreement.
    AgreementId,
    /// Of an agreement's legal basis.
    AgreementBasisId,
    /// Of a grant.
    AccessGrantId,
    /// Of an indicator that a grant names.
    GrantIndicatorId,
    /// Of an area that a grant names.
    GrantAreaId,
    /// Of how far calls over data links were dropped.
    ExchangeHorizonId,
    /// Of a call over a data link, as one side reported it.
    ExchangeRecordId,
    /// Of what was counted of a data link in an hour, a day or a month.
    ExchangeTallyId,
    /// Of a change that the feed tells of.
    ChangeId,
}
