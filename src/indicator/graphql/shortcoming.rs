//! Reported shortcomings in the schema.

use entity::{
    indicator, observation,
    shortcoming::{self, Column as C},
    source, unit_version,
};
use sea_orm::Select;

use crate::{
    indicator::store,
    kernel::{
        object::{Declare, Noun},
        op::Op,
    },
};

impl Noun for shortcoming::Entity {
    const NAME: &'static str = "Shortcoming";
    const DOC: &'static str = "A weakness that a source reports about an area (hạn chế, tồn tại).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_shortcomings(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        declare
            .node()
            .one_on::<unit_version::Entity>("area", "The area with the shortcoming (địa bàn).", C::AreaId, C::AreaOn)
            .column("text", "What is lacking, in Vietnamese as reported (nội dung).", C::Text)
            .one::<indicator::Entity>("indicator", "The indicator that it concerns, if any (chỉ tiêu).", C::IndicatorId)
            .one::<observation::Entity>(
                "observation",
                "The observation that it concerns, if any (số liệu).",
                C::ObservationId,
            )
            .one::<source::Entity>("source", "The source that reports it (nguồn).", C::SourceId)
    }
}
