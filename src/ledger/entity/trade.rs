//! What is sold and how it goes: transactions, margins, contracts, deliveries, claims, possible sales.

use super::{
    ColumnType::{Choice, Day, Flag, Instant, Key, Money, Quantity, Text},
    Dated, Entity, may, must,
};

/// One line of an order, or of its return.
pub(super) const TRANSACTION: Entity = Entity {
    name: "transaction",
    table: "transactions",
    key: &["line_id"],
    time: Some("at"),
    dated: Dated::Happened,
    meaning: "one line of an order, or of its return",
    columns: &[
        must("line_id", Key, "the line"),
        may("order_id", Key, "the order or receipt; without it every line is an order of its own"),
        may("member_id", Key, "the member who bought; empty for a sale without a card"),
        may("customer_id", Key, "the customer who bought"),
        must("at", Instant, "when it was sold or taken back"),
        must(
            "kind",
            Choice(&["sale", "return", "cancelled", "adjustment"]),
            "a sale, goods taken back, a line that never took place, or a correction of amounts",
        ),
        may("category", Text, "product category (产品大类)"),
        may("product", Text, "product"),
        may("store", Text, "store"),
        may("salesperson", Text, "salesperson"),
        may("department_id", Key, "department"),
        may("region_id", Key, "region"),
        may("quantity", Quantity, "quantity; negative for goods taken back"),
        must("amount", Money, "amount; never negative on a sale, never positive on a return"),
        may("cost", Money, "cost of the goods"),
        may(
            "recorded_at",
            Instant,
            "when the row was written: rows written after grades were kept are named when those are restated",
        ),
        may("returns_order_id", Key, "the order whose goods are taken back"),
    ],
};

/// What one product earned with one customer in a year.
pub(super) const PRODUCT_MARGIN: Entity = Entity {
    name: "product_margin",
    table: "product_margins",
    key: &["customer_id", "product", "year_end"],
    time: Some("year_end"),
    dated: Dated::Happened,
    meaning: "what one product earned with one customer in a year",
    columns: &[
        must("customer_id", Key, "the customer"),
        must("product", Text, "the product"),
        must("year_end", Day, "last day of the year"),
        must("revenue", Money, "revenue of the year"),
        must("cost", Money, "cost of the goods sold"),
        must("profit", Money, "profit of the year; negative for a loss"),
    ],
};

/// A claim of a customer for compensation (索赔).
pub(super) const CLAIM: Entity = Entity {
    name: "claim",
    table: "claims",
    key: &["claim_id"],
    time: Some("claimed_on"),
    dated: Dated::Happened,
    meaning: "a claim of a customer for compensation (索赔)",
    columns: &[
        must("claim_id", Key, "the claim"),
        must("customer_id", Key, "the customer"),
        must("claimed_on", Day, "day of the claim"),
        must("amount", Money, "amount claimed"),
        may("misjudged", Flag, "found to be unfounded (误判)"),
        may("direct_invoice", Flag, "invoiced directly, without agreement"),
    ],
};

/// A quality problem found with goods of a customer.
pub(super) const QUALITY_PROBLEM: Entity = Entity {
    name: "quality_problem",
    table: "quality_problems",
    key: &["problem_id"],
    time: Some("found_on"),
    dated: Dated::Happened,
    meaning: "a quality problem found with goods of a customer",
    columns: &[
        must("problem_id", Key, "the problem"),
        must("customer_id", Key, "the customer"),
        must("found_on", Day, "day on which it was found"),
        must("severity", Choice(&["major", "general"]), "a major problem, or a general one"),
    ],
};

/// Goods that are due, and when they were delivered.
pub(super) const DELIVERY: Entity = Entity {
    name: "delivery",
    table: "deliveries",
    key: &["delivery_id"],
    time: Some("due_on"),
    dated: Dated::MayLieAhead,
    meaning: "goods that are due, and when they were delivered",
    columns: &[
        must("delivery_id", Key, "the delivery"),
        must("customer_id", Key, "the customer"),
        must("due_on", Day, "day on which it is due"),
        may("done_on", Day, "day on which it was done"),
        may("on_time", Flag, "was on time"),
        may("consignment", Flag, "goods on consignment (寄售)"),
        may("invoiced", Flag, "has been invoiced"),
        may("amount", Money, "amount of the goods"),
    ],
};

/// The price contract of a customer for a year.
pub(super) const PRICE_CONTRACT: Entity = Entity {
    name: "price_contract",
    table: "price_contracts",
    key: &["customer_id", "effective_on"],
    time: Some("effective_on"),
    dated: Dated::MayLieAhead,
    meaning: "the price contract of a customer for a year",
    columns: &[
        must("customer_id", Key, "the customer"),
        must("effective_on", Day, "first day: 1 January of its year"),
        must(
            "status",
            Choice(&["agreed", "conditional", "price-cut", "refused", "ignored", "open"]),
            "agreed, agreed on conditions, agreed at lower prices, refused, ignored, or not answered yet",
        ),
        may("signed_on", Day, "day of the signature"),
        may("old_price_invoicing", Flag, "still invoiced at the old prices"),
    ],
};

/// A possible sale (商机).
pub(super) const OPPORTUNITY: Entity = Entity {
    name: "opportunity",
    table: "opportunities",
    key: &["opportunity_id"],
    time: Some("recorded_on"),
    dated: Dated::Happened,
    meaning: "a possible sale (商机)",
    columns: &[
        must("opportunity_id", Key, "the opportunity"),
        may("customer_id", Key, "the customer"),
        must("recorded_on", Day, "day on which it was recorded"),
        may("expected_on", Day, "day on which a decision is expected"),
        may("need_clear", Flag, "the need is clear"),
        may("amount", Money, "amount expected"),
        must("status", Choice(&["open", "won", "lost"]), "open, won or lost"),
        may("lost_reason", Text, "why it was lost"),
        may("competitor", Text, "who else offers"),
        may("salesperson", Text, "person in charge"),
        may("grade", Text, "grade given by hand"),
    ],
};
