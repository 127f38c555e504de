//! Which meanings speak for which column of the contract, and how strongly.
//!
//! Invariants: strength is a score out of 100; a meaning in [`never`] rules a column out whatever else its name says (an amount of tax
//! is no amount of sale). Not here: how the words of a name are matched with these (`ledger::propose::score`).

use crate::ledger::propose::concept::Concept::{
    self, Amount, Balance, Birth, Block, Cancel, Card, Category, Cost, Create, Customer, Date, Department, Discount,
    Effective, Email, End, Expire, Fee, Gross, Id, Industry, Issue, Join, Kind, Line, Major, Member, Minor, Name, Net,
    Order, Parent, Pay, Phone, Points, Price, Product, Purchase, Quantity, Reason, Record, Referrer, Region, Return,
    Rule, Sale, Scheme, Seller, Sex, Ship, Start, Status, Store, Supplier, Tax, Tier, Time, Total, Update, User, Valid,
};

/// Meanings that together speak for a column, with the score of a name that says all of them and nothing else.
pub(super) type Hint = (&'static [Concept], i32);

/// What an entity is about: words that its tables and columns may say without adding anything.
pub(super) fn subject(entity: &str) -> &'static [Concept] {
    match entity {
        "region" => &[Region],
        "department" => &[Department],
        "customer" => &[Customer],
        "member" => &[Member],
        "card" => &[Card, Member],
        "tier_history" => &[Tier, Record, Member],
        "transaction" => &[Order, Line, Sale, Record],
        "points_entry" => &[Points, Record],
        _ => &[],
    }
}

/// The meanings of the name of a table that holds an entity.
pub(super) fn table(entity: &str) -> &'static [Hint] {
    match entity {
        "region" => &[(&[Region], 90)],
        "department" => &[(&[Department], 90)],
        "customer" => &[(&[Customer], 92)],
        "member" => &[(&[Member], 95), (&[Member, User], 95), (&[User], 75), (&[Member, Customer], 85)],
        "card" => &[(&[Card], 88), (&[Member, Card], 92)],
        "tier_history" => &[(&[Tier, Record], 92), (&[Tier, Update], 88), (&[Member, Tier, Record], 95)],
        "transaction" => &[
            (&[Order, Line], 97),
            (&[Sale, Line], 97),
            (&[Order, Product], 92),
            (&[Sale, Product], 90),
            (&[Sale, Order, Line], 97),
            (&[Sale, Record], 90),
            (&[Order, Record], 85),
            (&[Order], 85),
            (&[Sale], 85),
            (&[Sale, Order], 90),
        ],
        "points_entry" => &[(&[Points, Record], 95), (&[Points, Line], 92), (&[Points, Order], 88), (&[Points], 80)],
        _ => &[],
    }
}

/// Meanings that rule a table out for an entity.
pub(super) fn never_table(entity: &str) -> &'static [Concept] {
    match entity {
        "transaction" => &[Purchase, Supplier, Points, Tier, Ship, Status, Discount, Tax],
        "points_entry" => &[Rule, Product, Balance],
        "tier_history" => &[Rule],
        "member" | "customer" => &[Record, Order, Line, Points, Tier, Category, Kind, Ship, Supplier, Card],
        "card" => &[Record, Order, Kind, Category, Tier],
        "region" | "department" => &[Record, Order, Line, User],
        _ => &[],
    }
}

const MEMBER: &[Hint] = &[
    (&[Member, Id], 97),
    (&[Member, Card, Id], 94),
    (&[Member, Card], 92),
    (&[Member], 78),
    (&[User, Id], 82),
    (&[Card, Id], 62),
];
const CUSTOMER: &[Hint] = &[(&[Customer, Id], 95), (&[Customer], 70)];
const ORDER: &[Hint] = &[(&[Order, Id], 96), (&[Sale, Order, Id], 96), (&[Order], 74)];
const STORE: &[Hint] =
    &[(&[Store, Name], 94), (&[Store], 88), (&[Join, Store], 88), (&[Issue, Store], 86), (&[Store, Id], 78)];
const SELLER: &[Hint] = &[(&[Seller, Name], 94), (&[Seller], 88), (&[Seller, Id], 78)];
const DEPARTMENT: &[Hint] = &[(&[Department, Id], 95), (&[Department], 84)];
const REGION: &[Hint] = &[(&[Region, Id], 95), (&[Region], 84)];
const NAME: &[Hint] = &[(&[Name], 92)];

/// The meanings that speak for a column of the contract.
pub(super) fn column(entity: &str, column: &str) -> &'static [Hint] {
    match (entity, column) {
        ("region", "region_id") => &[(&[Region, Id], 97)],
        ("department", "department_id") => &[(&[Department, Id], 97)],
        ("customer", "customer_id") => &[(&[Customer, Id], 97)],
        ("member", "customer_id") => &[(&[Customer, Id], 90)],
        ("card", "card_id") => &[(&[Card, Id], 97), (&[Card], 84)],
        (_, "member_id") => MEMBER,
        (_, "customer_id") => CUSTOMER,
        (_, "order_id") => ORDER,
        (_, "store") => STORE,
        (_, "salesperson") => SELLER,
        (_, "department_id") => DEPARTMENT,
        (_, "region_id") => REGION,
        (_, "name") => NAME,
        (_, "status") => &[(&[Status], 92)],
        ("customer", "kind") => &[(&[Kind], 88), (&[Customer, Kind], 92)],
        (_, "industry") => &[(&[Industry], 90)],
        (_, "started_on") => &[
            (&[Start, Date], 95),
            (&[Start], 86),
            (&[Join, Date], 80),
            (&[Join], 76),
            (&[Create, Date], 70),
            (&[Create, Time], 70),
            (&[Create], 64),
        ],
        ("member", other) => member(other),
        ("card" | "tier_history", other) => papers(other),
        ("transaction", other) => transaction(other),
        ("points_entry", other) => points(other),
        _ => &[],
    }
}

fn member(column: &str) -> &'static [Hint] {
    match column {
        "phone" => &[(&[Phone], 94), (&[Phone, Id], 95)],
        "email" => &[(&[Email], 94), (&[Email, Ship], 94)],
        "birthday" => &[(&[Birth, Date], 96), (&[Birth], 93)],
        "sex" => &[(&[Sex], 94)],
        "registered_on" => &[
            (&[Join, Date], 97),
            (&[Join, Time], 97),
            (&[Join], 90),
            (&[Issue, Date], 88),
            (&[Issue, Time], 88),
            (&[Create, Date], 74),
            (&[Create, Time], 74),
            (&[Create], 70),
        ],
        "referrer_id" => {
            &[(&[Referrer, Id], 95), (&[Referrer, Member, Id], 95), (&[Referrer, Card], 90), (&[Referrer], 88)]
        }
        "blocked" => &[(&[Block], 90)],
        _ => &[],
    }
}

fn papers(column: &str) -> &'static [Hint] {
    match column {
        "tier" => {
            &[(&[Tier], 90), (&[Tier, Name], 92), (&[Card, Tier], 92), (&[Card, Kind], 80), (&[Card, Category], 80)]
        }
        "issued_on" => {
            &[(&[Issue, Date], 97), (&[Issue, Time], 97), (&[Issue], 88), (&[Create, Time], 70), (&[Create, Date], 70)]
        }
        "valid_from" => &[
            (&[Valid, Start], 94),
            (&[Valid, Effective], 94),
            (&[Valid, Start, Date], 95),
            (&[Effective, Date], 92),
            (&[Effective], 86),
            (&[Start, Date], 86),
        ],
        "valid_to" => &[
            (&[Valid, End], 94),
            (&[Valid, End, Date], 95),
            (&[Expire, Date], 95),
            (&[Expire], 90),
            (&[End, Date], 86),
            (&[Valid, Date], 78),
        ],
        "fee" => &[(&[Fee], 90), (&[Fee, Amount], 92), (&[Card, Amount], 70)],
        "scheme_id" => &[(&[Scheme, Id], 95), (&[Scheme], 85)],
        "effective_on" => &[
            (&[Effective, Date], 95),
            (&[Effective], 88),
            (&[Start, Date], 86),
            (&[Update, Date], 80),
            (&[Update, Time], 80),
            (&[Date], 75),
            (&[Create, Time], 70),
            (&[Create], 66),
        ],
        "reason" => &[(&[Reason], 90)],
        _ => &[],
    }
}

fn transaction(column: &str) -> &'static [Hint] {
    match column {
        "line_id" => &[(&[Line, Id], 96), (&[Order, Line, Id], 96), (&[Id], 80)],
        "at" => &[
            (&[Sale, Time], 96),
            (&[Sale, Date], 95),
            (&[Order, Time], 96),
            (&[Order, Date], 95),
            (&[Pay, Time], 84),
            (&[Pay, Date], 82),
            (&[Date], 84),
            (&[Time], 84),
            (&[Create, Time], 75),
            (&[Create, Date], 74),
            (&[Create], 70),
        ],
        "kind" => &[(&[Kind], 86), (&[Order, Kind], 93), (&[Sale, Kind], 93), (&[Status], 68), (&[Order, Status], 74)],
        "category" => &[(&[Product, Category], 95), (&[Category], 88), (&[Category, Name], 88)],
        "product" => &[(&[Product, Name], 95), (&[Product], 86), (&[Product, Id], 80), (&[Line, Name], 78)],
        "quantity" => &[(&[Quantity], 93), (&[Sale, Quantity], 95), (&[Product, Quantity], 94)],
        "amount" => &[
            (&[Net, Amount], 96),
            (&[Pay, Amount], 93),
            (&[Sale, Amount], 95),
            (&[Amount], 89),
            (&[Amount, Minor], 89),
            (&[Total, Amount], 86),
            (&[Order, Total], 84),
            (&[Line, Total], 88),
            (&[Total, Price], 80),
            (&[Net], 74),
            (&[Total], 78),
            (&[Gross, Amount], 62),
        ],
        _ => &[],
    }
}

fn points(column: &str) -> &'static [Hint] {
    match column {
        "entry_id" => &[(&[Record, Id], 92), (&[Line, Id], 92), (&[Points, Id], 90), (&[Id], 84)],
        "at" => &[
            (&[Record, Time], 92),
            (&[Record, Date], 92),
            (&[Points, Date], 90),
            (&[Time], 86),
            (&[Date], 86),
            (&[Create, Time], 84),
            (&[Create, Date], 84),
            (&[Create], 78),
        ],
        "kind" => &[(&[Kind], 90), (&[Points, Kind], 93), (&[Record, Kind], 93)],
        "points" => &[
            (&[Points], 92),
            (&[Points, Update], 93),
            (&[Points, Quantity], 92),
            (&[Points, Amount], 90),
            (&[Amount], 60),
        ],
        "rule" => &[(&[Rule], 86), (&[Rule, Kind], 88), (&[Reason], 64)],
        "expires_on" => &[
            (&[Expire, Date], 96),
            (&[Expire, Time], 95),
            (&[Expire], 93),
            (&[Valid, Date], 82),
            (&[End, Date], 82),
            (&[Valid], 66),
        ],
        _ => &[],
    }
}

/// Meanings that rule a column out.
pub(super) fn never(entity: &str, column: &str) -> &'static [Concept] {
    match (entity, column) {
        ("transaction", "amount") => {
            &[Discount, Tax, Cost, Balance, Points, Ship, Return, Quantity, Purchase, Fee, Card]
        }
        ("points_entry", "points") => &[Balance, Total, Id, Rule],
        ("card", "fee") => &[Balance, Points],
        (_, "quantity") => &[Points, Balance, Return, Price],
        (_, "name") => &[Start, Update, Product, Store, Department, Region, Seller, User, Parent, Email, Category],
        ("transaction", "kind") => &[Pay, Ship, Product, Card, Category, Member, Customer, Tier, Discount],
        (_, "kind" | "status") => &[Pay, Ship, Tier],
        (
            _,
            "member_id" | "customer_id" | "order_id" | "line_id" | "entry_id" | "card_id" | "region_id"
            | "department_id",
        ) => &[Name, Referrer, Parent, Kind, Status, Email, Tier],
        ("member" | "card", "registered_on" | "issued_on") => &[Update, Expire, End, Birth],
        ("transaction" | "points_entry", "at") => &[Update, Expire, End, Birth, Cancel, Ship, Return],
        (_, "tier") => &[Parent, Id],
        (_, "product") => &[Price, Quantity, Category, Amount],
        (_, "category") => &[Id, Price],
        ("points_entry", "rule") => &[Id],
        (_, "phone" | "email") => &[Store, Seller, Department],
        _ => &[],
    }
}

/// Meanings of a unit beside an amount, which say nothing else.
pub(super) const UNITS: &[Concept] = &[Minor, Major];
