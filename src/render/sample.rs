//! A monthly tier report in Chinese with every kind of block and every kind of hostile text.

use chrono::NaiveDate;

use crate::{
    money::{Currency, Scale, Share},
    period::Period,
    report::{
        Align, Block, Cell, Change, Chart, ChartKind, ChartUnit, Check, Column, Figure, Finding, Note, Report, Row,
        RowKind, Section, Series, Table, Tone,
    },
    text::Lang,
};

/// Names that customers really have, and some that only an attacker has.
pub(crate) const HOSTILE: [&str; 12] = [
    "=cmd()|'/c calc'!A1",
    "<script>alert(1)</script>",
    "Eve\r\nBcc: x@y",
    "\u{202E}gnitsetكلا",
    "王璟",
    "𠮷野家（上海）有限公司",
    "张三 😀",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "]]> & \"引号\" 'x' \u{0}\u{FFFE}",
];

pub(crate) fn cny() -> Currency {
    Currency { code: "CNY".to_owned(), scale: Scale::new(2).unwrap() }
}

fn figure(id: &'static str, label: &str, value: Cell, month: (Cell, Tone), year: (Cell, Tone)) -> Figure {
    let change = |label: &str, (by, tone)| Change { label: label.to_owned(), by, tone };
    Figure {
        id, label: label.to_owned(), value, changes: vec![change("较上月", month), change("较上年同月", year)]
    }
}

fn column(id: &str, title: &str, align: Align) -> Column {
    Column { id: id.to_owned(), title: title.to_owned(), align }
}

fn data(cells: Vec<Cell>) -> Row {
    Row { kind: RowKind::Data, cells }
}

fn total(cells: Vec<Cell>) -> Row {
    Row { kind: RowKind::Total, cells }
}

fn words(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn key_figures() -> Block {
    let percent = |part: i64, whole: i64| Cell::PercentChange(Share::new(part, whole));
    let sales = Cell::Money(1_876_543_210);
    let gold = Cell::Percent(Share::new(6_013, 48_213));
    let points = |tenths| (Cell::PointsChange(tenths), Tone::Neutral);
    let none = || (Cell::Empty, Tone::Good);
    Block::Figures(vec![
        figure(
            "members",
            "在册会员（人）",
            Cell::Count(48_213),
            (Cell::CountChange(612), Tone::Good),
            (percent(93, 1000), Tone::Good),
        ),
        figure("sales", "会员销售额（元）", sales, (percent(-52, 1000), Tone::Bad), (percent(118, 1000), Tone::Good)),
        figure("gold_share", "金卡及以上占比", gold, points(-6), points(14)),
        figure("moved_up", "本月升级（人）", Cell::Count(1_204), (Cell::CountChange(-88), Tone::Bad), none()),
        figure(
            "per_member",
            "人均购买次数",
            Cell::Times(Share::new(235, 100)),
            (percent(21, 1000), Tone::Good),
            none(),
        ),
    ])
}

fn tiers() -> Table {
    let rows = [
        ("钻石", 613, 412_345_600, 12),
        ("金卡", 5_400, 702_114_410, -40),
        ("银卡", 14_200, 501_083_100, 220),
        ("普卡", 28_000, 261_000_100, 420),
    ];
    let mut cells: Vec<Row> = rows
        .iter()
        .map(|(name, count, sales, moved)| {
            data(vec![
                words(name),
                Cell::Count(*count),
                Cell::Percent(Share::new(*count, 48_213)),
                Cell::Money(*sales),
                Cell::Percent(Share::new(*sales, 1_876_543_210_i64)),
                Cell::CountChange(*moved),
            ])
        })
        .collect();
    cells.push(total(vec![
        words("合计"),
        Cell::Count(48_213),
        Cell::Percent(Share::new(1, 1)),
        Cell::Money(1_876_543_210),
        Cell::Percent(Share::new(1, 1)),
        Cell::CountChange(612),
    ]));
    Table {
        id: "tiers".into(),
        title: "各等级人数与销售额".to_owned(),
        columns: vec![
            column("tier", "等级", Align::Left),
            column("members", "会员数（人）", Align::Right),
            column("member_share", "人数占比", Align::Right),
            column("sales", "近 12 个月销售额（元）", Align::Right),
            column("sales_share", "销售额占比", Align::Right),
            column("change", "较上月（人）", Align::Right),
        ],
        rows: cells,
        printed: None,
        note: Some("占比各自四舍五入，相加可能与合计相差 0.1 个百分点。".to_owned()),
    }
}

fn matrix() -> Table {
    let rows = [
        ("钻石", [590, 11, 0, 0], [4, 1, 0, 0]),
        ("金卡", [23, 5_180, 210, 0], [1, 4, 2, 0]),
        ("银卡", [0, 209, 13_600, 370], [0, 2, 4, 2]),
        ("普卡", [0, 0, 390, 27_630], [0, 0, 3, 4]),
    ];
    Table {
        id: "moves".into(),
        title: "等级迁移（上月 → 本月，人）".to_owned(),
        columns: std::iter::once(column("from", "上月等级", Align::Left))
            .chain(["钻石", "金卡", "银卡", "普卡"].iter().map(|name| column(name, name, Align::Right)))
            .collect(),
        rows: rows
            .iter()
            .map(|(name, counts, shades)| {
                let shaded =
                    counts.iter().zip(shades).map(|(count, shade)| Cell::Shaded { count: *count, shade: *shade });
                data(std::iter::once(words(name)).chain(shaded).collect())
            })
            .collect(),
        printed: None,
        note: Some("行是上月等级，列是本月等级；对角线上是未变动的会员。".to_owned()),
    }
}

fn list() -> Table {
    let day = |n: u32| NaiveDate::from_ymd_opt(2026, 10, n % 28 + 1).unwrap();
    let name = |n: usize| HOSTILE.get(n).map_or_else(|| format!("客户{n:04}贸易有限公司"), |text| (*text).to_owned());
    let rows = (0..300_usize).map(|n| {
        let small = i64::try_from(n).unwrap();
        let last = if n % 17 == 0 { Cell::Empty } else { Cell::Date(day(u32::try_from(n).unwrap())) };
        data(vec![
            words(&format!("M{n:05}")),
            Cell::Text(name(n)),
            words(["金卡", "银卡"][n % 2]),
            words(["银卡", "金卡"][n % 2]),
            Cell::Money(i128::from(9_800_000 - small * 31_337)),
            last,
            words(if n % 2 == 0 { "近 12 个月销售额低于保级线 5,000.00 元" } else { "达到升级线" }),
        ])
    });
    Table {
        id: "movers".into(),
        title: "等级变动名单".to_owned(),
        columns: vec![
            column("member", "会员号", Align::Left),
            column("name", "名称", Align::Left),
            column("from", "原等级", Align::Left),
            column("to", "新等级", Align::Left),
            column("sales", "近 12 个月销售额（元）", Align::Right),
            column("last", "最近消费", Align::Left),
            column("reason", "原因", Align::Left),
        ],
        rows: rows.collect(),
        printed: None,
        note: None,
    }
}

fn charts() -> (Chart, Chart) {
    let months = (10..22).map(|n| format!("{}-{:02}", 2025 + n / 12, n % 12 + 1)).collect();
    let sales = [148, 96, 151, 160, 172, 169, 158, 163, 181, 188, 197, 187];
    let share = [118, 117, 119, 121, 122, 122, 121, 123, 126, 129, 131, 125];
    let trend = Chart {
        id: "trend",
        title: "近 12 个月会员销售额与金卡及以上占比".to_owned(),
        kind: ChartKind::ColumnsAndLine,
        categories: months,
        series: vec![
            Series {
                name: "会员销售额（元）".to_owned(),
                unit: ChartUnit::Money,
                values: sales.iter().map(|v| Some(v * 10_000_000 + 6_543_210)).collect(),
            },
            Series {
                name: "金卡及以上占比".to_owned(),
                unit: ChartUnit::Permille,
                values: share.iter().enumerate().map(|(i, v)| (i != 3).then_some(*v)).collect(),
            },
        ],
    };
    let tiers = Chart {
        id: "tier_bars",
        title: "各等级会员数：本月与上月".to_owned(),
        kind: ChartKind::Bars,
        categories: ["钻石", "金卡", "银卡", "普卡"].map(str::to_owned).to_vec(),
        series: vec![
            Series {
                name: "本月（人）".to_owned(),
                unit: ChartUnit::Count,
                values: vec![Some(613), Some(5_400), Some(14_200), Some(28_000)],
            },
            Series {
                name: "上月（人）".to_owned(),
                unit: ChartUnit::Count,
                values: vec![Some(601), Some(5_440), Some(13_980), Some(27_580)],
            },
        ],
    };
    (trend, tiers)
}

fn sections() -> Vec<Section> {
    let (trend, tier_bars) = charts();
    let section = |id, title: &str, lead: Option<&str>, blocks| Section {
        id,
        title: title.to_owned(),
        lead: lead.map(str::to_owned),
        blocks,
    };
    let overview = vec![key_figures(), Block::Chart(trend)];
    let structure = vec![Block::Table(tiers()), Block::Chart(tier_bars)];
    let moved = Block::Text("本月 1,204 人升级、580 人降级。变动自 2026-11-01 起生效。".to_owned());
    vec![
        section("overview", "总体情况", Some("会员规模、销售额与等级结构。"), overview),
        section("tiers", "等级结构", Some("金卡及以上占会员的 12.5%，贡献近六成销售额。"), structure),
        section("moves", "等级变动", None, vec![moved, Block::Table(matrix()), Block::Table(list())]),
    ]
}

fn notes() -> Vec<Note> {
    [
        ("数据截至", "2026-10-31 24:00（Asia/Shanghai）"),
        ("账本快照", "sha256 3f9a6c…b1，交易 1,204,331 行，会员 48,213 行"),
        ("等级方案", "member-tier 第 3 版，2026-01-01 起执行"),
        ("销售额", "含税实付金额，已减退货，不含储值充值"),
    ]
    .map(|(label, text)| Note { label: label.to_owned(), text: text.to_owned() })
    .to_vec()
}

/// The whole report.
pub(crate) fn report() -> Report {
    let finding = |tone, text: &str| Finding { tone, text: text.to_owned() };
    let check = |equation: &str, both: Cell| Check { equation: equation.to_owned(), left: both.clone(), right: both };
    Report {
        id: "tier",
        title: "会员等级月报".to_owned(),
        organisation: "衡岳商贸股份有限公司".to_owned(),
        lang: Lang::Chinese,
        period: Period::parse("2026-10").unwrap(),
        as_of: NaiveDate::from_ymd_opt(2026, 10, 31).unwrap(),
        currency: cny(),
        example: Some("等级门槛为示例值，数据为生成数据，不代表任何真实客户。".to_owned()),
        findings: vec![
            finding(Tone::Bad, "会员销售额 18,765,432.10 元，较上月下降 5.2%；下降主要来自银卡会员的客单价。"),
            finding(Tone::Good, "在册会员 48,213 人，较上月增加 612 人，连续 9 个月增长。"),
            finding(Tone::Neutral, "210 名金卡会员因近 12 个月销售额低于保级线降为银卡，其中 37 名处于宽限期内。"),
        ],
        sections: sections(),
        notes: notes(),
        checks: vec![
            check("各等级人数之和 = 在册会员", Cell::Count(48_213)),
            check("各等级销售额之和 = 会员销售额", Cell::Money(1_876_543_210)),
        ],
    }
}
