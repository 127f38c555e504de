//! Who is dealt with: regions, departments, customers, members, physicians, and what people think of customers.

use super::{
    ColumnType::{Choice, Count, Day, Flag, Key, Money, Quantity, Text},
    Dated, Entity, may, must,
};

/// A sales region.
pub(super) const REGION: Entity = Entity {
    name: "region",
    table: "regions",
    key: &["region_id"],
    time: None,
    dated: Dated::Happened,
    meaning: "a sales region",
    columns: &[must("region_id", Key, "the region"), must("name", Text, "its name")],
};

/// A department that receives reports.
pub(super) const DEPARTMENT: Entity = Entity {
    name: "department",
    table: "departments",
    key: &["department_id"],
    time: None,
    dated: Dated::Happened,
    meaning: "a department that receives reports",
    columns: &[
        must("department_id", Key, "the department"),
        must("name", Text, "its name"),
        may("region_id", Key, "the region it serves"),
    ],
};

/// A person or a business that buys.
pub(super) const CUSTOMER: Entity = Entity {
    name: "customer",
    table: "customers",
    key: &["customer_id"],
    time: Some("started_on"),
    dated: Dated::Happened,
    meaning: "a person or a business that buys",
    columns: &[
        must("customer_id", Key, "the customer"),
        must("name", Text, "full name"),
        may("kind", Choice(&["individual", "business"]), "person or business"),
        may("industry", Text, "industry"),
        may("region_id", Key, "region"),
        may("department_id", Key, "department in charge"),
        may("salesperson", Text, "person in charge"),
        may("started_on", Day, "first day of the cooperation"),
        may("status", Choice(&["prospect", "active", "development", "blocked"]), "state of the relation"),
        may(
            "trade_type",
            Text,
            "kind of trade: ordinary dealer, franchisee, OEM, contractor, owner, intermediary (普通商, 加盟商, OEM商)",
        ),
        may(
            "organisation_type",
            Choice(&[
                "party-government",
                "pillar-enterprise",
                "medium-enterprise",
                "institution",
                "small-enterprise",
                "ordinary-group",
            ]),
            "kind of organisation (党政机关, 支柱企业, 中型企业, 事业单位, 小型企业, 普通团体)",
        ),
        may("legal_entity", Flag, "is a legal person (独立法人)"),
        may("registered_capital", Money, "registered capital"),
        may("source_channel", Text, "where the customer came from"),
        may("category", Text, "product category they mainly buy"),
        may("influential", Flag, "has influence on others"),
        may("industry_benchmark", Flag, "a benchmark of its industry (行业标杆)"),
        may("central_soe", Flag, "owned by the central state (央企)"),
        may("top_ten", Flag, "among the ten largest of its industry"),
        may("top_three", Flag, "among the three largest of its industry"),
        may("key_person", Flag, "its key person is known and won"),
        may("estimating_staff", Count, "people who estimate costs (造价人员)"),
        may("software_users", Count, "people who use the software"),
        may("sales_mode", Choice(&["direct", "consignment"]), "buys directly, or sells on consignment (寄售)"),
        may("invoicing_allowed", Flag, "may be invoiced before payment"),
        may("payment_risk", Flag, "payment is at risk"),
        may("service_level", Text, "level of service agreed"),
        may("star", Count, "stars given to the customer"),
    ],
};

/// A member of the loyalty programme.
pub(super) const MEMBER: Entity = Entity {
    name: "member",
    table: "members",
    key: &["member_id"],
    time: Some("registered_on"),
    dated: Dated::Happened,
    meaning: "a member of the loyalty programme",
    columns: &[
        must("member_id", Key, "the member"),
        may("customer_id", Key, "the customer the member belongs to"),
        may("name", Text, "full name"),
        may("phone", Text, "telephone number"),
        may("email", Text, "e-mail address"),
        may("birthday", Day, "day of birth"),
        may("sex", Choice(&["female", "male"]), "sex"),
        must("registered_on", Day, "day of registration"),
        may("region_id", Key, "region"),
        may("department_id", Key, "department in charge"),
        may("store", Text, "home store"),
        may("referrer_id", Key, "the member who referred this one"),
        may("blocked", Flag, "may not buy (恶意顾客)"),
    ],
};

/// A class that a person gave a customer.
pub(super) const ASSESSMENT: Entity = Entity {
    name: "assessment",
    table: "assessments",
    key: &["customer_id", "aspect", "effective_on"],
    time: Some("effective_on"),
    dated: Dated::MayLieAhead,
    meaning: "a class that a person gave a customer",
    columns: &[
        must("customer_id", Key, "the customer"),
        must("aspect", Text, "what was judged: industry-position, outlook, price-terms, conduct, growth-potential …"),
        must("effective_on", Day, "first day on which it holds"),
        may("class", Text, "the class given"),
        may("figure", Quantity, "the figure given"),
        may("decided_by", Text, "who decided"),
        may("reason", Text, "why"),
    ],
};

/// A physician who prescribes.
pub(super) const PHYSICIAN: Entity = Entity {
    name: "physician",
    table: "physicians",
    key: &["physician_id"],
    time: None,
    dated: Dated::Happened,
    meaning: "a physician who prescribes",
    columns: &[
        must("physician_id", Key, "the physician"),
        must("name", Text, "full name"),
        must("hospital", Text, "hospital"),
        may("hospital_level", Text, "level of the hospital"),
        may("department", Text, "department of the hospital"),
        may("professional_title", Text, "professional title"),
        may("behaviour", Choice(&["first", "second", "other"]), "takes our product first, second, or another"),
        may("monthly_units", Count, "units prescribed in a month"),
        may("patients", Count, "patients in a month"),
        may("potential", Choice(&["high", "medium", "low"]), "potential"),
    ],
};
