//! What must hold of plans, targets and tasks, from values alone.

use chrono::{Datelike, NaiveDate};
use entity::plan;

use super::{NewPlan, NewPlanBasis, NewPlanTarget, NewPlanTask};
use crate::{
    indicator::printed,
    kernel::{error::Refusal, locale::Message},
};

/// The day on which a plan's area code is read: the one that is given, else the day of issue (of a day that is known to the
/// month or the year, its last), else the first day of the period. Without any of them it is today.
pub fn area_day(order: &NewPlan) -> Option<NaiveDate> {
    let issued = || order.issued_on.as_ref().and_then(|day| day.span()).map(|span| span.end);
    let begins = || order.period_start.and_then(|year| NaiveDate::from_ymd_opt(year, 1, 1));
    order.on.or_else(issued).or_else(begins)
}

/// A plan's years are in order.
///
/// # Errors
/// BAD_USER_INPUT for the first year that is not.
pub fn check_plan(order: &NewPlan) -> Result<(), Refusal> {
    let out_of_order = |field: &str, first: i32, then: i32| {
        Err(Refusal::field(
            field,
            "OUT_OF_ORDER",
            Message::new(
                format!("Năm {then} không thể trước năm {first}."),
                format!("The year {then} cannot come before {first}."),
            ),
        ))
    };
    match (order.period_start, order.period_end, order.vision_year) {
        (Some(start), Some(end), _) if end < start => out_of_order("periodEnd", start, end),
        (_, Some(end), Some(vision)) if vision < end => out_of_order("visionYear", end, vision),
        _ => Ok(()),
    }
}

/// A plan rests on a plan or on a document.
///
/// # Errors
/// BAD_USER_INPUT for both or neither.
pub fn check_basis(order: &NewPlanBasis) -> Result<(), Refusal> {
    if order.plan.is_some() == order.document.is_some() {
        return Err(Refusal::field(
            "basedOn",
            "PLAN_OR_DOCUMENT",
            Message::new(
                "Nêu đúng một trong hai: plan hoặc document.",
                "Name exactly one of the two: plan or document.",
            ),
        ));
    }
    Ok(())
}

/// A target has a value only for an indicator, and falls due within the plan's years.
///
/// # Errors
/// BAD_USER_INPUT for the field.
pub fn check_target(order: &NewPlanTarget, plan: &plan::Model) -> Result<(), Refusal> {
    if order.value.is_some() && order.indicator.is_none() {
        return Err(Refusal::field(
            "indicator",
            "REQUIRED",
            Message::new("Mục tiêu có giá trị phải có chỉ tiêu.", "A target with a value needs an indicator."),
        ));
    }
    Refusal::unless_empty(printed::faults(&order.text, order.value, order.qualifier))?;
    let due = order.due_on.as_ref().and_then(|due| due.span()).map(|span| span.start.year());
    let last = plan.vision_year.max(plan.period_end);
    if let (Some(due), Some(last)) = (due, last)
        && last < due
    {
        return Err(Refusal::field(
            "dueOn",
            "OUTSIDE_PLAN_YEARS",
            Message::new(
                format!("Hạn {due} nằm sau các năm của kế hoạch (đến {last})."),
                format!("{due} lies after the plan's years (to {last})."),
            ),
        ));
    }
    Ok(())
}

/// A task's days are in order.
///
/// # Errors
/// BAD_USER_INPUT for `dueOn`.
pub fn check_task(order: &NewPlanTask) -> Result<(), Refusal> {
    let start = order.starts_on.as_ref().and_then(|day| day.span());
    let due = order.due_on.as_ref().and_then(|day| day.span());
    match (start, due) {
        (Some(start), Some(due)) if due.end < start.start => Err(Refusal::field(
            "dueOn",
            "OUT_OF_ORDER",
            Message::new("Hạn không thể trước ngày bắt đầu.", "A task cannot be due before it starts."),
        )),
        _ => Ok(()),
    }
}
