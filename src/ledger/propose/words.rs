//! What the words of a database mean where the contract knows only a few.
//!
//! Invariants: a meaning is found only in the word itself or in the column's own comment; a bare number or letter means nothing. Words
//! without a meaning are told, never dropped.

use std::collections::BTreeMap;

use crate::ledger::propose::schema::Column;

/// The most different words of a column that is a choice.
pub(super) const MOST_WORDS: usize = 12;

/// What the sampled words of a choice mean.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Words {
    /// Words of the database and those of the contract.
    pub(super) known: BTreeMap<String, String>,
    /// Words seen that mean nothing known.
    pub(super) unknown: Vec<String>,
    /// Whether the meanings come from the comment.
    pub(super) from_comment: bool,
}

/// An entity, a choice of it, and for each word of the choice the words that mean it.
type Meanings = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

/// Words that mean a word of the contract, parted by spaces.
const MEANINGS: &[Meanings] = &[
    (
        "transaction",
        "kind",
        &[
            (
                "sale",
                "sale sales sold sell order normal retail paid complete completed done finished delivered shipped success 销售 销货 正常 正常销售 零售 售出 消费 已完成 已支付 已付款 完成 交易成功 xs xf",
            ),
            (
                "return",
                "return returned returns refund refunded refunds 退货 退款 退 销售退货 已退货 已退款 退单 th tk",
            ),
            (
                "cancelled",
                "cancel cancelled canceled void voided invalid closed 作废 取消 已取消 已作废 废单 无效 已关闭 交易关闭 zf",
            ),
            ("adjustment", "adjust adjusted adjustment correction 调整 调账 冲账 更正 tz"),
        ],
    ),
    (
        "points_entry",
        "kind",
        &[
            (
                "earn",
                "earn earned accrue accrual award gain add 获得 获取 增加 积分 赠送 消费积分 赚取 累计 消费获得 消费获取 收入",
            ),
            (
                "redeem",
                "redeem redeemed redemption spend spent use used exchange 兑换 使用 抵扣 消耗 消费抵扣 积分兑换 扣减 支出",
            ),
            ("expire", "expire expired expiry 过期 失效 到期 过期作废"),
            ("zero", "zero reset clear cleared 清零 年度清零 积分清零"),
            ("reverse", "reverse reversed reversal return refund 冲销 退货 退货扣减 退货扣回 撤销 冲正"),
            ("adjust", "adjust adjusted adjustment manual correction 调整 手工调整 人工调整 补录"),
        ],
    ),
    ("member", "sex", &[("female", "female f woman 女 女性 女士"), ("male", "male m man 男 男性 先生")]),
    (
        "customer",
        "kind",
        &[
            ("individual", "individual person personal private b2c consumer 个人 自然人 散客"),
            (
                "business",
                "business company corporate enterprise organisation organization b2b 企业 公司 单位 法人 团购 集团",
            ),
        ],
    ),
    (
        "customer",
        "status",
        &[
            ("prospect", "prospect lead potential 潜在 意向 潜在客户"),
            ("active", "active normal enabled 正常 合作 合作中 活跃 启用"),
            ("development", "development developing 开发 开发中 发展中"),
            ("blocked", "blocked disabled inactive frozen blacklisted 停用 冻结 黑名单 禁用 终止"),
        ],
    ),
    (
        "card",
        "status",
        &[
            ("active", "active normal valid enabled 正常 有效 使用中 启用"),
            ("expired", "expired 过期 失效 已过期 到期"),
            ("lost", "lost 挂失 丢失 已挂失"),
            ("cancelled", "cancelled canceled void closed 注销 作废 已注销 退卡 销卡"),
        ],
    ),
];

/// What the words of a column mean in a choice of the contract.
pub(super) fn words(entity: &str, column: &str, from: &Column) -> Words {
    let explained = explained(&from.comment);
    let mut found = Words::default();
    let sampled = from.distinct();
    let described = explained.iter().map(|(word, _)| word.as_str()).filter(|word| !sampled.contains(word));
    for word in sampled.iter().copied().chain(described) {
        let told =
            explained.iter().find(|(code, _)| code == word).and_then(|(_, label)| meaning(entity, column, label));
        let own = meaning(entity, column, word);
        match told.or(own) {
            Some(means) if means != word => {
                found.known.insert(word.to_owned(), means.to_owned());
                found.from_comment |= told.is_some();
            }
            Some(_) => {}
            None => found.unknown.push(word.to_owned()),
        }
    }
    found
}

fn meaning(entity: &str, column: &str, word: &str) -> Option<&'static str> {
    let plain = word.trim().to_lowercase();
    let (_, _, meanings) = MEANINGS.iter().find(|(of, name, _)| *of == entity && *name == column)?;
    meanings.iter().find(|(_, words)| words.split_whitespace().any(|known| known == plain)).map(|(means, _)| *means)
}

/// The codes that a comment explains: `类型:1销售 2退货`, `0=active, 1=lost`.
fn explained(comment: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut rest = comment;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric()) {
        rest = rest.get(start..).unwrap_or_default();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (code, behind) = rest.split_at(end);
        rest = behind;
        if code.len() > 2 {
            continue;
        }
        let label = behind.trim_start_matches([':', '：', '=', '-', '—', '.', '、', ' ', '(', '（']);
        let word_end = label.find(|c: char| !c.is_alphabetic()).unwrap_or(label.len());
        let (word, after) = label.split_at(word_end);
        if word.chars().count() > 1 || (!word.is_empty() && !word.is_ascii()) {
            found.push((code.to_owned(), word.to_owned()));
            rest = after;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::propose::schema::ColumnKind;

    fn column(comment: &str, samples: &[&str]) -> Column {
        Column {
            name: "c".to_owned(),
            sql_type: String::new(),
            kind: ColumnKind::Text { length: None },
            nullable: true,
            comment: comment.to_owned(),
            samples: samples.iter().map(|value| Some((*value).to_owned())).collect(),
        }
    }

    fn seen(entity: &str, name: &str, comment: &str, samples: &[&str]) -> (String, String) {
        let words = words(entity, name, &column(comment, samples));
        let known: Vec<String> = words.known.iter().map(|(from, to)| format!("{from}={to}")).collect();
        (known.join(" "), words.unknown.join(" "))
    }

    #[test]
    fn words_mean_something_or_are_told() {
        type Case = (&'static str, &'static str, &'static str, &'static [&'static str], &'static str, &'static str);
        let cases: &[Case] = &[
            ("transaction", "kind", "", &["销售", "退货", "作废"], "作废=cancelled 退货=return 销售=sale", ""),
            ("transaction", "kind", "", &["sale", "return"], "", ""),
            ("transaction", "kind", "", &["S", "R"], "", "R S"),
            ("transaction", "kind", "", &["1", "0"], "", "0 1"),
            ("transaction", "kind", "类型:1销售 2退货，3作废", &["1", "2"], "1=sale 2=return 3=cancelled", ""),
            ("transaction", "kind", "S-销售;R-退货", &["S"], "R=return S=sale", ""),
            ("transaction", "kind", "1=sale, 2=return, 9=test", &["1", "9"], "1=sale 2=return", "9"),
            ("card", "status", "状态（0：正常；1：挂失；2：注销）", &["0"], "0=active 1=lost 2=cancelled", ""),
            ("member", "sex", "", &["M", "F"], "F=female M=male", ""),
            ("member", "sex", "1男2女", &["1", "2"], "1=male 2=female", ""),
        ];
        for (entity, name, comment, samples, known, unknown) in cases {
            let expected = ((*known).to_owned(), (*unknown).to_owned());
            assert_eq!(seen(entity, name, comment, samples), expected, "{comment} {samples:?}");
        }
    }
}
