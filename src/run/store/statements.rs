//! Every statement of the store. Its text stands in `sql/both/` where the databases agree, in `sql/sqlite/` and `sql/postgres/` where they do not.

use crate::run::store::database::Statement;

macro_rules! statements {
    (both { $($both:ident $both_file:literal)* } each { $($each:ident $each_file:literal)* }) => {
        $(pub(in crate::run::store) const $both: Statement = Statement {
            name: $both_file,
            sqlite: include_str!(concat!("sql/both/", $both_file, ".sql")),
            postgres: include_str!(concat!("sql/both/", $both_file, ".sql")),
        };)*
        $(pub(in crate::run::store) const $each: Statement = Statement {
            name: $each_file,
            sqlite: include_str!(concat!("sql/sqlite/", $each_file, ".sql")),
            postgres: include_str!(concat!("sql/postgres/", $each_file, ".sql")),
        };)*
        /// All of them, so that each can be prepared.
        pub(in crate::run::store) const ALL: &[Statement] = &[$($both,)* $($each,)*];
    };
}

statements! {
    both {
        KEEP_GRADES "grades/keep"
        GRADES_ON "grades/on"
        GRADES_BEFORE "grades/before"
        GRADES_LAST "grades/last"
        GRADES_VERSIONS "grades/versions"
        KEEP_RISK_LIST "risk/keep"
        RISK_LIST_BEFORE "risk/before"
        REVIEW_HEADS "review/heads"
        REVIEW_MARK "review/mark"
        REVIEW_DRAFT "review/draft"
        REVIEW_ROWS "review/rows"
        REVIEW_DECISIONS "review/decisions"
        REVIEW_APPROVALS "review/approvals"
        REVIEW_PUBLICATION "review/publication"
        REVIEW_LAST_PUBLISHED "review/last_published"
        REVIEW_IMPORTED "review/imported"
        ADD_REVIEW "review/add_review"
        ADD_REVIEW_DRAFT "review/add_draft"
        ADD_REVIEW_IMPORT "review/add_import"
        ADD_REVIEW_APPROVAL "review/add_approval"
        ADD_REVIEW_PUBLICATION "review/add_publication"
        ADD_POINTS_PLAN "points/add_plan"
        ADD_POINTS_EVENT "points/add_event"
        POINTS_PLANS "points/plans"
        POINTS_EVENTS "points/events"
        POINTS_ROWS "points/rows"
        POINTS_POSTINGS "points/postings"
        POINTS_PROGRESS "points/progress"
        POINTS_TAKE_OVER "points/take_over"
        POINTS_TOKEN "points/token"
        RUN_ACTIVE "run/active"
        RUN_ADD "run/add"
        RUN_ADD_ARTIFACT "run/add_artifact"
        RUN_ADD_ATTEMPT "run/add_attempt"
        RUN_ADD_CURSOR "run/add_cursor"
        RUN_ADD_EVENT "run/add_event"
        RUN_AGAIN "run/again"
        RUN_ARTIFACTS "run/artifacts"
        RUN_ASK_CANCEL "run/ask_cancel"
        RUN_ATTEMPTS "run/attempts"
        RUN_BEAT "run/beat"
        RUN_BY_KEY "run/by_key"
        RUN_CANCEL_PENDING "run/cancel_pending"
        RUN_COUNTS "run/counts"
        RUN_CURSORS "run/cursors"
        RUN_DEFINE "run/define"
        RUN_DEFINITION "run/definition"
        RUN_END "run/end"
        RUN_END_ATTEMPT "run/end_attempt"
        RUN_EVENTS "run/events"
        RUN_GATED "run/gated"
        RUN_GIVE_UP "run/give_up"
        RUN_KEPT_FILES "run/kept_files"
        RUN_MOVE_CURSOR "run/move_cursor"
        RUN_NEWER "run/newer"
        RUN_NEXT_WAKE "run/next_wake"
        RUN_OF_DAY "run/of_day"
        RUN_OF_PERIOD "run/of_period"
        RUN_ONE "run/one"
        RUN_OPEN_GATE "run/open_gate"
        RUN_OVERDUE "run/overdue"
        RUN_PAUSE "run/pause"
        RUN_REMOVABLE "run/removable"
        RUN_REMOVE_ARTIFACT "run/remove_artifact"
        RUN_RESUME "run/resume"
        RUN_RUNNER "run/runner"
        RUN_RUNNER_STOPPED "run/runner_stopped"
        RUN_RUNNERS "run/runners"
        RUN_WAIT "run/wait"
    }
    each {
        ADD_REVIEW_ROWS "review/add_rows"
        ADD_REVIEW_DECISIONS "review/add_decisions"
        ADD_POINTS_POSTINGS "points/add_postings"
        RUN_CLAIM "run/claim"
        RUN_CURSOR "run/cursor"
        RUN_EXPIRED "run/expired"
        RUN_LIST "run/list"
        RUN_SHORTEN "run/shorten"
    }
}
