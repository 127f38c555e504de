//! The figures the report needs besides those of the scheme.

use chrono::NaiveDate;

use crate::{
    ledger::entity::{Entity, entity},
    metrics::{
        compute::Request,
        definition::{Aggregate, Condition, Measure, Metric, RowMeasure, Subject, Test},
        window::Window,
    },
    period::Period,
    text::Title,
};

/// Months on the trend, the report's own included.
pub(super) const TREND_MONTHS: usize = 13;

/// Net amount of everyone in the month.
pub(super) const NET_ALL: &str = "tier.net_all";
/// Gross sales of everyone in the month.
pub(super) const GROSS_ALL: &str = "tier.gross_all";
/// Orders of everyone in the month.
pub(super) const ORDERS_ALL: &str = "tier.orders_all";
/// Net amount with a member in the month.
pub(super) const NET_CARD: &str = "tier.net_card";
/// Net amount without a member in the month.
pub(super) const NET_NO_CARD: &str = "tier.net_no_card";
/// Sale lines of each member in the month.
pub(super) const LINES: &str = "tier.lines";
/// Net amount of each member in the month.
pub(super) const NET: &str = "tier.net";
/// Gross sales of each member in the month.
pub(super) const GROSS: &str = "tier.gross";
/// Orders of each member in the month.
pub(super) const ORDERS: &str = "tier.orders";
/// Net amount of each member in twelve months.
pub(super) const NET_12M: &str = "tier.net_12m";
/// Sale lines of each member in twelve months.
pub(super) const LINES_12M: &str = "tier.lines_12m";

/// The last days of a month and of the months before it, the latest first.
pub(super) fn month_ends(period: Period, count: usize) -> Vec<NaiveDate> {
    std::iter::successors(Some(period), |period| Some(period.previous())).take(count).map(Period::last_day).collect()
}

/// The figures that the report on a month needs.
pub fn requests(period: Period) -> Vec<Request> {
    let Some(transaction) = entity("transaction") else { return Vec::new() };
    let trend = || month_ends(period, TREND_MONTHS + 12);
    let two = || month_ends(period, 2);
    let three = || two().into_iter().chain([period.year_before().last_day()]);
    let net = || vec![kinds(&["sale", "return", "adjustment"])];
    let sales = || vec![kinds(&["sale"])];
    let member = || Condition { column: "member_id", test: Test::Empty(false) };
    let with_card = |mut conditions: Vec<Condition>| {
        conditions.push(member());
        conditions
    };
    let without_card = |mut conditions: Vec<Condition>| {
        conditions.push(Condition { column: "member_id", test: Test::Empty(true) });
        conditions
    };
    let everyone =
        |id, aggregate, conditions| metric(transaction, id, Subject::Everyone, aggregate, conditions, Window::Month);
    let each = |id, aggregate, conditions, window| {
        metric(transaction, id, Subject::Column("member_id"), aggregate, conditions, window)
    };
    let amount = Aggregate::Sum("amount");
    let orders = Aggregate::CountDistinct("order_id");
    let year = Window::Months(12);
    vec![
        Request::new(everyone(NET_ALL, amount, net()), trend()),
        Request::new(everyone(GROSS_ALL, amount, sales()), trend()),
        Request::new(everyone(ORDERS_ALL, orders, sales()), trend()),
        Request::new(everyone(NET_CARD, amount, with_card(net())), trend()),
        Request::new(everyone(NET_NO_CARD, amount, without_card(net())), trend()),
        Request::new(each(LINES, Aggregate::Count, sales(), Window::Month), trend()),
        Request::new(each(NET, amount, net(), Window::Month), two()),
        Request::new(each(GROSS, amount, sales(), Window::Month), two()),
        Request::new(each(ORDERS, orders, sales(), Window::Month), two()),
        Request::new(each(NET_12M, amount, net(), year), three()),
        Request::new(each(LINES_12M, Aggregate::Count, sales(), year), month_ends(period, TREND_MONTHS + 1)),
    ]
}

fn kinds(words: &[&str]) -> Condition {
    Condition { column: "kind", test: Test::OneOf(words.iter().map(|word| (*word).to_owned()).collect()) }
}

fn metric(
    entity: &'static Entity,
    id: &str,
    subject: Subject,
    aggregate: Aggregate,
    conditions: Vec<Condition>,
    window: Window,
) -> Metric {
    let measure = Measure::Rows(RowMeasure { entity, subject, aggregate, conditions, window, lag: None });
    Metric { id: id.to_owned(), title: Title { zh: id.to_owned(), en: id.to_owned() }, measure }
}
