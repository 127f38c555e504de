//! Satisfaction through the program: published means of real answers, the rule of comments (S25), answers that do not fit.

use std::{collections::BTreeMap, fmt::Write as _, fs};

use crate::support::{World, shared};

type Row = BTreeMap<String, String>;

fn rows(text: &str) -> Vec<Row> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
}

fn scored(world: &World, more: &[&str]) -> Vec<Row> {
    rows(&world.fenji(&[&["survey", "score", "--format", "csv"], more].concat()).succeeded().out)
}

fn count(row: &Row, column: &str) -> i64 {
    row[column].parse().unwrap()
}

const LEVELS: [&str; 5] = ["很不满意", "不满意", "一般", "满意", "很满意"];

/// A home with our own ledger and one wave `w` of answers: customer, indicator, level, comment, kind of comment; ids count from 1.
fn world_of(answers: &[(&str, &str, &str, &str, &str)]) -> World {
    let world = World::new();
    world.fenji(&["ledger", "init"]).succeeded();
    let sql = world.sql();
    for (number, (customer, indicator, level, comment, kind)) in (1..).zip(answers) {
        sql.execute(
            "INSERT INTO responses(response_id, customer_id, answered_on, indicator, level, comment, comment_kind, wave)
             VALUES(?1, ?2, '2026-06-01', ?3, nullif(?4, ''), nullif(?5, ''), nullif(?6, ''), 'w')",
            (format!("R{number}"), customer, indicator, level, comment, kind),
        )
        .unwrap();
    }
    world
}

/// The sample of an airline as a ledger: each line of the sample is a customer with an answer to each of 14 questions.
fn airline() -> Option<World> {
    let file = shared("airline_satisfaction/dev_odd_ids.csv.zst")?;
    let text = String::from_utf8(zstd::decode_all(fs::read(file).unwrap().as_slice()).unwrap()).unwrap();
    let lines = rows(&text);
    let world = World::new();
    world.fenji(&["ledger", "init"]).succeeded();
    let items: Vec<String> = reference().iter().map(|row| row["item"].clone()).collect();
    let mut survey = world.read("config/surveys/customer-satisfaction.toml");
    survey.truncate(survey.find("[[indicator]]").unwrap());
    for (place, item) in items.iter().enumerate() {
        write!(
            survey,
            "[[indicator]]\nid = \"i{place}\"\ntitle = {{ zh = \"{item}\", en = \"{item}\" }}\ngroup = \"service\"\n"
        )
        .unwrap();
    }
    world.write("config/surveys/customer-satisfaction.toml", survey);
    let mut sql = world.sql();
    let transaction = sql.transaction().unwrap();
    {
        let mut add = transaction
            .prepare("INSERT INTO responses(response_id, customer_id, answered_on, indicator, level, wave) VALUES(?1, ?2, '2015-01-01', ?3, ?4, 'w')")
            .unwrap();
        for line in &lines {
            for (place, item) in items.iter().enumerate() {
                add.execute((format!("{}-{place}", line["ID"]), &line["ID"], item, &line[item])).unwrap();
            }
        }
    }
    transaction.commit().unwrap();
    Some(world)
}

fn reference() -> Vec<Row> {
    rows(&fs::read_to_string(shared("airline_satisfaction/ref_item_means_dev_odd_ids.csv").unwrap()).unwrap())
}

#[test]
fn means_answers_and_blanks_of_the_sample_are_the_published_ones() {
    let Some(world) = airline() else { return };
    let found = scored(&world, &["--wave", "w"]);
    let expected = reference();
    assert_eq!((found.len(), expected.len()), (14, 14));
    for (row, published) in found.iter().zip(&expected) {
        let item = &published["item"];
        let (all, zeros) = (count(published, "answers"), count(published, "n0"));
        assert_eq!(
            (count(row, "answers"), count(row, "not_applicable"), count(row, "blank")),
            (all - zeros, zeros, 0),
            "{item}"
        );
        let levels = ["very_dissatisfied", "dissatisfied", "neutral", "satisfied", "very_satisfied"];
        let sum: i64 = (1..).zip(levels).map(|(worth, level)| worth * count(row, level)).sum();
        assert_eq!(sum, count(published, "sum"), "{item}");
        // A level of the sample is worth 20 points: the published mean has six places, rounded half up.
        let sixth = 1_000_000;
        let mean = (2 * sum * sixth + (all - zeros)) / (2 * (all - zeros));
        assert_eq!(format!("{}.{:06}", mean / sixth, mean % sixth), published["mean_1to5"], "{item}");
        let score = (2 * 20 * sum * sixth + (all - zeros)) / (2 * (all - zeros));
        assert_eq!(row["score"], format!("{}.{:06}", score / sixth, score % sixth), "{item}");
        let top = count(row, "satisfied") + count(row, "very_satisfied");
        let share = (2 * top * sixth + (all - zeros)) / (2 * (all - zeros));
        assert_eq!(format!("0.{share:06}"), published["top2_share_1to5"], "{item}");
    }
    let overall = &scored(&world, &["--wave", "w", "--by", "overall"])[0];
    assert_eq!(count(overall, "customers"), 64_940);
    assert_eq!(count(overall, "answers"), found.iter().map(|row| count(row, "answers")).sum::<i64>());
}

#[test]
fn a_comment_lowers_what_the_rule_book_says_it_lowers() {
    let kinds = ["", "praise", "opinion", "suggestion", "untyped"];
    let mut answers = Vec::new();
    let customers: Vec<String> = (0..25).map(|number| format!("C{number:02}")).collect();
    for (place, level) in LEVELS.iter().enumerate() {
        for (at, kind) in kinds.iter().enumerate() {
            let comment = if kind.is_empty() { " " } else { "交货太慢" };
            let marked = if *kind == "untyped" { "" } else { kind };
            answers.push((customers[place * 5 + at].as_str(), "产品交付及时性", *level, comment, marked));
        }
    }
    let world = world_of(&answers);
    let table = |world: &World| -> Vec<i64> {
        let scores = scored(world, &["--wave", "w", "--by", "customer"]);
        scores.iter().map(|row| row["score"].trim_end_matches(".000000").parse().unwrap()).collect()
    };
    #[rustfmt::skip]
    let by_the_reading = [
        // none praise opinion suggestion untyped
        20, 20, 20, 20, 20,
        40, 40, 40, 40, 40,
        60, 60, 40, 40, 40,
        80, 80, 40, 40, 40,
        100, 100, 100, 100, 100,
    ];
    assert_eq!(table(&world), by_the_reading);
    let audit = rows(&world.fenji(&["survey", "audit", "--wave", "w", "--format", "csv"]).succeeded().out);
    assert_eq!(audit.len(), 20, "every comment is listed");
    let changed: Vec<&Row> = audit.iter().filter(|row| row["overridden"] == "yes").collect();
    assert_eq!(changed.len(), 6);
    for row in changed {
        assert!(["satisfied", "neutral"].contains(&row["original"].as_str()) && row["counted"] == "dissatisfied");
        assert_eq!(row["comment"], "交货太慢");
    }
    let letter = world.read("config/surveys/customer-satisfaction.toml");
    world
        .write("config/surveys/customer-satisfaction.toml", letter.replace("\"untyped\"]", "\"untyped\", \"praise\"]"));
    let mut by_the_letter = by_the_reading;
    (by_the_letter[11], by_the_letter[16]) = (40, 40);
    assert_eq!(table(&world), by_the_letter);
}

#[test]
fn answers_that_do_not_fit_are_counted_and_listed_and_the_order_of_rows_changes_nothing() {
    let answers = [
        ("C1", "外观质量", "很满意", "", ""),
        ("C1", "外观质量", "很满意", "", ""),
        ("C1", "安全性", "满意", "", ""),
        ("C1", "安全性", "一般", "", ""),
        ("C1", "安全性", "满意", "", ""),
        ("C1", "价格", "满意", "", ""),
        ("C2", "外观质量", "非常好", "", ""),
        ("C2", "安全性", "", "", ""),
        ("C2", "稳定性", "不适用", "", ""),
        ("C2", "training", "<script>", "", ""),
        ("=cmd()", "外观质量", "不满意", "", ""),
    ];
    let told = |answers: &[(&str, &str, &str, &str, &str)]| {
        let world = world_of(answers);
        let said = world.fenji(&["survey", "score", "--wave", "w", "--by", "customer", "--format", "csv"]).succeeded();
        let faults = rows(&world.fenji(&["survey", "faults", "--wave", "w", "--format", "csv"]).succeeded().out);
        (said, faults)
    };
    let (said, faults) = told(&answers);
    let found = rows(&said.out);
    let of = |customer: &str| {
        found.iter().find(|row| row["customer_id"].trim_start_matches('\'') == customer).unwrap().clone()
    };
    assert_eq!(
        (of("C1")["score"].as_str(), of("C1")["answers"].as_str(), of("C1")["different"].as_str()),
        ("100.000000", "1", "1")
    );
    assert_eq!(
        (of("C2")["score"].as_str(), of("C2")["blank"].as_str(), of("C2")["not_applicable"].as_str()),
        ("", "1", "1")
    );
    assert_eq!(of("=cmd()")["score"], "40.000000");
    let kinds: Vec<(&str, &str)> =
        faults.iter().map(|row| (row["response_id"].as_str(), row["fault"].as_str())).collect();
    assert_eq!(
        kinds,
        [
            ("R1", "repeated"),
            ("R10", "unknown-level"),
            ("R2", "repeated"),
            ("R3", "different"),
            ("R4", "different"),
            ("R5", "different"),
            ("R6", "unknown-indicator"),
            ("R7", "unknown-level"),
        ]
    );
    for words in
        ["1 answers are about an indicator", "2 answers are not a level", "1 answers repeat", "3 answers contradict"]
    {
        assert!(said.err.contains(words), "{words}: {}", said.err);
    }
    let mut reversed = answers;
    reversed.reverse();
    assert_eq!(told(&reversed).0.out, said.out);
}

#[test]
fn groups_with_one_mean_share_a_place_and_stand_by_name_in_any_order_of_rows() {
    // Thirty customers of each product; those of pears are less satisfied.
    let answers = |products: [&str; 3]| {
        let world = World::new();
        world.fenji(&["ledger", "init"]).succeeded();
        let sql = world.sql();
        for (number, product) in (0..30).flat_map(|number| products.map(|product| (number, product))) {
            let level = if product == "pears" { "一般" } else { "满意" };
            sql.execute(
                "INSERT INTO responses(response_id, customer_id, answered_on, indicator, level, wave, product)
                 VALUES(?1 || ?2, ?2, '2026-06-01', '外观质量', ?3, 'w', ?1)",
                (product, format!("C{number:02}"), level),
            )
            .unwrap();
        }
        scored(&world, &["--wave", "w", "--by", "product"])
    };
    let told = |rows: &[Row]| -> Vec<(String, String)> {
        rows.iter().map(|row| (row["product"].clone(), row["rank"].clone())).collect()
    };
    let expected = [("apples", "1"), ("plums", "1"), ("pears", "3")].map(|(name, rank)| (name.into(), rank.into()));
    for products in [["apples", "pears", "plums"], ["plums", "pears", "apples"]] {
        assert_eq!(told(&answers(products)), expected, "{products:?}");
    }
}

#[test]
fn the_audit_names_each_question_once_and_rows_without_a_wave_are_told() {
    let world = world_of(&[
        ("C1", "外观质量", "满意", "掉漆", ""),
        ("C1", "外观质量", "满意", "掉漆", ""),
        ("C1", "安全性", "满意", "漏电", ""),
        ("C1", "安全性", "一般", "漏电", ""),
        ("C1", "稳定性", "满意", "", ""),
        ("C2", "稳定性", "满意", "", ""),
    ]);
    world.sql().execute("UPDATE responses SET wave = NULL WHERE response_id = 'R6'", []).unwrap();
    let audit = rows(&world.fenji(&["survey", "audit", "--wave", "w", "--format", "csv"]).succeeded().out);
    let ids: Vec<&str> = audit.iter().map(|row| row["response_id"].as_str()).collect();
    assert_eq!(ids, ["R1"], "a repeated comment stands once, contradicting rows count for nothing");
    let said = world.fenji(&["survey", "faults", "--wave", "w", "--format", "csv"]).succeeded();
    assert!(said.err.contains("1 answers name no wave"), "{}", said.err);
    let stray = rows(&said.out).into_iter().find(|row| row["fault"] == "no-wave").unwrap();
    assert_eq!((stray["response_id"].as_str(), stray["customer_id"].as_str()), ("R6", "C2"));
}

#[test]
fn scores_of_the_demo_are_those_of_sql() {
    let world = World::with_business_ledger();
    let listed = rows(&world.fenji(&["survey", "list", "--format", "csv"]).succeeded().out);
    let (wave, before) = (&listed[listed.len() - 1]["wave"], &listed[listed.len() - 2]["wave"]);
    let scores = "WITH worth AS (SELECT customer_id, department_id, indicator, CASE
            WHEN level IN ('满意', '一般') AND trim(coalesce(comment, '')) <> '' AND coalesce(comment_kind, '') <> 'praise' THEN 40
            WHEN level = '很满意' THEN 100 WHEN level = '满意' THEN 80 WHEN level = '一般' THEN 60 WHEN level = '不满意' THEN 40
            WHEN level = '很不满意' THEN 20 END AS score FROM responses WHERE wave = ?1)";
    let sql = world.sql();
    let close = |shown: &str, exact: f64| {
        let shown: f64 = shown.parse().unwrap();
        assert!((shown - exact).abs() < 0.000_001, "{shown} {exact}");
    };
    for row in scored(&world, &["--wave", wave]) {
        let indicator: String = world
            .read("config/surveys/customer-satisfaction.toml")
            .split("[[indicator]]")
            .find(|part| part.contains(&format!("id = \"{}\"", row["indicator"])))
            .unwrap()
            .split("zh = \"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap()
            .to_owned();
        let (answers, mean): (i64, f64) = sql
            .query_row(
                &format!("{scores} SELECT count(score), avg(score) FROM worth WHERE indicator = ?2"),
                (wave, &indicator),
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .unwrap();
        assert_eq!(count(&row, "answers"), answers, "{indicator}");
        close(&row["score"], mean);
    }
    let by_customer = format!(
        "{scores}, own AS (SELECT customer_id, avg(score) AS score FROM worth GROUP BY 1) SELECT count(score), avg(score) FROM own"
    );
    let overall = &scored(&world, &["--wave", wave, "--by", "overall", "--before", before])[0];
    let (n, mean): (i64, f64) = sql.query_row(&by_customer, [wave], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!(count(overall, "answered"), n);
    close(&overall["score"], mean);
    let (_, earlier): (i64, f64) = sql.query_row(&by_customer, [before], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    close(&overall["before"], earlier);
    let department = &scored(&world, &["--wave", wave, "--by", "department"])[0];
    assert_eq!(department["score"], overall["score"], "one department is the whole");
    let grades = scored(&world, &["--wave", wave, "--by", "grade"]);
    assert_eq!(grades.iter().map(|row| count(row, "answered")).sum::<i64>(), n, "grades part the customers");
    let a = grades.iter().find(|row| row["grade"] == "A").unwrap();
    assert_eq!(a["target"], "90.000000");
    assert!(count(a, "reached") <= count(a, "answered"));
}

#[test]
fn a_wave_without_answers_is_refused_by_name() {
    let world = World::with_business_ledger();
    let said = world.fenji(&["survey", "score", "--wave", "2025-13"]);
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.err.contains("2025-12"), "{}", said.err);
}
