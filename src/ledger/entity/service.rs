//! What is done for people: cards, tiers, points, visits, reservations, complaints, services, events, surveys.

use super::{
    ColumnType::{Choice, Count, Day, Flag, Instant, Key, Money, Points, Text},
    Dated, Entity, may, must,
};

/// A membership card.
pub(super) const CARD: Entity = Entity {
    name: "card",
    table: "cards",
    key: &["card_id"],
    time: Some("issued_on"),
    dated: Dated::Happened,
    meaning: "a membership card",
    columns: &[
        must("card_id", Key, "the card"),
        must("member_id", Key, "its holder"),
        must("tier", Text, "tier printed on the card"),
        must("issued_on", Day, "day of issue"),
        may("valid_from", Day, "first day of validity"),
        may("valid_to", Day, "last day of validity"),
        may("fee", Money, "fee paid for the card"),
        may("status", Choice(&["active", "expired", "lost", "cancelled"]), "state of the card"),
    ],
};

/// A tier that a member was given before fenji, or outside it.
pub(super) const TIER_HISTORY: Entity = Entity {
    name: "tier_history",
    table: "tier_history",
    key: &["member_id", "scheme_id", "effective_on"],
    time: Some("effective_on"),
    dated: Dated::MayLieAhead,
    meaning: "a tier that a member was given before fenji, or outside it",
    columns: &[
        must("member_id", Key, "the member"),
        must("scheme_id", Key, "the scheme the tier belongs to"),
        must("tier", Text, "label of the tier in that scheme"),
        must("effective_on", Day, "first day of the tier"),
        may("reason", Text, "why"),
    ],
};

/// One movement of a member's points.
pub(super) const POINTS_ENTRY: Entity = Entity {
    name: "points_entry",
    table: "points_entries",
    key: &["entry_id"],
    time: Some("at"),
    dated: Dated::Happened,
    meaning: "one movement of a member's points",
    columns: &[
        must("entry_id", Key, "the entry"),
        must("member_id", Key, "the member"),
        must("at", Instant, "when the points moved"),
        must(
            "kind",
            Choice(&["earn", "redeem", "expire", "zero", "reverse", "adjust"]),
            "earned, redeemed, expired, zeroed, earned points taken back, or adjusted by hand",
        ),
        must("points", Points, "signed points: positive adds to the balance"),
        may("rule", Text, "rule that earned them: purchase, referral, event"),
        may("order_id", Key, "the order that earned them"),
        may("expires_on", Day, "last day on which they can be used"),
        may("usable_from", Day, "first day on which they can be used; pending before"),
        may("programme", Text, "the points programme they belong to; without it all belong to the only one"),
        may("reverses_id", Key, "the entry that is taken back"),
        may("posting_key", Key, "what fenji calls a posting of its own: stands once, by a unique index"),
        may(
            "recorded_at",
            Instant,
            "when the row was written: rows written after grades were kept are named when those are restated",
        ),
    ],
};

/// A visit to a customer or a physician.
pub(super) const VISIT: Entity = Entity {
    name: "visit",
    table: "visits",
    key: &["visit_id"],
    time: Some("visited_on"),
    dated: Dated::Happened,
    meaning: "a visit to a customer or a physician",
    columns: &[
        must("visit_id", Key, "the visit"),
        may("customer_id", Key, "the customer visited"),
        may("physician_id", Key, "the physician visited"),
        must("visited_on", Day, "day of the visit"),
        may("visitor", Text, "who visited"),
        may("visitor_rank", Choice(&["senior", "marketing-manager", "sales"]), "rank of the visitor"),
        may("minutes", Count, "length in minutes"),
        may("content", Text, "what it was about"),
        may("result", Text, "what came of it"),
    ],
};

/// A reservation of a guest.
pub(super) const RESERVATION: Entity = Entity {
    name: "reservation",
    table: "reservations",
    key: &["reservation_id"],
    time: Some("arrives_on"),
    dated: Dated::MayLieAhead,
    meaning: "a reservation of a guest",
    columns: &[
        must("reservation_id", Key, "the reservation"),
        must("guest", Text, "name of the guest"),
        must(
            "identity",
            Text,
            "who the guest is: state-leader, provincial-leader, department-official, company-head, celebrity, city-leader, hotel-manager, culture-leader, agency-head, guest …",
        ),
        may("booker", Choice(&["owner", "general-manager", "sales", "agency", "corporate", "guest"]), "who booked"),
        may("requested_vip", Choice(&["va", "vb", "vc"]), "VIP grade asked for"),
        must("arrives_on", Day, "day of arrival"),
        may("departs_on", Day, "day of departure"),
        may("room", Text, "room"),
        may("proposed_by", Text, "who proposed the grade"),
        may("decided_by", Text, "who decided it"),
        may("approved_by", Text, "who approved it"),
    ],
};

/// A complaint of a customer.
pub(super) const COMPLAINT: Entity = Entity {
    name: "complaint",
    table: "complaints",
    key: &["complaint_id"],
    time: Some("opened_on"),
    dated: Dated::Happened,
    meaning: "a complaint of a customer",
    columns: &[
        must("complaint_id", Key, "the complaint"),
        must("customer_id", Key, "the customer"),
        must("opened_on", Day, "day on which it was made"),
        may("about", Text, "what it is about: vehicle, adviser, workshop, event …"),
        must("solved", Flag, "was solved"),
        may("closed_on", Day, "day on which it was closed"),
    ],
};

/// A visit of a customer to the workshop.
pub(super) const SERVICE_VISIT: Entity = Entity {
    name: "service_visit",
    table: "service_visits",
    key: &["service_id"],
    time: Some("serviced_on"),
    dated: Dated::Happened,
    meaning: "a visit of a customer to the workshop",
    columns: &[
        must("service_id", Key, "the service"),
        must("customer_id", Key, "the customer"),
        must("serviced_on", Day, "day of the service"),
        may("on_schedule", Flag, "was on schedule"),
        may("designated", Flag, "at the designated workshop"),
    ],
};

/// A customer at an event.
pub(super) const ATTENDANCE: Entity = Entity {
    name: "attendance",
    table: "attendances",
    key: &["attendance_id"],
    time: Some("attended_on"),
    dated: Dated::Happened,
    meaning: "a customer at an event",
    columns: &[
        must("attendance_id", Key, "the attendance"),
        must("customer_id", Key, "the customer"),
        must("event", Text, "the event"),
        must("attended_on", Day, "day of the event"),
        may("brought", Count, "people whom the customer brought along"),
        may("member_id", Key, "the member who attended"),
    ],
};

/// A service of a membership that a member made use of.
pub(super) const ENTITLEMENT_USE: Entity = Entity {
    name: "entitlement_use",
    table: "entitlement_uses",
    key: &["use_id"],
    time: Some("used_on"),
    dated: Dated::Happened,
    meaning: "a service of a membership that a member made use of",
    columns: &[
        must("use_id", Key, "the use"),
        must("member_id", Key, "the member"),
        must("service", Text, "the service"),
        must("used_on", Day, "day of the use"),
    ],
};

/// An answer of a customer to a question of a survey.
pub(super) const RESPONSE: Entity = Entity {
    name: "response",
    table: "responses",
    key: &["response_id"],
    time: Some("answered_on"),
    dated: Dated::Happened,
    meaning: "an answer of a customer to a question of a survey",
    columns: &[
        must("response_id", Key, "the answer"),
        must("customer_id", Key, "the customer"),
        must("answered_on", Day, "day of the answer"),
        must("indicator", Text, "what was asked about"),
        may("level", Text, "level of satisfaction chosen; empty for a question left out"),
        may("comment", Text, "what was added in words"),
        may("comment_kind", Choice(&["praise", "opinion", "suggestion"]), "what the comment is"),
        may("wave", Key, "the wave of the survey"),
        may("department_id", Key, "the department that is judged"),
        may("product", Text, "the product that is judged"),
        may("staff", Text, "the member of staff who is judged"),
    ],
};

/// A wave of a survey.
pub(super) const SURVEY: Entity = Entity {
    name: "survey",
    table: "surveys",
    key: &["wave"],
    time: Some("opened_on"),
    dated: Dated::Happened,
    meaning: "a wave of a survey",
    columns: &[
        must("wave", Key, "the wave"),
        may("questionnaire", Key, "the survey: a file of config/surveys/; without it the only one"),
        may("title", Text, "what the wave is called"),
        must("opened_on", Day, "first day"),
        may("closed_on", Day, "last day"),
        may("invited", Count, "customers who were asked"),
    ],
};
