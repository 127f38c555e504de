//! The fictional chain: its regions, departments, stores and salespeople.
//!
//! Invariants: every store belongs to a region and a department of the lists here; one store opens within the window and one loses
//! trade, the others are steady. Not here: who shops where (`behaviour`).

use rusqlite::{Transaction, params};

use super::{calendar::Calendar, dice::Dice};
use crate::period::day_number;

/// The fictional chain whose ledger this is.
pub const COMPANY: &str = "江城百货";

/// Regions as id and name.
pub(super) const REGIONS: &[(&str, &str)] =
    &[("R01", "武汉"), ("R02", "宜昌"), ("R03", "襄阳"), ("R04", "荆州"), ("R05", "黄石")];

/// Departments as id, name and region.
pub(super) const DEPARTMENTS: &[(&str, &str, Option<&str>)] = &[
    ("D01", "武汉营运部", Some("R01")),
    ("D02", "宜昌营运部", Some("R02")),
    ("D03", "襄阳营运部", Some("R03")),
    ("D04", "荆州营运部", Some("R04")),
    ("D05", "黄石营运部", Some("R05")),
    ("D06", "团购事业部", None),
    ("D07", "会员中心", None),
    ("D08", "财务部", None),
];

/// The department that looks after business customers.
pub(super) const BUSINESS_DEPARTMENT: &str = "D06";

/// How the trade of a store goes over the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trend {
    Steady,
    Opens,
    Declines,
}

/// A store.
#[derive(Debug)]
pub(super) struct Store {
    /// Name.
    pub(super) name: &'static str,
    /// Its region.
    pub(super) region: &'static str,
    /// The department that runs it.
    pub(super) department: &'static str,
    /// Its salespeople, the busiest first.
    pub(super) salespeople: [(&'static str, u32); 5],
    size: u32,
    trend: Trend,
}

const fn store(
    name: &'static str,
    (region, department): (&'static str, &'static str),
    (size, trend): (u32, Trend),
    [first, second, third, fourth, fifth]: [&'static str; 5],
) -> Store {
    let salespeople = [(first, 30), (second, 24), (third, 20), (fourth, 15), (fifth, 11)];
    Store { name, region, department, salespeople, size, trend }
}

const WUHAN: (&str, &str) = ("R01", "D01");
const YICHANG: (&str, &str) = ("R02", "D02");
const XIANGYANG: (&str, &str) = ("R03", "D03");
const JINGZHOU: (&str, &str) = ("R04", "D04");
const HUANGSHI: (&str, &str) = ("R05", "D05");

/// The store to which everything falls that finds no other.
pub(super) static MAIN_STORE: Store =
    store("江城总店", WUHAN, (20, Trend::Steady), ["李文静", "陈志强", "王丽娟", "张海波", "刘思雨"]);

static OTHER_STORES: [Store; 11] = [
    store("汉口店", WUHAN, (14, Trend::Steady), ["周建华", "吴晓燕", "徐明辉", "孙佳怡", "马俊杰"]),
    store("光谷店", WUHAN, (13, Trend::Steady), ["朱雅琴", "胡立新", "郭婷婷", "何志远", "高雪梅"]),
    store("青山店", WUHAN, (9, Trend::Declines), ["林国栋", "罗春花", "郑海燕", "梁永刚", "谢小红"]),
    store("王家湾店", WUHAN, (8, Trend::Steady), ["宋佳慧", "唐志平", "许丽萍", "韩晓东", "冯静怡"]),
    store("宜昌滨江店", YICHANG, (8, Trend::Steady), ["邓文博", "曹玉兰", "彭海涛", "曾雨欣", "肖志刚"]),
    store("宜昌东山店", YICHANG, (5, Trend::Steady), ["田晓敏", "董建军", "袁梦洁", "潘志勇", "于海霞"]),
    store("襄阳樊城店", XIANGYANG, (7, Trend::Steady), ["蒋丽华", "蔡文杰", "余秀兰", "杜俊峰", "叶晓琳"]),
    store("襄阳东津店", XIANGYANG, (7, Trend::Opens), ["程思远", "苏婉清", "魏志鹏", "吕佳琪", "丁海洋"]),
    store("荆州沙市店", JINGZHOU, (6, Trend::Steady), ["任春梅", "沈建国", "姚晓倩", "卢志伟", "姜雪莹"]),
    store("荆州古城店", JINGZHOU, (4, Trend::Steady), ["崔文娟", "钟立军", "谭晓芳", "陆俊豪", "汪雅丽"]),
    store("黄石港店", HUANGSHI, (6, Trend::Steady), ["范志华", "金秀珍", "石海峰", "廖晓云", "贾文涛"]),
];

/// Writes the regions and departments; returns how many of each.
///
/// # Errors
/// What the database says when it refuses a row.
pub(super) fn open(transaction: &Transaction<'_>) -> rusqlite::Result<(u64, u64)> {
    let mut region = transaction.prepare("INSERT INTO regions(region_id, name) VALUES (?, ?)")?;
    for (id, name) in REGIONS {
        region.execute(params![id, name])?;
    }
    let mut department =
        transaction.prepare("INSERT INTO departments(department_id, name, region_id) VALUES (?, ?, ?)")?;
    for (id, name, of) in DEPARTMENTS {
        department.execute(params![id, name, of])?;
    }
    let count = |rows: usize| u64::try_from(rows).unwrap_or(u64::MAX);
    Ok((count(REGIONS.len()), count(DEPARTMENTS.len())))
}

/// Every store.
pub(super) fn stores() -> impl Iterator<Item = &'static Store> {
    std::iter::once(&MAIN_STORE).chain(OTHER_STORES.iter())
}

/// The stores over the window: when one opens, and how far another has declined.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stores {
    opening: i32,
    first: i32,
    days: u32,
}

impl Stores {
    /// The stores over the days of a calendar; the new one opens after two fifths of it.
    pub(super) fn new(calendar: &Calendar) -> Self {
        let (first, last) = (day_number(calendar.first()), day_number(calendar.last()));
        Self { opening: first + (last - first) * 2 / 5, first, days: first.abs_diff(last).max(1) }
    }

    /// The size of a store on a day; 0 while it is closed.
    pub(super) fn size(self, store: &Store, day: i32) -> u32 {
        match store.trend {
            Trend::Opens if day < self.opening => 0,
            Trend::Opens | Trend::Steady => store.size * 100,
            Trend::Declines => store.size * self.left(store, day),
        }
    }

    /// How many of a hundred visits to a store still happen on a day.
    pub(super) fn left(self, store: &Store, day: i32) -> u32 {
        let elapsed = if day < self.first { 0 } else { self.first.abs_diff(day).min(self.days) };
        if store.trend == Trend::Declines { 100 - 60 * elapsed / self.days } else { 100 }
    }

    /// One of the stores open on a day, by size.
    pub(super) fn anywhere(self, dice: &mut Dice, day: i32) -> &'static Store {
        self.choose(dice, day, |_| true)
    }

    /// One of the stores of a region open on a day, by size.
    pub(super) fn in_region(self, dice: &mut Dice, day: i32, region: &str) -> &'static Store {
        self.choose(dice, day, |store| store.region == region)
    }

    /// The store of a region that opened within the window, once it is open.
    pub(super) fn newly_opened(self, day: i32, region: &str) -> Option<&'static Store> {
        stores().find(|store| store.trend == Trend::Opens && store.region == region && self.size(store, day) > 0)
    }

    fn choose(self, dice: &mut Dice, day: i32, wanted: impl Fn(&Store) -> bool + Copy) -> &'static Store {
        let sizes = || stores().filter(move |store| wanted(store)).map(move |store| (store, self.size(store, day)));
        let mut rest = dice.below(sizes().map(|(_, size)| size).sum());
        for (store, size) in sizes() {
            if rest < size {
                return store;
            }
            rest -= size;
        }
        &MAIN_STORE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::period::parse_day;
    use std::collections::BTreeSet;

    #[test]
    fn stores_belong_to_known_regions_and_departments() {
        assert_eq!(stores().count(), 12);
        let mut people = BTreeSet::new();
        for store in stores() {
            assert!(REGIONS.iter().any(|(id, _)| *id == store.region), "{}", store.name);
            let department = DEPARTMENTS.iter().find(|(id, _, _)| *id == store.department).unwrap();
            assert_eq!(department.2, Some(store.region), "{}", store.name);
            people.extend(store.salespeople.map(|(name, _)| name));
        }
        assert_eq!(people.len(), 60, "every salesperson is another person");
        assert!(DEPARTMENTS.iter().any(|(id, _, _)| *id == BUSINESS_DEPARTMENT));
    }

    #[test]
    fn one_store_opens_and_one_declines() {
        let day = |text| parse_day(text).unwrap();
        let calendar = Calendar::new(day("2024-05-01"), day("2026-10-31"));
        let stores_over_time = Stores::new(&calendar);
        let (first, last) = (day_number(calendar.first()), day_number(calendar.last()));
        let trade = |day| stores().map(|store| stores_over_time.size(store, day)).collect::<Vec<_>>();
        assert_eq!(trade(first).iter().filter(|size| **size == 0).count(), 1);
        assert_eq!(trade(last).iter().filter(|size| **size == 0).count(), 0);
        let declined = stores().filter(|store| stores_over_time.left(store, last) < 100).collect::<Vec<_>>();
        assert_eq!(declined.len(), 1);
        assert_eq!(stores_over_time.left(declined[0], last), 40);
        assert!(stores_over_time.newly_opened(first, "R03").is_none());
        assert!(stores_over_time.newly_opened(last, "R03").is_some());
        assert!(stores_over_time.newly_opened(last, "R01").is_none());
    }
}
