//! Rules for plans, targets and tasks that need no database.

use chrono::{Datelike, NaiveDate};
use entity::{
    indicator,
    kinds::{PlanRelationKind, PlanStatus, Qualifier, TaskStatus},
    time::PartialDate,
};

use super::{NewPlan, basis::NewPlanBasis};
use crate::{
    citation::rules::check_source,
    indicator::{printed, rules::check_number},
    kernel::{
        check::{Faults, LINE, PARAGRAPH},
        error::FieldFault,
        locale::Message,
    },
};

/// The day on which a plan's area code is resolved, unless one is given: the day of issue (its last day, if only the
/// month or year is known), else the first day of the period. If this returns none, callers use today.
pub fn area_day(issued: Option<&PartialDate>, begins: Option<i32>) -> Option<NaiveDate> {
    let begins = || begins.and_then(|year| NaiveDate::from_ymd_opt(year, 1, 1));
    issued.and_then(PartialDate::span).map(|span| span.end).or_else(begins)
}

/// The years of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Years {
    /// First year of the period.
    pub start: Option<i32>,
    /// Last year of the period.
    pub end: Option<i32>,
    /// Year of the vision or orientation.
    pub vision: Option<i32>,
}

impl Years {
    /// The last year in which a target may be due; none if the plan has no end.
    pub fn last(self) -> Option<i32> {
        self.vision.max(self.end)
    }
}

/// Checks the range and order of the years.
pub fn check_years(faults: &mut Faults, years: Years) {
    let named = [("periodStart", years.start), ("periodEnd", years.end), ("visionYear", years.vision)];
    for (path, year) in named {
        if year.is_some_and(|year| !(1900..=2200).contains(&year)) {
            faults.add(
                path,
                "OUT_OF_RANGE",
                Message::new("Năm phải từ 1900 đến 2200.", "The year must be 1900 to 2200."),
            );
        }
    }
    let mut in_order = |path: &str, first: Option<i32>, then: Option<i32>| {
        if let (Some(first), Some(then)) = (first, then)
            && then < first
        {
            let wrong = Message::new(
                format!("Năm {then} không thể trước năm {first}."),
                format!("The year {then} cannot come before {first}."),
            );
            faults.add(path, "OUT_OF_ORDER", wrong);
        }
    };
    in_order("periodEnd", years.start, years.end);
    in_order("visionYear", years.end.or(years.start), years.vision);
}

/// Checks a new plan, as far as possible without the database.
pub fn check_new(faults: &mut Faults, order: &NewPlan) {
    faults.code("code", &order.code);
    check_number_and_title(faults, order.number.as_deref(), Some(&order.title));
    check_years(faults, order.years());
    check_source(faults, "source", &order.source);
}

/// Checks that number and title are not empty and not too long.
pub fn check_number_and_title(faults: &mut Faults, number: Option<&str>, title: Option<&str>) {
    for (path, text) in [("number", number), ("title", title)] {
        if let Some(text) = text {
            faults.text(path, text, LINE);
        }
    }
}

/// Checks that exactly one of plan and document is given.
pub fn check_basis(faults: &mut Faults, path: &str, order: &NewPlanBasis) {
    if order.plan.is_some() == order.document.is_some() {
        let one = Message::new(
            "Nêu đúng một trong hai: plan hoặc document.",
            "Name exactly one of the two: plan or document.",
        );
        faults.add(path, "PLAN_OR_DOCUMENT", one);
    }
}

/// The fault of a plan that is based on itself or replaces itself.
pub fn itself(path: &str) -> FieldFault {
    let message = Message::new(
        "Kế hoạch không thể căn cứ vào hay thay thế chính nó.",
        "A plan cannot rest on itself, nor take its own place.",
    );
    FieldFault { path: path.to_owned(), code: "ITSELF", message }
}

/// The new status of the other plan in a relation; none if the relation does not change it.
pub fn becomes(relation: PlanRelationKind) -> Option<PlanStatus> {
    match relation {
        PlanRelationKind::Replaces => Some(PlanStatus::Superseded),
        PlanRelationKind::Inherits => Some(PlanStatus::Inherited),
        _ => None,
    }
}

/// The content of a target, new or changed.
#[derive(Clone, Copy, Debug)]
pub struct Aim<'a> {
    /// The indicator.
    pub indicator: Option<&'a indicator::Model>,
    /// The value to reach.
    pub value: Option<f64>,
    /// How to read the value.
    pub qualifier: Qualifier,
    /// The target as printed.
    pub text: &'a str,
    /// Due date.
    pub due_on: Option<&'a PartialDate>,
}

/// Checks that a target has a text, that its value fits the indicator and the text, and that it is due within the
/// plan's years.
pub fn check_target(faults: &mut Faults, aim: Aim<'_>, years: Years) {
    faults.text("text", aim.text, PARAGRAPH);
    if let (Some(value), Some(indicator)) = (aim.value, aim.indicator) {
        faults.extend(check_number("value", value, indicator));
    }
    faults.extend(printed::faults(aim.text, aim.value, aim.qualifier));
    if let Some((due, last)) = due_after(aim.due_on, years) {
        let outside = Message::new(
            format!("Hạn {due} nằm sau các năm của kế hoạch (đến {last})."),
            format!("{due} lies after the plan's years (to {last})."),
        );
        faults.add("dueOn", "OUTSIDE_PLAN_YEARS", outside);
    }
}

/// The fault of a target that has a value and no indicator.
pub fn needs_indicator(path: &str) -> FieldFault {
    let message = Message::new("Mục tiêu có giá trị phải có chỉ tiêu.", "A target with a value needs an indicator.");
    FieldFault { path: path.to_owned(), code: "REQUIRED", message }
}

/// Checks that a plan's years include the due date of a target.
pub fn check_end(due_on: &PartialDate, years: Years) -> Option<FieldFault> {
    let (due, last) = due_after(Some(due_on), years)?;
    let message = Message::new(
        format!("Có mục tiêu đến hạn năm {due}, sau các năm của kế hoạch (đến {last})."),
        format!("A target falls due in {due}, after the plan's years (to {last})."),
    );
    Some(FieldFault { path: "periodEnd".to_owned(), code: "OUTSIDE_PLAN_YEARS", message })
}

/// The year in which something is due and the plan's last year, if the first is later.
fn due_after(due_on: Option<&PartialDate>, years: Years) -> Option<(i32, i32)> {
    let due = due_on.and_then(PartialDate::span).map(|span| span.start.year());
    due.zip(years.last()).filter(|(due, last)| last < due)
}

/// Checks the title of a task, the order of its dates, and that its status is not entered as OVERDUE, which follows
/// from the due date.
pub fn check_task(
    faults: &mut Faults,
    title: &str,
    (starts_on, due_on): (Option<&PartialDate>, Option<&PartialDate>),
    status: Option<TaskStatus>,
) {
    faults.text("title", title, LINE);
    if let (Some(start), Some(due)) = (starts_on.and_then(PartialDate::span), due_on.and_then(PartialDate::span))
        && due.end < start.start
    {
        let wrong = Message::new("Hạn không thể trước ngày bắt đầu.", "A task cannot be due before it starts.");
        faults.add("dueOn", "OUT_OF_ORDER", wrong);
    }
    if status == Some(TaskStatus::Overdue) {
        let computed = Message::new(
            "Tình trạng quá hạn được tính từ thời hạn, không nhập tay.",
            "That a task is overdue follows from the day by which it is due; nobody enters it.",
        );
        faults.add("status", "COMPUTED", computed);
    }
}

/// Checks that the progress is 0 to 100 per cent.
pub fn check_progress(faults: &mut Faults, percent: Option<i32>) {
    if percent.is_some_and(|percent| !(0..=100).contains(&percent)) {
        let wrong = Message::new("Tiến độ phải từ 0 đến 100.", "The progress must be 0 to 100.");
        faults.add("progressPercent", "OUT_OF_RANGE", wrong);
    }
}

/// The status of a task on a day. A task that is not started, on track or at risk becomes overdue on the day after its
/// due date. A task whose status is not stated may be done already, so it is never overdue.
pub fn task_status(stored: TaskStatus, due_on: Option<&PartialDate>, today: NaiveDate) -> TaskStatus {
    let past = due_on.and_then(PartialDate::span).is_some_and(|due| due.end < today);
    match stored {
        TaskStatus::NotStarted | TaskStatus::OnTrack | TaskStatus::AtRisk if past => TaskStatus::Overdue,
        stored => stored,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_overdue_from_the_day_after() {
        let due: PartialDate = "2025-10".parse().expect("a day");
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        let on = |status, text| task_status(status, Some(&due), day(text));
        assert_eq!(on(TaskStatus::OnTrack, "2025-10-31"), TaskStatus::OnTrack);
        for status in [TaskStatus::NotStarted, TaskStatus::OnTrack, TaskStatus::AtRisk] {
            assert_eq!(on(status, "2025-11-01"), TaskStatus::Overdue);
            assert_eq!(task_status(status, None, day("2025-11-01")), status);
        }
        for status in [TaskStatus::NotStated, TaskStatus::Done, TaskStatus::Cancelled] {
            assert_eq!(on(status, "2025-11-01"), status);
        }
    }
}
