//! What-if: a candidate beside the live scheme, and the list of schemes.

use serde_json::Value;

use crate::support::World;

/// Members m0…m9 who spent 0, 1,000, 2,000 … 9,000 yuan in March 2026; m9 spent another 9,000 in April.
fn world() -> World {
    let world = World::new();
    world.fenji(&["ledger", "init"]).succeeded();
    let rows = (0..10_i64).map(|number| {
        format!(
            "INSERT INTO members(member_id, registered_on) VALUES ('m{number}', '2026-01-01');
             INSERT INTO transactions(line_id, order_id, member_id, at, kind, amount)
                 VALUES ('l{number}', 'o{number}', 'm{number}', '2026-03-10 12:00:00', 'sale', {});",
            number * 100_000
        )
    });
    let again = "INSERT INTO transactions(line_id, order_id, member_id, at, kind, amount)
        VALUES ('again', 'again', 'm9', '2026-04-10 12:00:00', 'sale', 900000);";
    let sql = rows.collect::<String>() + again;
    world.sql().execute_batch(&sql).unwrap();
    world
}

/// The shipped scheme of two classes with another limit, in a file of its own.
fn candidate(world: &World, limit: &str, at: &str, below: &str) -> String {
    let text = world.read("config/schemes/two-class.toml");
    let text = text.replace("vip = \"3000.00\"", &format!("vip = \"{limit}\""));
    let text = text.replace("net_spend_all = \"3000.00\"", &format!("net_spend_all = \"{at}\""));
    let text = text.replace("net_spend_all = \"2999.99\"", &format!("net_spend_all = \"{below}\""));
    // In force from a day that lies ahead: a trial does not mind.
    world.write("candidate.toml", text.replace("2010-01-01", "2030-01-01")).display().to_string()
}

#[test]
fn a_candidate_shows_who_would_move_with_how_much_and_who_is_close() {
    let world = world();
    let file = candidate(&world, "5000.00", "5000.00", "4999.99");
    let arguments = [
        "scheme",
        "try",
        &file,
        "--against",
        "two-class",
        "--as-of",
        "2026-03-31,2026-04-30",
        "--near",
        "20",
        "--format",
        "json",
    ];
    let found: Value = world.fenji(&arguments).succeeded().json();
    let days = found["days"].as_array().unwrap();
    assert_eq!(days.len(), 2);
    let moves = |day: &Value| -> Vec<(String, String, i64, String)> {
        let cell = |cell: &Value| {
            let text = |name: &str| cell[name].as_str().unwrap_or_default().to_owned();
            (text("from"), text("to"), cell["subjects"].as_i64().unwrap(), text("figure"))
        };
        day["moves"].as_array().unwrap().iter().map(cell).collect()
    };
    let row =
        |from: &str, to: &str, count: i64, figure: &str| (from.to_owned(), to.to_owned(), count, figure.to_owned());
    assert_eq!(
        moves(&days[0]),
        [
            row("ordinary", "ordinary", 3, "3000.00"),
            row("vip", "ordinary", 2, "7000.00"),
            row("vip", "vip", 5, "35000.00"),
        ]
    );
    assert_eq!(moves(&days[1])[2], row("vip", "vip", 5, "44000.00"));
    // Within 20 % of 5,000: 4,000 short of it; 5,000 and 6,000 beyond.
    assert_eq!(days[0]["near"][0]["short"], 1);
    assert_eq!(days[0]["near"][0]["beyond"], 2);
    assert_eq!((days[1]["live_changed"].as_i64(), days[1]["live_compared"].as_i64()), (Some(0), Some(10)));
    let table = world.fenji(&arguments[..arguments.len() - 2]).succeeded();
    assert!(
        table.out.contains("2026-03-31: 2 of 10 subjects move (20.0 %), with 15.6 % of net_spend_all"),
        "{}",
        table.out
    );
    let kept: i64 = world.store().query_row("SELECT count(*) FROM grade_set", (), |row| row.get(0)).unwrap();
    assert_eq!(kept, 0, "nothing is kept");
}

#[test]
fn a_trial_starts_from_what_was_kept() {
    let world = world();
    let ladder = "movement = { kind = \"ladder\", assessment-months = [12], demotion = \"one-step\" }";
    world.edit("config/schemes/two-class.toml", "movement = { kind = \"free\" }", ladder);
    world.fenji(&["grade", "two-class", "--as-of", "2026-03-31", "--keep"]).succeeded();
    let file = candidate(&world, "5000.00", "5000.00", "4999.99");
    let arguments = ["scheme", "try", &file, "--against", "two-class", "--as-of", "2026-04-30", "--format", "csv"];
    let said = world.fenji(&arguments).succeeded();
    // On a ladder nobody falls before the assessment: whoever was a VIP stays one under the candidate too.
    assert!(said.out.contains("2026-04-30,vip,vip,7,"), "{}", said.out);
    assert!(!said.out.contains("vip,ordinary"), "{}", said.out);
}

#[test]
fn a_trial_that_makes_no_sense_is_refused() {
    let world = world();
    let file = candidate(&world, "required", "3000.00", "2999.99");
    let refused = world.fenji(&["scheme", "try", &file, "--against", "two-class", "--as-of", "2026-03-31"]);
    assert_eq!(refused.code, 3);
    assert!(refused.err.contains("scheme::missing_limit"), "{}", refused.err);
    let other = world.home().join("config/schemes/abc.toml").display().to_string();
    let refused = world.fenji(&["scheme", "try", &other, "--against", "two-class", "--as-of", "2026-03-31"]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("run::other_subjects"), "{}", refused.err);
    let file = candidate(&world, "5000.00", "5000.00", "4999.99");
    for (near, code) in [("-1", "run::bad_percent"), ("much", "run::bad_percent")] {
        let near = format!("--near={near}");
        let refused = world.fenji(&["scheme", "try", &file, "--against", "two-class", "--as-of", "2026-03-31", &near]);
        assert!(refused.err.contains(code), "{}", refused.err);
    }
}

#[test]
fn a_day_between_two_reviews_changes_nothing_for_later_ones() {
    let world = world();
    // Bought after one review and taken back before the next.
    let between = "INSERT INTO transactions(line_id, order_id, member_id, at, kind, amount) VALUES
        ('in', 'in', 'm0', '2026-04-10 12:00:00', 'sale', 900000), ('out', 'out', 'm0', '2026-06-10 12:00:00', 'return', -900000);";
    world.sql().execute_batch(between).unwrap();
    let ladder = "movement = { kind = \"ladder\", validity = \"12 months\", demotion = \"to-earned\" }";
    let quarterly = world.read("config/schemes/two-class.toml").replace("cadence = \"month\"", "cadence = \"quarter\"");
    let quarterly =
        quarterly.replace("movement = { kind = \"free\" }", ladder).replace("net_spend_all", "net_spend_12m");
    world.write("config/schemes/quarterly.toml", &quarterly);
    let file = world.write("candidate.toml", &quarterly).display().to_string();
    let moves = |days: &str| {
        let said = world.fenji(&["scheme", "try", &file, "--against", "quarterly", "--as-of", days, "--format", "csv"]);
        let lines: Vec<String> =
            said.succeeded().out.lines().filter(|line| line.starts_with("2026-06-30")).map(str::to_owned).collect();
        lines
    };
    let alone = moves("2026-06-30");
    assert!(!alone.is_empty());
    assert_eq!(moves("2026-05-15,2026-06-30"), alone);
}

#[test]
fn what_a_subject_weighs_can_be_added_up() {
    let world = world();
    let file = candidate(&world, "5000.00", "5000.00", "4999.99");
    for figure in ["net_sales_12m", "days_since_last_order", "organisation_type"] {
        let figure = format!("--figure={figure}");
        let refused =
            world.fenji(&["scheme", "try", &file, "--against", "two-class", "--as-of", "2026-03-31", &figure]);
        assert_eq!(refused.code, 2);
        assert!(refused.err.contains("run::no_weight"), "{}", refused.err);
    }
}

#[test]
fn what_was_given_before_a_kept_review_is_in_it() {
    let world = world();
    let ladder = "movement = { kind = \"ladder\", assessment-months = [12], demotion = \"one-step\" }";
    world.edit("config/schemes/two-class.toml", "movement = { kind = \"free\" }", ladder);
    world.fenji(&["grade", "two-class", "--as-of", "2026-03-31", "--keep"]).succeeded();
    let gift = "INSERT INTO tier_history(member_id, scheme_id, tier, effective_on) VALUES ('m9', 'two-class', 'ordinary', '2026-02-01');";
    world.sql().execute_batch(gift).unwrap();
    let file = candidate(&world, "5000.00", "5000.00", "4999.99");
    let said =
        world.fenji(&["scheme", "try", &file, "--against", "two-class", "--as-of", "2026-04-30", "--format", "csv"]);
    assert!(said.succeeded().out.contains("2026-04-30,vip,vip,7,"));
}

#[test]
fn the_list_says_what_is_undecided() {
    let world = World::new();
    let listed = world.fenji(&["scheme", "list", "--format", "json"]).succeeded().json();
    let of = |id: &str| listed.as_array().unwrap().iter().find(|row| row["scheme"] == id).cloned().unwrap();
    assert_eq!(of("gotone-vip")["undecided"], 3);
    assert_eq!(of("abc")["undecided"], Value::Null);
    assert_eq!(of("member-tier")["limits"], "example");
    assert_eq!(of("prospect-horizon")["subject"], "opportunity");
}
