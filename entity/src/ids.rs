//! One newtype for each kind of id, so that mixing them up does not compile. The numbers are internal to the
//! database; clients see them only inside opaque global ids.

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
    /// A unit, across all its versions.
    UnitId,
    /// One version of a unit.
    UnitVersionId,
    /// A succession between two units.
    SuccessionId,
    /// One row of a unit's lineage: the unit and an ancestor.
    UnitLineageId,
    /// A legal document.
    LegalDocumentId,
    /// A succession between two legal documents.
    LegalSuccessionId,
    /// A proposal for a legal document.
    LegalDocumentProposalId,
    /// A source.
    SourceId,
    /// An agency.
    AgencyId,
    /// A succession between two agencies.
    AgencySuccessionId,
    /// An indicator.
    IndicatorId,
    /// One revision of an observation.
    ObservationId,
    /// A series of observations.
    ObservationSeriesId,
    /// A request with an idempotency key.
    RepeatableRequestId,
    /// A step of an observation's review.
    ObservationTransitionId,
    /// A quality finding about an observation.
    QualityFindingId,
    /// A reported shortcoming.
    ShortcomingId,
    /// A plan.
    PlanId,
    /// A document that a plan is based on.
    PlanBasisId,
    /// A target.
    PlanTargetId,
    /// A task.
    PlanTaskId,
    /// A task's legal basis.
    PlanTaskBasisId,
    /// An information system.
    InformationSystemId,
    /// A relation between two systems.
    SystemRelationId,
    /// An agency's use of a system.
    SystemUseId,
    /// A data link.
    DataLinkId,
    /// A data link's legal basis.
    DataLinkBasisId,
    /// A transition of a data link.
    LinkTransitionId,
    /// The legal basis of a transition.
    LinkTransitionBasisId,
    /// The health of a data link.
    LinkHealthId,
    /// One probe of a data link.
    LinkCheckId,
    /// The uptime of a data link on one day.
    LinkUptimeId,
    /// An audit entry: its sequence number.
    AuditEntryId,
    /// A value whose commitment is in the audit log.
    AuditValueId,
    /// A checkpoint of the audit log.
    AuditCheckpointId,
    /// A user.
    UserId,
    /// An earlier password of a user.
    PasswordHistoryId,
    /// A session.
    SessionId,
    /// An address from which a user signed in or tried to.
    SignInOriginId,
    /// A refresh token.
    RefreshTokenId,
    /// An API client.
    ApiClientId,
    /// A client's secret.
    ClientSecretId,
    /// A revoked access token.
    RevokedTokenId,
    /// An agreement.
    AgreementId,
    /// An agreement's legal basis.
    AgreementBasisId,
    /// A grant.
    AccessGrantId,
    /// An indicator of a grant.
    GrantIndicatorId,
    /// An area of a grant.
    GrantAreaId,
    /// The time before which exchange records were deleted.
    ExchangeHorizonId,
    /// An exchange record, as one side reported it.
    ExchangeRecordId,
    /// The statistics of a data link in an hour, a day or a month.
    ExchangeTallyId,
    /// A row of the change feed.
    ChangeId,
}
