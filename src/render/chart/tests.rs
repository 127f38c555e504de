use proptest::prelude::*;

use super::*;
use crate::{
    money::{Scale, parse_minor},
    render::sample,
};

fn chart(kind: ChartKind, categories: Vec<String>, series: Vec<(ChartUnit, Vec<Option<i128>>)>) -> Chart {
    let series = series
        .into_iter()
        .enumerate()
        .map(|(n, (unit, values))| Series { name: format!("序列 {n}（元）"), unit, values })
        .collect();
    Chart { id: "c", title: "标题 <&>".to_owned(), kind, categories, series }
}

fn months(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("2026-{:02}", n + 1)).collect()
}

const KINDS: [ChartKind; 5] =
    [ChartKind::Columns, ChartKind::Bars, ChartKind::Lines, ChartKind::ColumnsAndLine, ChartKind::Pareto];

/// A number of an SVG in tenths; one that is no number or finer fails the test.
fn tenths(text: &str) -> i64 {
    parse_minor(text, Scale::new(1).unwrap()).unwrap()
}

/// Every coordinate of an SVG in tenths with the attribute it stands in, and whether it is upright.
fn coordinates(svg: &str) -> Vec<(&'static str, i64, bool)> {
    let document = roxmltree::Document::parse(svg).unwrap();
    let mut found = Vec::new();
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        let number = |name: &str| node.attribute(name).map(tenths);
        for name in ["x", "x1", "x2", "cx"] {
            found.extend(number(name).map(|value| (name, value, false)));
        }
        for name in ["y", "y1", "y2", "cy"] {
            found.extend(number(name).map(|value| (name, value, true)));
        }
        found.extend(number("x").zip(number("width")).map(|(x, width)| ("x+width", x + width, false)));
        found.extend(number("y").zip(number("height")).map(|(y, height)| ("y+height", y + height, true)));
        if let (Some(x), Some(anchor)) = (number("x"), node.attribute("text-anchor")) {
            let width = canvas::text_width(node.text().unwrap_or_default());
            let (before, after) = match anchor {
                "start" => (0, width),
                "middle" => (width / 2, width / 2),
                _ => (width, 0),
            };
            found.push(("text start", x - before, false));
            found.push(("text end", x + after, false));
        }
        for pair in node.attribute("points").unwrap_or_default().split_whitespace() {
            let (x, y) = pair.split_once(',').unwrap();
            found.push(("points", tenths(x), false));
            found.push(("points", tenths(y), true));
        }
    }
    found
}

fn assert_inside(svg: &str) {
    let document = roxmltree::Document::parse(svg).unwrap();
    let view_box: Vec<i64> = document.root_element().attribute("viewBox").unwrap().split(' ').map(tenths).collect();
    for (name, value, upright) in coordinates(svg) {
        let limit = if upright { view_box[3] } else { view_box[2] };
        assert!((0..=limit).contains(&value), "{name}={value} beyond {limit} tenths");
    }
}

#[test]
fn nothing_to_draw_is_said_in_words() {
    for kind in KINDS {
        for empty in [
            chart(kind, Vec::new(), Vec::new()),
            chart(kind, months(2), vec![(ChartUnit::Count, vec![None, None])]),
            chart(kind, Vec::new(), vec![(ChartUnit::Count, vec![Some(1)])]),
        ] {
            let svg = svg(&empty, &sample::cny(), Lang::Chinese, 720);
            assert!(svg.contains(">无数据</text>") && !svg.contains("<rect") && !svg.contains("<line"), "{svg}");
        }
    }
}

#[test]
fn axes_speak_the_language() {
    let money = chart(
        ChartKind::Columns,
        months(3),
        vec![(ChartUnit::Money, vec![Some(1_230_000_000), None, Some(-300_000_000)])],
    );
    let zh = svg(&money, &sample::cny(), Lang::Chinese, 720);
    assert!(zh.contains(">500万</text>") && zh.contains(">1,230万</text>") && zh.contains(">-300万</text>"), "{zh}");
    let en = svg(&money, &sample::cny(), Lang::English, 720);
    assert!(en.contains(">5M</text>") && en.contains(">12.3M</text>") && !en.contains('万'), "{en}");
}

#[test]
fn an_axis_that_does_not_start_at_zero_says_so() {
    let line = |values| chart(ChartKind::Lines, months(3), vec![(ChartUnit::Permille, values)]);
    let close = svg(&line(vec![Some(952), Some(961), Some(978)]), &sample::cny(), Lang::Chinese, 720);
    assert!(close.contains("纵轴不从 0 开始"));
    let wide = svg(&line(vec![Some(52), Some(961), Some(978)]), &sample::cny(), Lang::Chinese, 720);
    assert!(!wide.contains("纵轴不从 0 开始"));
}

#[test]
fn a_gap_breaks_the_line() {
    let line =
        chart(ChartKind::Lines, months(5), vec![(ChartUnit::Count, vec![Some(1), Some(2), None, Some(4), Some(5)])]);
    let svg = svg(&line, &sample::cny(), Lang::Chinese, 720);
    // One stroke in the legend and two in the plot.
    assert_eq!(svg.matches("<polyline").count(), 3, "{svg}");
}

#[test]
fn series_differ_by_more_than_colour() {
    let values = || vec![Some(10), Some(20), Some(30)];
    let lines = chart(ChartKind::Lines, months(3), (0..4).map(|_| (ChartUnit::Count, values())).collect());
    let svg = svg(&lines, &sample::cny(), Lang::Chinese, 720);
    assert_eq!(svg.matches("stroke-dasharray").count(), 6, "{svg}");
    assert!(svg.contains("<circle") && svg.contains("<polygon"));
}

#[test]
fn long_and_many_names_are_thinned_or_cut() {
    let many = chart(ChartKind::Columns, months(60), vec![(ChartUnit::Count, (0..60).map(Some).collect())]);
    let svg_of = |chart: &Chart| svg(chart, &sample::cny(), Lang::Chinese, 340);
    let drawn = svg_of(&many);
    assert!(drawn.contains(">2026-60</text>"), "the last name is always shown");
    assert!(drawn.matches("text-anchor=\"middle\"").count() < 12);
    let long = vec!["很长很长很长很长的部门名称".repeat(4), "短".to_owned()];
    let bars = chart(ChartKind::Bars, long, vec![(ChartUnit::Count, vec![Some(1), Some(2)])]);
    assert!(svg_of(&bars).contains("…</text>"));
    assert_inside(&svg_of(&bars));
    let crowd = (0..50).map(|n| format!("部门 {n}")).collect();
    let crowd = chart(ChartKind::Bars, crowd, vec![(ChartUnit::Count, (0..50).map(Some).collect())]);
    assert!(svg_of(&crowd).contains("另有 10 项未画出"));
}

#[test]
fn the_summary_names_the_ends() {
    let line = chart(ChartKind::Lines, months(3), vec![(ChartUnit::Count, vec![Some(5), None, Some(9)])]);
    assert_eq!(
        summary(&line, &sample::cny(), Lang::Chinese),
        "标题 <&>。序列 0（元）：最低 5（2026-01），最高 9（2026-03），最近 9（2026-03）"
    );
}

#[test]
fn a_table_holds_the_same_values() {
    let mixed = chart(
        ChartKind::ColumnsAndLine,
        months(2),
        vec![(ChartUnit::Money, vec![Some(12_345), None]), (ChartUnit::Permille, vec![Some(125), Some(130)])],
    );
    let table = table(&mixed, Lang::Chinese);
    let text = crate::render::text::table(&table, &sample::cny(), Lang::Chinese, 9);
    assert!(text.contains("123.45") && text.contains("12.5%") && text.contains('—'), "{text}");
}

fn unit() -> impl Strategy<Value = ChartUnit> {
    prop_oneof![Just(ChartUnit::Count), Just(ChartUnit::Money), Just(ChartUnit::Permille)]
}

fn value() -> impl Strategy<Value = Option<i128>> {
    prop_oneof![
        Just(None),
        any::<i128>().prop_map(Some),
        (-2000_i128..2000).prop_map(Some),
        any::<i64>().prop_map(|v| Some(v.into()))
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn any_values_stay_inside(
        kind in 0_usize..4,
        names in prop::collection::vec(".{0,30}", 0..30),
        series in prop::collection::vec((unit(), prop::collection::vec(value(), 0..35)), 0..5),
        width in 0_u32..1200,
        english: bool,
    ) {
        let lang = if english { Lang::English } else { Lang::Chinese };
        let drawing = chart(KINDS[kind], names, series);
        let picture = svg(&drawing, &sample::cny(), lang, width);
        prop_assert!(!picture.contains("NaN") && !picture.contains("inf"));
        assert_inside(&picture);
        prop_assert_eq!(picture, svg(&drawing, &sample::cny(), lang, width));
    }
}
