//! Made-up names of people and companies, and telephone numbers that nobody can have.
//!
//! Invariants: no name is taken from a real person or company; phone numbers lie in 154, a range that no operator has been given.
//! Two members of every demo bear characters outside GBK (`䶮`, `𠮷`), so that missing glyphs show in a demo and not in production.
//! Not here: who gets which name (`members`).

use super::dice::Dice;

/// Sex of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
}

impl Sex {
    /// The word of the contract.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Female => "female",
            Self::Male => "male",
        }
    }
}

/// Given names with characters that GBK does not hold.
pub(super) const RARE_NAMES: [&str; 2] = ["陈䶮", "周𠮷祥"];

/// Surnames by how common they are, roughly as in the whole population.
const SURNAMES: &[(&str, u32)] = &[
    ("王", 730),
    ("李", 720),
    ("张", 680),
    ("刘", 540),
    ("陈", 450),
    ("杨", 310),
    ("黄", 240),
    ("赵", 220),
    ("吴", 200),
    ("周", 200),
    ("徐", 150),
    ("孙", 140),
    ("马", 130),
    ("朱", 130),
    ("胡", 130),
    ("郭", 120),
    ("何", 110),
    ("高", 100),
    ("林", 100),
    ("罗", 90),
    ("郑", 90),
    ("梁", 80),
    ("谢", 80),
    ("宋", 80),
    ("唐", 70),
    ("许", 70),
    ("韩", 70),
    ("冯", 60),
    ("邓", 60),
    ("曹", 60),
    ("彭", 60),
    ("曾", 55),
    ("肖", 55),
    ("田", 50),
    ("董", 50),
    ("袁", 45),
    ("潘", 45),
    ("于", 45),
    ("蒋", 42),
    ("蔡", 42),
    ("余", 42),
    ("杜", 40),
    ("叶", 40),
    ("程", 40),
    ("苏", 38),
    ("魏", 38),
    ("吕", 35),
    ("丁", 35),
    ("任", 33),
    ("沈", 33),
    ("姚", 32),
    ("卢", 30),
    ("姜", 30),
    ("崔", 28),
    ("钟", 28),
    ("谭", 28),
    ("陆", 27),
    ("汪", 27),
    ("范", 25),
    ("金", 25),
    ("石", 24),
    ("廖", 24),
    ("贾", 22),
    ("夏", 22),
    ("韦", 20),
    ("付", 20),
    ("方", 20),
    ("白", 18),
    ("邹", 18),
    ("孟", 17),
    ("熊", 17),
    ("秦", 16),
    ("邱", 15),
    ("江", 15),
    ("尹", 14),
    ("薛", 14),
    ("闫", 13),
    ("段", 13),
    ("雷", 12),
    ("侯", 12),
    ("龙", 11),
    ("史", 11),
    ("陶", 10),
    ("黎", 10),
    ("贺", 10),
    ("顾", 10),
    ("毛", 9),
    ("郝", 9),
    ("龚", 8),
    ("邵", 8),
    ("万", 8),
    ("钱", 8),
    ("严", 7),
    ("覃", 7),
    ("武", 6),
    ("戴", 6),
    ("莫", 6),
    ("孔", 6),
    ("向", 5),
    ("欧阳", 5),
    ("司马", 1),
    ("上官", 1),
    ("诸葛", 1),
    ("皇甫", 1),
    ("尉迟", 1),
    ("芈", 1),
];

/// Given names of women born before 1975, then the characters of later ones: first, second.
const WOMEN_BEFORE: &[&str] = &[
    "秀英", "桂兰", "玉珍", "淑华", "凤英", "秀兰", "桂英", "玉兰", "秀珍", "丽华", "建华", "春梅", "玉梅", "爱华",
    "小红", "丽萍", "艳", "红梅", "美玲", "素芳", "金莲", "惠芳", "腊梅", "冬梅", "菊香", "翠兰", "敏", "静", "琴",
    "霞",
];
const WOMEN_FIRST: &[&str] = &[
    "雨", "梦", "思", "佳", "欣", "晓", "雅", "婷", "静", "诗", "梓", "子", "若", "语", "可", "心", "嘉", "婉", "芷",
    "慧", "美", "文", "倩", "雪", "璐", "依", "艺", "一", "沐", "清",
];
const WOMEN_SECOND: &[&str] = &[
    "婷", "怡", "涵", "琪", "瑶", "萱", "颖", "洁", "琳", "悦", "妍", "彤", "菲", "蕾", "敏", "雯", "玲", "莹", "芳",
    "娜", "燕", "倩", "璇", "珺", "璟", "媛", "宁", "然", "溪", "妤", "薇", "茜", "垚", "婳",
];
const MEN_BEFORE: &[&str] = &[
    "建国", "志强", "建军", "国强", "德明", "永福", "建华", "文革", "卫东", "国庆", "爱民", "福生", "长江", "汉生",
    "水生", "金山", "大勇", "保国", "新民", "光明", "志刚", "伟", "军", "勇", "斌", "平", "海波", "少华", "培林",
    "正清",
];
const MEN_FIRST: &[&str] = &[
    "浩", "子", "宇", "俊", "志", "文", "晓", "明", "嘉", "天", "思", "博", "泽", "梓", "一", "家", "立", "建", "海",
    "伟", "振", "皓", "睿", "逸", "启", "承", "亦", "景", "云", "昊",
];
const MEN_SECOND: &[&str] = &[
    "轩", "然", "杰", "豪", "鹏", "涛", "宇", "辰", "阳", "博", "峰", "磊", "超", "凯", "伟", "明", "航", "睿", "霖",
    "毅", "哲", "恒", "琛", "翔", "宸", "玮", "昇", "翀", "垚", "璟", "煜", "钊", "淼", "骁",
];

/// A name that suits the sex and the year of birth.
pub(super) fn person(dice: &mut Dice, sex: Sex, born: i32) -> String {
    let surname = dice.weighted(SURNAMES, "王");
    let (before, first, second) = match sex {
        Sex::Female => (WOMEN_BEFORE, WOMEN_FIRST, WOMEN_SECOND),
        Sex::Male => (MEN_BEFORE, MEN_FIRST, MEN_SECOND),
    };
    let mut name = String::with_capacity(12);
    name.push_str(surname);
    if born < 1975 {
        name.push_str(dice.one_of(before, ""));
    } else {
        let opening = dice.one_of(first, "");
        let closing = dice.one_of(second, "");
        if dice.happens(820_000) && opening != closing {
            name.push_str(opening);
        }
        name.push_str(closing);
    }
    name
}

/// A telephone number for the member of a number: different numbers for different members.
pub(super) fn phone(number: u32) -> String {
    // The factor shares no divisor with 10^8, so that the eight digits of no two members are the same.
    let digits = (u64::from(number) * 61_803_399 + 31_415_927) % 100_000_000;
    format!("154{digits:08}")
}

const TRADE_FIRST: &[&str] = &[
    "青梧", "云栖", "听涛", "拾穗", "鹭洲", "望岚", "栖霞", "临渚", "知渔", "南笙", "澄江", "锦帆", "白露", "松泉",
    "汀兰", "远岫", "墨池", "银杏", "长亭", "渡口", "浣溪", "半山", "晴川", "归雁", "芦汀", "霁月", "疏桐", "流萤",
    "竹影", "橘井", "石桥",
];
const TRADE_SECOND: &[&str] = &[
    "谷雨",
    "立夏",
    "小满",
    "芒种",
    "白鹿",
    "青禾",
    "麦田",
    "朝露",
    "星河",
    "云帆",
    "木棉",
    "海棠",
    "红叶",
    "春晖",
    "秋实",
    "冬青",
    "夏荷",
    "东篱",
    "南山",
    "西窗",
    "北辰",
    "九畹",
    "百川",
    "千帆",
    "万象",
    "双桅",
    "三棵树下",
    "四时",
    "七彩石",
];
const INDUSTRIES: &[(&str, &str)] = &[
    ("商贸", "批发零售"),
    ("科技", "信息技术"),
    ("餐饮管理", "餐饮"),
    ("物业服务", "物业"),
    ("建筑工程", "建筑"),
    ("机械制造", "制造"),
    ("供应链", "物流"),
    ("教育咨询", "教育"),
    ("健康管理", "医疗健康"),
    ("酒店管理", "酒店"),
    ("文化传播", "文化传媒"),
    ("农业发展", "农业"),
];

/// The name and the industry of the business customer of a number; the first 10,788 are all different.
pub(super) fn company(number: u32) -> (String, &'static str) {
    let nth = |count: usize, turn: u32| {
        let count = u32::try_from(count).unwrap_or(1).max(1);
        usize::try_from(turn % count).unwrap_or(0)
    };
    // The three counts share no divisor, so that the three turn independently of each other.
    let first = TRADE_FIRST.get(nth(TRADE_FIRST.len(), number)).copied().unwrap_or_default();
    let second = TRADE_SECOND.get(nth(TRADE_SECOND.len(), number)).copied().unwrap_or_default();
    let (trade, industry) = INDUSTRIES.get(nth(INDUSTRIES.len(), number)).copied().unwrap_or_default();
    (format!("江城{first}{second}{trade}有限公司"), industry)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_have_a_surname_and_one_or_two_characters_more() {
        let mut dice = Dice::new(3);
        let mut seen = BTreeSet::new();
        for born in [1950, 1974, 1975, 2003] {
            for sex in [Sex::Female, Sex::Male] {
                for _ in 0..500 {
                    let name = person(&mut dice, sex, born);
                    assert!((2..=4).contains(&name.chars().count()), "{name}");
                    seen.insert(name);
                }
            }
        }
        assert!(seen.len() > 2_000, "{} different names of 4,000", seen.len());
    }

    #[test]
    fn phones_differ_and_lie_in_the_unallocated_range() {
        let phones: BTreeSet<String> = (1..=50_000).map(phone).collect();
        assert_eq!(phones.len(), 50_000);
        assert!(phones.iter().all(|phone| phone.len() == 11 && phone.starts_with("154")));
    }

    #[test]
    fn companies_differ() {
        let names: BTreeSet<String> = (0..10_788).map(|number| company(number).0).collect();
        assert_eq!(names.len(), 10_788);
    }

    #[test]
    fn rare_names_are_outside_gbk() {
        for name in RARE_NAMES {
            assert!(name.chars().any(|character| character == '䶮' || u32::from(character) > 0xFFFF), "{name}");
        }
    }
}
