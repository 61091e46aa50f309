//! Explains an attainment in one sentence (diễn giải), with numbers and dates in the notation of each language.

use chrono::NaiveDate;
use entity::{
    indicator,
    kinds::{Qualifier, ValueType},
};

use super::{Bound, Goal, Verdict};
use crate::{
    indicator::input::Input as Figure,
    kernel::locale::{Locale, Message, number},
};

/// Explains a verdict.
pub fn explain(goal: &Goal<'_>, verdict: &Verdict<'_>) -> Message {
    let sentence = |locale| Words { goal, locale }.sentence(verdict);
    Message::new(sentence(Locale::Vi), sentence(Locale::En))
}

/// A writer of sentences about one target in one language.
struct Words<'a> {
    goal: &'a Goal<'a>,
    locale: Locale,
}

impl Words<'_> {
    fn sentence(&self, verdict: &Verdict<'_>) -> String {
        match self.locale {
            Locale::Vi => self.vietnamese(verdict),
            Locale::En => self.english(verdict),
        }
    }
    fn vietnamese(&self, verdict: &Verdict<'_>) -> String {
        let goal = self.aim();
        let due = self.due();
        let when = due.as_ref().map(|due| format!(" {due}")).unwrap_or_default();
        let is = |f: &Figure| format!("số liệu {} là {}", self.time(&f.period.to_string()), self.figure(f));
        match verdict {
            Verdict::InWords => "Mục tiêu được nêu bằng lời, không có chỉ tiêu và giá trị để đo mức độ đạt.".to_owned(),
            Verdict::Met(figure) => format!("Đã đạt: {}, mục tiêu{when} là {goal}.", is(figure)),
            Verdict::Missed(figure) => {
                format!("Đã đến hạn mà chưa đạt: {}, mục tiêu{when} là {goal}.", is(figure))
            }
            Verdict::OnLine { figure, baseline, expected, kept } => format!(
                "{} tiến độ: {}; tính đều từ {} ({}) đến mục tiêu {goal}{}, mức cần đạt khi đó là {}.",
                if *kept { "Đúng" } else { "Chậm" },
                is(figure),
                self.figure(baseline),
                self.time(&baseline.period.to_string()),
                self.brackets(due.as_deref()),
                self.measured(two_decimals(*expected)),
            ),
            Verdict::UnderWay { figure, baseline } => format!(
                "Đang thực hiện: {}, mục tiêu{when} là {goal}; {}.",
                is(figure),
                match (due, baseline) {
                    (None, _) => "mục tiêu không nêu thời hạn nên chưa đánh giá được tiến độ",
                    (_, None) => "không có số liệu gốc tại thời điểm ban hành để đánh giá tiến độ",
                    _ => "chưa có số liệu nào sau số liệu gốc để đánh giá tiến độ",
                }
            ),
            Verdict::NoFigure { last: None } => {
                format!("Chưa có số liệu nào của đơn vị về chỉ tiêu này; mục tiêu{when} là {goal}.")
            }
            Verdict::NoFigure { last: Some(last) } => format!(
                "Đã đến hạn{} nhưng chưa có số liệu của kỳ đến hạn hoặc sau đó; số liệu gần nhất là {} ({}), mục tiêu là {goal}.",
                self.brackets(due.as_deref()),
                self.figure(last),
                self.time(&last.period.to_string()),
            ),
            Verdict::UnitEnded { on, last } => format!(
                "Không so sánh được: đơn vị đã kết thúc ngày {}, {}; số liệu sau đó là của đơn vị kế thừa. {}, mục tiêu là {goal}.",
                self.day(*on),
                match due {
                    Some(due) => format!("trước thời hạn của mục tiêu ({due})"),
                    None => "khi mục tiêu (không nêu thời hạn) chưa đạt".to_owned(),
                },
                match last {
                    Some(last) => format!(
                        "Số liệu cuối cùng của đơn vị là {} ({})",
                        self.figure(last),
                        self.time(&last.period.to_string())
                    ),
                    None => "Đơn vị không có số liệu nào về chỉ tiêu này".to_owned(),
                }
            ),
            Verdict::Differs(figure) => format!(
                "Không so sánh được: số liệu {} được tính theo định nghĩa hoặc phương pháp khác; mục tiêu{when} là {goal}.",
                self.time(&figure.period.to_string()),
            ),
        }
    }
    fn english(&self, verdict: &Verdict<'_>) -> String {
        let goal = self.aim();
        let due = self.due();
        let when = due.as_ref().map(|due| format!(" for {due}")).unwrap_or_default();
        let is = |f: &Figure| format!("the figure for {} is {}", self.time(&f.period.to_string()), self.figure(f));
        match verdict {
            Verdict::InWords => "The target is in words: it has no indicator and value to measure.".to_owned(),
            Verdict::Met(figure) => format!("Met: {}, and the target{when} is {goal}.", is(figure)),
            Verdict::Missed(figure) => format!("Due and not met: {}, and the target{when} is {goal}.", is(figure)),
            Verdict::OnLine { figure, baseline, expected, kept } => format!(
                "{}: {}; on the straight line from {} ({}) to the target of {goal}{}, {} was needed by then.",
                if *kept { "On track" } else { "Behind" },
                is(figure),
                self.figure(baseline),
                self.time(&baseline.period.to_string()),
                self.brackets(due.as_deref()),
                self.measured(two_decimals(*expected)),
            ),
            Verdict::UnderWay { figure, baseline } => format!(
                "In progress: {}, and the target{when} is {goal}; {}.",
                is(figure),
                match (due, baseline) {
                    (None, _) => "it names no time, so the pace cannot be told",
                    (_, None) => "there is no baseline from the plan's issue to tell the pace by",
                    _ => "there is no figure after the baseline to tell the pace by",
                }
            ),
            Verdict::NoFigure { last: None } => {
                format!("The unit has no figure of this indicator; the target{when} is {goal}.")
            }
            Verdict::NoFigure { last: Some(last) } => format!(
                "It is due{}, but there is no figure of that time or later; the last one is {} ({}), and the target is {goal}.",
                self.brackets(due.as_deref()),
                self.figure(last),
                self.time(&last.period.to_string()),
            ),
            Verdict::UnitEnded { on, last } => format!(
                "Not comparable: the unit ended on {}, {}; later figures are its successor's. {}, and the target is {goal}.",
                self.day(*on),
                match due {
                    Some(due) => format!("before the target was due ({due})"),
                    None => "before it met the target, which names no time".to_owned(),
                },
                match last {
                    Some(last) =>
                        format!("Its last figure is {} ({})", self.figure(last), self.time(&last.period.to_string())),
                    None => "It has no figure of this indicator".to_owned(),
                }
            ),
            Verdict::Differs(figure) => format!(
                "Not comparable: the figure for {} follows another definition or method; the target{when} is {goal}.",
                self.time(&figure.period.to_string()),
            ),
        }
    }
    fn brackets(&self, due: Option<&str>) -> String {
        due.map(|due| format!(" ({due})")).unwrap_or_default()
    }
    fn due(&self) -> Option<String> {
        self.goal.target.due_on.as_ref().map(|due| self.time(&due.to_string()))
    }
    fn is_rank(&self) -> bool {
        self.goal.indicator.is_some_and(|i| i.value_type == ValueType::Rank)
    }
    /// The value to reach: "ít nhất 100%".
    fn aim(&self) -> String {
        let Some((value, bound)) = self.goal.value() else { return String::new() };
        let top = self.goal.target.qualifier == Qualifier::TopN;
        match (self.locale, bound) {
            _ if top => self.qualified(value, Qualifier::TopN),
            (Locale::Vi, Bound::AtMost) if self.is_rank() => format!("{} hoặc cao hơn", self.measured(value)),
            (Locale::En, Bound::AtMost) if self.is_rank() => format!("{} or better", self.measured(value)),
            (_, Bound::AtLeast) => self.qualified(value, Qualifier::AtLeast),
            (_, Bound::AtMost) => self.qualified(value, Qualifier::AtMost),
        }
    }
    fn figure(&self, figure: &Figure) -> String {
        figure.value.map(|value| self.qualified(value, figure.qualifier)).unwrap_or_default()
    }
    fn qualified(&self, value: f64, qualifier: Qualifier) -> String {
        let before = match (self.locale, qualifier) {
            (_, Qualifier::Exact) => return self.measured(value),
            (Locale::Vi, Qualifier::TopN) => return format!("tốp {}", number(value, self.locale)),
            (Locale::En, Qualifier::TopN) => return format!("among the top {}", number(value, self.locale)),
            (Locale::Vi, Qualifier::About) => "khoảng",
            (Locale::Vi, Qualifier::Over) => "trên",
            (Locale::Vi, Qualifier::Under) => "gần",
            (Locale::Vi, Qualifier::AtLeast) => "ít nhất",
            (Locale::Vi, Qualifier::AtMost) => "không quá",
            (Locale::En, Qualifier::About) => "about",
            (Locale::En, Qualifier::Over) => "more than",
            (Locale::En, Qualifier::Under) => "nearly",
            (Locale::En, Qualifier::AtLeast) => "at least",
            (Locale::En, Qualifier::AtMost) => "at most",
        };
        format!("{before} {}", self.measured(value))
    }
    /// A value with its unit: "93,66 Mbps", "100%", "hạng 18".
    fn measured(&self, value: f64) -> String {
        let value = number(value, self.locale);
        match (self.locale, self.goal.indicator) {
            (Locale::Vi, _) if self.is_rank() => format!("hạng {value}"),
            (Locale::En, _) if self.is_rank() => format!("rank {value}"),
            (_, Some(indicator::Model { unit, .. })) if unit == "%" => format!("{value}%"),
            (_, Some(indicator::Model { unit, .. })) => format!("{value} {unit}"),
            (_, None) => value,
        }
    }
    /// A day or period in words: "quý I/2023", "tháng 3/2023", "năm 2025".
    fn time(&self, text: &str) -> String {
        let mut parts = text.splitn(3, '-');
        let (year, part, day) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
        let vietnamese = self.locale == Locale::Vi;
        match (part, day) {
            (None, _) if vietnamese => format!("năm {year}"),
            (None, _) => year.to_owned(),
            (Some("S1"), _) if vietnamese => format!("6 tháng đầu năm {year}"),
            (Some("S2"), _) if vietnamese => format!("6 tháng cuối năm {year}"),
            (Some("S1"), _) => format!("the first half of {year}"),
            (Some("S2"), _) => format!("the second half of {year}"),
            (Some("Q1"), _) if vietnamese => format!("quý I/{year}"),
            (Some("Q2"), _) if vietnamese => format!("quý II/{year}"),
            (Some("Q3"), _) if vietnamese => format!("quý III/{year}"),
            (Some("Q4"), _) if vietnamese => format!("quý IV/{year}"),
            (Some(month), None) if vietnamese => format!("tháng {}/{year}", month.trim_start_matches('0')),
            (Some(quarter), None) if quarter.starts_with('Q') => format!("{quarter} {year}"),
            (Some(month), None) => format!("{} {year}", month_name(month)),
            (Some(_), Some(_)) => match text.parse::<NaiveDate>() {
                Ok(day) if vietnamese => format!("ngày {}", self.day(day)),
                Ok(day) => self.day(day),
                Err(_) => text.to_owned(),
            },
        }
    }
    fn day(&self, day: NaiveDate) -> String {
        match self.locale {
            Locale::Vi => day.format("%d/%m/%Y").to_string(),
            Locale::En => format!("{} {}", day.format("%-d"), self.time(&day.format("%Y-%m").to_string())),
        }
    }
}

fn month_name(month: &str) -> &str {
    match month {
        "01" => "January",
        "02" => "February",
        "03" => "March",
        "04" => "April",
        "05" => "May",
        "06" => "June",
        "07" => "July",
        "08" => "August",
        "09" => "September",
        "10" => "October",
        "11" => "November",
        "12" => "December",
        other => other,
    }
}

fn two_decimals(value: f64) -> f64 {
    format!("{value:.2}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use entity::kinds::Direction;

    use super::{
        super::tests::{day, indicator, plan, target},
        *,
    };
    use crate::indicator::merging::tests::figure;

    #[test]
    fn times_are_said_as_precisely_as_they_are_known() {
        let (plan, target) = (plan(None, None), target(None, Qualifier::Exact, None));
        let goal = Goal { target: &target, plan: &plan, indicator: None, unit_ended: None, figures: &[] };
        for (time, vi, en) in [
            ("2025", "năm 2025", "2025"),
            ("2023-03", "tháng 3/2023", "March 2023"),
            ("2023-Q1", "quý I/2023", "Q1 2023"),
            ("2022-S2", "6 tháng cuối năm 2022", "the second half of 2022"),
            ("2022-10-08", "ngày 08/10/2022", "8 October 2022"),
        ] {
            let said = |locale| Words { goal: &goal, locale }.time(time);
            assert_eq!((said(Locale::Vi), said(Locale::En)), (vi.to_owned(), en.to_owned()));
        }
    }

    #[test]
    fn a_verdict_is_explained_in_a_sentence() {
        let (plan, target) = (plan(Some("2022-10"), None), target(Some(200.0), Qualifier::Exact, Some("2025")));
        let speed = indicator(Direction::HigherBetter, "Mbps", ValueType::Speed);
        let (first, last) =
            (figure(1, "2022", Some(70.4), Qualifier::Exact), figure(1, "2024", Some(93.66), Qualifier::Over));
        let goal = Goal { target: &target, plan: &plan, indicator: Some(&speed), unit_ended: None, figures: &[] };
        for (verdict, vi, en) in [
            (
                Verdict::OnLine { figure: &last, baseline: &first, expected: 156.844, kept: false },
                "Chậm tiến độ: số liệu năm 2024 là trên 93,66 Mbps; tính đều từ 70,4 Mbps (năm 2022) đến mục tiêu ít nhất 200 Mbps (năm 2025), mức cần đạt khi đó là 156,84 Mbps.",
                "Behind: the figure for 2024 is more than 93.66 Mbps; on the straight line from 70.4 Mbps (2022) to the target of at least 200 Mbps (2025), 156.84 Mbps was needed by then.",
            ),
            (
                Verdict::NoFigure { last: Some(&first) },
                "Đã đến hạn (năm 2025) nhưng chưa có số liệu của kỳ đến hạn hoặc sau đó; số liệu gần nhất là 70,4 Mbps (năm 2022), mục tiêu là ít nhất 200 Mbps.",
                "It is due (2025), but there is no figure of that time or later; the last one is 70.4 Mbps (2022), and the target is at least 200 Mbps.",
            ),
            (
                Verdict::UnitEnded { on: day("2025-06-30"), last: None },
                "Không so sánh được: đơn vị đã kết thúc ngày 30/06/2025, trước thời hạn của mục tiêu (năm 2025); số liệu sau đó là của đơn vị kế thừa. Đơn vị không có số liệu nào về chỉ tiêu này, mục tiêu là ít nhất 200 Mbps.",
                "Not comparable: the unit ended on 30 June 2025, before the target was due (2025); later figures are its successor's. It has no figure of this indicator, and the target is at least 200 Mbps.",
            ),
            (
                Verdict::Met(&last),
                "Đã đạt: số liệu năm 2024 là trên 93,66 Mbps, mục tiêu năm 2025 là ít nhất 200 Mbps.",
                "Met: the figure for 2024 is more than 93.66 Mbps, and the target for 2025 is at least 200 Mbps.",
            ),
        ] {
            let told = explain(&goal, &verdict);
            assert_eq!((told.text(Locale::Vi), told.text(Locale::En)), (vi, en));
        }
    }

    #[test]
    fn a_rank_is_said_as_a_rank() {
        let (plan, target) = (plan(None, None), target(Some(20.0), Qualifier::TopN, Some("2025")));
        let rank = indicator(Direction::LowerBetter, "hạng", ValueType::Rank);
        let goal = Goal { target: &target, plan: &plan, indicator: Some(&rank), unit_ended: None, figures: &[] };
        let told = explain(&goal, &Verdict::Missed(&figure(1, "2025", Some(25.0), Qualifier::Exact)));
        assert_eq!(
            (told.text(Locale::Vi), told.text(Locale::En)),
            (
                "Đã đến hạn mà chưa đạt: số liệu năm 2025 là hạng 25, mục tiêu năm 2025 là tốp 20.",
                "Due and not met: the figure for 2025 is rank 25, and the target for 2025 is among the top 20."
            )
        );
    }
}
