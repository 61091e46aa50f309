//! Reported shortcomings.

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
    const DOC: &'static str = "A shortcoming that a source reports (hạn chế, tồn tại).";
    fn visible(op: &Op) -> Select<Self> {
        store::visible_shortcomings(op)
    }
    fn declare(declare: Declare<Self>) -> Declare<Self> {
        declare
            .node()
            .one_on::<unit_version::Entity>("area", "Whose it is (địa bàn).", C::AreaId, C::AreaOn)
            .column("text", "What is lacking (nội dung).", C::Text)
            .one::<indicator::Entity>("indicator", "The indicator that it is about (chỉ tiêu).", C::IndicatorId)
            .one::<observation::Entity>("observation", "The figure that it is about (số liệu).", C::ObservationId)
            .one::<source::Entity>("source", "Where it is told (nguồn).", C::SourceId)
    }
}
