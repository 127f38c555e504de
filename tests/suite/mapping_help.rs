//! Help with a database of one's own: a proposed mapping that reads the same from all databases, rights that suffice, scripts that run.

use std::{fmt::Write as _, fs};

use rusqlite::Connection;

use crate::{
    servers::{self, Kind, PrivateServer},
    support::World,
};

/// Orders with heads and lines, floating-point amounts, seconds since 1970 and words of a flag.
const SHOP: &str = "
CREATE TABLE members(member_no varchar(20) NOT NULL PRIMARY KEY, full_name varchar(40), mobile varchar(20), reg_time bigint NOT NULL, is_blocked varchar(3));
INSERT INTO members VALUES('M1', '张三', '13800000000', 1577930400, 'N'), ('M2', '李四', '13900000000', 1609466400, 'Y');
CREATE TABLE sales_orders(order_no varchar(20) NOT NULL PRIMARY KEY, member_no varchar(20), order_time {instant} NOT NULL,
  order_type varchar(10) NOT NULL, store_name varchar(20), total_amount double precision);
INSERT INTO sales_orders VALUES('S1', 'M1', '2025-03-04 10:00:00', '销售', '东门店', 25.5), ('S2', 'M2', '2025-03-05 23:59:59', '退货', '东门店', -3.25),
  ('S3', NULL, '2025-03-06 00:00:00', '销售', '西门店', 0.1);
CREATE TABLE sales_order_lines(order_no varchar(20) NOT NULL, line_no integer NOT NULL, product_name varchar(20), qty double precision,
  amount double precision NOT NULL, PRIMARY KEY(order_no, line_no));
INSERT INTO sales_order_lines VALUES('S1', 1, '茶', 1, 12.5), ('S1', 2, '杯', 2, 13), ('S2', 1, '茶', -0.5, -3.25), ('S3', 1, '糖', NULL, 0.1);
";

/// One table of lines in initials of pinyin, returns with positive amounts, days as digits.
const TILL: &str = "
CREATE TABLE t_hyda(hykh varchar(20) NOT NULL PRIMARY KEY, hyxm varchar(40), kkrq varchar(8) NOT NULL, xb varchar(4));
INSERT INTO t_hyda VALUES('8001', '张三', '20200102', '男'), ('8002', '李四', '20210101', '女');
CREATE TABLE t_xsmx(id integer NOT NULL PRIMARY KEY, xsdh varchar(20), hykh varchar(20), xsrq {instant} NOT NULL, lx varchar(8) NOT NULL, sl integer,
  xfje decimal(10,2) NOT NULL, yhje decimal(10,2));
INSERT INTO t_xsmx VALUES(1, 'X1', '8001', '2025-03-04 10:00:00', '销售', 1, 12.50, 0), (2, 'X2', '8002', '2025-03-05 10:00:00', '退货', 1, 3.00, 0),
  (3, 'X3', NULL, '2025-03-06 10:00:00', '作废', 1, 7.25, 1);
";

/// Every server of this machine with its word for a local date and time.
fn all_servers() -> Vec<&'static PrivateServer> {
    [servers::postgres(), servers::mariadb()].into_iter().flatten().collect()
}

fn for_server(kind: Kind, sql: &str) -> String {
    sql.replace("{instant}", if kind == Kind::Postgres { "timestamp" } else { "datetime" })
}

/// A home whose mapping was proposed for an address.
fn proposed(world: &World, address: &str) -> String {
    fs::remove_file(world.home().join("config/ledger.toml")).unwrap();
    let said = world.fenji(&["ledger", "map", "--from", address, "--output", "home/config/ledger.toml"]).succeeded();
    assert_eq!(said.out, "");
    said.err
}

fn from_sqlite(sql: &str) -> World {
    let world = World::new();
    let path = world.home().join("erp.db");
    Connection::open(path).unwrap().execute_batch(&sql.replace("{instant}", "text")).unwrap();
    proposed(&world, "sqlite:erp.db");
    world
}

fn from_server(server: &PrivateServer, sql: &str) -> (World, String) {
    let world = World::new();
    let database = server.database();
    if server.kind == Kind::MariaDb {
        // Another collation than that of fenji's connection.
        server.run(&database, &format!("ALTER DATABASE {database} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"));
    }
    server.run(&database, &for_server(server.kind, sql));
    proposed(&world, &server.url(&database));
    (world, database)
}

fn shown(world: &World) -> serde_json::Value {
    world.fenji(&["ledger", "show", "--format", "json"]).succeeded().json()
}

#[test]
fn a_proposed_mapping_reads_the_same_from_every_database() {
    for (sql, query, transactions) in [
        (SHOP, "LEFT JOIN", vec![("sale", true, 2, "25.50"), ("return", true, 1, "-3.25"), ("sale", false, 1, "0.10")]),
        (
            TILL,
            "-abs(",
            vec![("sale", true, 1, "12.50"), ("return", true, 1, "-3.00"), ("cancelled", false, 1, "7.25")],
        ),
    ] {
        let sqlite = from_sqlite(sql);
        assert!(sqlite.read("config/queries/transaction.sql").contains(query));
        let expected = shown(&sqlite);
        let mut found: Vec<(String, bool, i64, String)> = Vec::new();
        for trade in expected["transactions"].as_array().unwrap() {
            let text = |name: &str| trade[name].as_str().unwrap().to_owned();
            found.push((text("kind"), trade["with_member"] == true, trade["lines"].as_i64().unwrap(), text("amount")));
        }
        found.sort();
        let mut transactions: Vec<_> = transactions
            .into_iter()
            .map(|(kind, member, lines, amount)| (kind.to_owned(), member, lines, amount.to_owned()))
            .collect();
        transactions.sort();
        assert_eq!(found, transactions);
        for server in all_servers() {
            let (world, database) = from_server(server, sql);
            assert_eq!(shown(&world), expected, "{:?}", server.kind);
            let members = server.rows(&database, &world.read("config/queries/member.sql"));
            let mut last: Vec<_> = members.iter().map(|row| row.last().cloned().flatten().unwrap()).collect();
            last.sort();
            // The words of a flag, and the digits of a day.
            assert!(last == ["0", "1"] || last == ["2020-01-02", "2021-01-01"], "{last:?}");
        }
    }
}

#[test]
fn a_mapping_is_proposed_without_a_home_and_never_overwritten() {
    let world = World::new();
    Connection::open(world.home().join("erp.db")).unwrap().execute_batch(&SHOP.replace("{instant}", "text")).unwrap();
    let said = world.fenji_without_home(&["ledger", "map", "--from", "sqlite:home/erp.db"]).succeeded();
    assert!(
        said.out.starts_with("# Proposed by `fenji ledger map`") && said.out.contains("# LEFT JOIN"),
        "{}",
        said.out
    );
    assert!(said.err.contains("transaction      sales_order_lines + sales_orders  likely      4 of 4"), "{}", said.err);
    assert!(!said.out.contains("13800000000") && !said.out.contains("张三"), "{}", said.out);
    let said = world.fenji(&["ledger", "map", "--from", "sqlite:erp.db", "--output", "home/config/ledger.toml"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("exists already"), "{}", said.err);
    let said = world.fenji(&["ledger", "map", "--from", "postgres://u:secret@db/x"]);
    assert_eq!(said.code, 3);
    assert!(said.err.contains("ledger::password_in_address") && !said.err.contains("secret"), "{}", said.err);
    let said = world.fenji(&["ledger", "map", "--from", "sqlite:none.db"]);
    assert!(said.code == 4 && said.err.contains("ledger::no_ledger"), "{}", said.err);
}

#[test]
fn the_role_may_read_what_is_mapped_and_nothing_else() {
    for server in all_servers() {
        let (world, database) = from_server(server, TILL);
        // Tables instead of queries, whose tables the grants cannot know.
        let head = world.read("config/ledger.toml").split("\n#").next().unwrap().to_owned();
        let address = server.url_of("reader_of_till", "127.0.0.1", &database);
        let mapping = format!(
            "database = \"{address}\"\ncurrency = \"CNY\"\nscale = 2\nzone = \"Asia/Shanghai\"\nlayout = \"mapped\"\n\
             [entity.customer]\ntable = \"t_hyda\"\ncolumns = {{ customer_id = \"hykh\", name = \"hyxm\" }}\n"
        );
        assert!(head.starts_with('#'));
        world.write("config/ledger.toml", &mapping);
        let grants = world.fenji(&["ledger", "grants"]).succeeded().out;
        server.run(&database, &grants);
        if server.kind == Kind::MariaDb {
            server.run(&database, "ALTER USER reader_of_till@'127.0.0.1' IDENTIFIED BY '' ACCOUNT UNLOCK");
        }
        assert_eq!(shown(&world)["entities"][0]["rows"], 2, "{grants}");
        world.write("config/ledger.toml", mapping.replace("name = \"hyxm\"", "name = \"xb\""));
        let said = world.fenji(&["ledger", "show"]);
        // PostgreSQL tells that the column is there, MariaDB does not.
        let refusal = if server.kind == Kind::Postgres { "ledger::denied" } else { "ledger::missing_column" };
        assert!(said.code == 4 && said.err.contains(refusal), "{}", said.err);
    }
}

#[test]
fn the_scripts_make_a_ledger_that_is_read() {
    let rows = "INSERT INTO members(member_id, registered_on) VALUES('m1', '2020-01-02');
        INSERT INTO transactions(line_id, member_id, at, kind, amount) VALUES('1', 'm1', '2025-03-04 10:00:00', 'sale', 1250);";
    let script = |world: &World, database: &str| {
        world.fenji_without_home(&["ledger", "schema", "--database", database]).succeeded().out
    };
    let world = World::new();
    world.edit("config/ledger.toml", "sqlite:data/ledger.db", "sqlite:own.db");
    let connection = Connection::open(world.home().join("own.db")).unwrap();
    connection.execute_batch(&(script(&world, "sqlite") + rows)).unwrap();
    connection.execute("INSERT INTO ledger_info VALUES('contract', '3')", []).unwrap();
    let expected = shown(&world);
    assert_eq!(expected["entities"].as_array().unwrap().len(), fenji::ledger::entity::ENTITIES.len());
    for server in all_servers() {
        let world = World::new();
        let database = server.database();
        let name = if server.kind == Kind::Postgres { "postgres" } else { "mariadb" };
        server.run(&database, &script(&world, name));
        server.run(&database, rows);
        world.edit("config/ledger.toml", "sqlite:data/ledger.db", &server.url(&database));
        assert_eq!(shown(&world), expected, "{:?}", server.kind);
        let wrong = server.try_run(
            &database,
            "INSERT INTO transactions(line_id, at, kind, amount) VALUES('2', '2025-03-04', 'sale', -1)",
        );
        assert!(wrong.is_err(), "{:?} takes a sale below zero", server.kind);
    }
}

#[test]
fn comments_keys_and_schemas_of_servers_are_hints() {
    const COLUMNS: &[(&str, &str, &str)] = &[
        ("f01", "varchar(20) NOT NULL", "会员编号"),
        ("f02", "date NOT NULL", "入会日期"),
        ("f03", "integer", "性别：1男，2女"),
    ];
    for server in all_servers() {
        let world = World::new();
        let database = server.database();
        let postgres = server.kind == Kind::Postgres;
        let table = if postgres { "erp.tb_a" } else { "tb_a" };
        let comment = |text: &str| if postgres { String::new() } else { format!(" COMMENT '{text}'") };
        let columns: Vec<String> =
            COLUMNS.iter().map(|(name, kind, said)| format!("{name} {kind}{}", comment(said))).collect();
        let mut sql = if postgres { "CREATE SCHEMA erp;".to_owned() } else { String::new() };
        write!(sql, "CREATE TABLE {table}({}, PRIMARY KEY(f01)){};", columns.join(", "), comment("会员档案")).unwrap();
        if postgres {
            sql += "COMMENT ON TABLE erp.tb_a IS '会员档案';";
            for (name, _, said) in COLUMNS {
                write!(sql, "COMMENT ON COLUMN erp.tb_a.{name} IS '{said}';").unwrap();
            }
        } else {
            sql = format!("ALTER DATABASE {database} CHARACTER SET utf8mb4; {sql}");
        }
        write!(sql, "INSERT INTO {table} VALUES('V1', '2020-01-02', 1), ('V2', '2021-01-02', 2);").unwrap();
        write!(sql, "CREATE TABLE cards(card_no varchar(20) NOT NULL PRIMARY KEY, holder varchar(20) NOT NULL, grade varchar(20) NOT NULL,
            issue_date date NOT NULL, FOREIGN KEY(holder) REFERENCES {table}(f01));").unwrap();
        server.run(&database, &sql);
        let said = world.fenji(&["ledger", "map", "--from", &server.url(&database)]).succeeded();
        for expected in [
            &format!("table = \"{table}\""),
            "member_id = \"f01\"  # sure: comment “会员编号”, it is the primary key",
            "sex = { column = \"f03\", words = { \"1\" = \"male\", \"2\" = \"female\" } }",
            &format!("member_id = \"holder\"  # sure: it refers to `{table}`"),
        ] {
            assert!(said.out.contains(expected), "{expected}\n{}", said.out);
        }
    }
}
