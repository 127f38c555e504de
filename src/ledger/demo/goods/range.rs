//! The goods themselves: names without brands and list prices in fen, by category and grade.
//!
//! Invariants: every grade of every category has goods; prices rise with the grade. Not here: who takes what (`goods`).

/// A product category.
#[derive(Debug)]
pub(in crate::ledger::demo) struct Category {
    /// Name.
    pub(in crate::ledger::demo) name: &'static str,
    /// Whether a salesperson serves, so that lines bear a name.
    pub(in crate::ledger::demo) served: bool,
    /// Returned lines in a million.
    pub(in crate::ledger::demo) returned: u32,
    /// Everyday goods.
    pub(super) simple: &'static [Product],
    /// Better goods.
    pub(super) good: &'static [Product],
    /// Fine goods.
    pub(super) fine: &'static [Product],
    /// The best.
    pub(super) best: &'static [Product],
}

/// A product.
#[derive(Debug, Clone, Copy)]
pub(in crate::ledger::demo) struct Product {
    /// Name.
    pub(in crate::ledger::demo) name: &'static str,
    /// Price in fen of a piece or a kilogram.
    pub(super) price: u32,
    /// Whether it is sold by weight.
    pub(super) by_weight: bool,
}

const fn piece(name: &'static str, price: u32) -> Product {
    Product { name, price, by_weight: false }
}

const fn kilogram(name: &'static str, price: u32) -> Product {
    Product { name, price, by_weight: true }
}

/// What is in the basket if nothing else is.
pub(super) const SHOPPING_BAG: Product = piece("环保购物袋", 100);

/// The categories, in the order of the odds in `goods`.
pub(in crate::ledger::demo) static CATEGORIES: [&Category; 8] =
    [&FOOD, &FRESH, &CARE, &CLOTHES, &APPLIANCES, &BABY, &LEISURE, &HOME];

pub(super) static FOOD: Category = Category {
    name: "食品",
    served: false,
    returned: 6_000,
    simple: &[
        piece("热干面（4人份）", 1_290),
        piece("鲜牛奶1L", 1_590),
        piece("苏打饼干", 890),
        piece("矿泉水（12瓶）", 1_800),
        piece("老面馒头", 650),
        piece("生抽酱油", 1_190),
    ],
    good: &[
        piece("东北大米5kg", 4_590),
        piece("花生油2.5L", 6_990),
        piece("坚果混合装", 4_980),
        piece("酸奶（整箱）", 5_590),
        piece("洪湖藕粉", 3_280),
    ],
    fine: &[
        piece("坚果礼盒", 12_800),
        piece("恩施富硒茶", 15_800),
        piece("橄榄油礼盒", 16_900),
        piece("腊味礼盒", 13_800),
    ],
    best: &[piece("年份白酒", 69_900), piece("明前绿茶礼盒", 52_800), piece("干海参礼盒", 98_800)],
};

static FRESH: Category = Category {
    name: "生鲜",
    served: false,
    returned: 4_000,
    simple: &[
        kilogram("洪山菜薹", 1_180),
        kilogram("莲藕", 980),
        kilogram("土豆", 460),
        kilogram("西红柿", 798),
        kilogram("香蕉", 698),
        kilogram("鸡蛋", 1_090),
    ],
    good: &[
        kilogram("猪前腿肉", 3_180),
        kilogram("武昌鱼", 3_560),
        kilogram("秭归脐橙", 1_580),
        kilogram("土鸡", 4_580),
        kilogram("红富士苹果", 1_680),
    ],
    fine: &[
        kilogram("牛腱子", 8_980),
        kilogram("基围虾", 9_960),
        kilogram("车厘子", 9_980),
        kilogram("小龙虾尾", 7_980),
    ],
    best: &[kilogram("三文鱼", 23_800), kilogram("雪花牛肉", 36_800), kilogram("大闸蟹", 19_800)],
};

static CARE: Category = Category {
    name: "日化",
    served: true,
    returned: 12_000,
    simple: &[
        piece("抽纸（10包）", 2_990),
        piece("牙膏", 1_590),
        piece("洗洁精", 1_290),
        piece("香皂（4块）", 1_880),
        piece("卷纸（12卷）", 3_290),
    ],
    good: &[
        piece("洗衣凝珠", 6_990),
        piece("洗发护发套装", 8_980),
        piece("电动牙刷头", 7_900),
        piece("面膜（10片）", 9_900),
    ],
    fine: &[piece("精华液", 32_900), piece("口红", 25_900), piece("面霜", 29_800), piece("防晒乳", 21_800)],
    best: &[piece("护肤套装", 128_000), piece("香水", 89_000), piece("抗皱精华", 108_000)],
};

static CLOTHES: Category = Category {
    name: "服饰",
    served: true,
    returned: 29_000,
    simple: &[
        piece("棉袜（5双）", 3_990),
        piece("纯棉T恤", 7_900),
        piece("家居拖鞋", 2_990),
        piece("儿童打底裤", 5_900),
        piece("保暖内衣", 12_900),
    ],
    good: &[piece("衬衫", 25_900), piece("牛仔裤", 29_900), piece("运动鞋", 36_900), piece("针织衫", 23_900)],
    fine: &[piece("连衣裙", 69_900), piece("羽绒服", 89_900), piece("真皮皮鞋", 75_900), piece("羊毛衫", 59_900)],
    best: &[
        piece("羊绒大衣", 369_900),
        piece("皮草领外套", 499_900),
        piece("真皮手袋", 268_000),
        piece("西装", 239_900),
    ],
};

static APPLIANCES: Category = Category {
    name: "家电",
    served: true,
    returned: 22_000,
    simple: &[piece("电水壶", 9_900), piece("台灯", 12_900), piece("电吹风", 14_900), piece("小风扇", 7_900)],
    good: &[piece("电饭煲", 39_900), piece("空气炸锅", 34_900), piece("吸尘器", 59_900), piece("微波炉", 49_900)],
    fine: &[
        piece("洗衣机", 219_900),
        piece("空调（1.5匹）", 289_900),
        piece("电热水器", 149_900),
        piece("油烟机", 239_900),
    ],
    best: &[piece("双开门冰箱", 629_900), piece("75英寸电视", 579_900), piece("洗烘一体机", 739_900)],
};

static BABY: Category = Category {
    name: "母婴",
    served: true,
    returned: 12_000,
    simple: &[
        piece("婴儿湿巾（3包）", 3_990),
        piece("辅食米粉", 5_800),
        piece("奶瓶", 6_900),
        piece("儿童袜（5双）", 2_900),
    ],
    good: &[
        piece("纸尿裤", 15_900),
        piece("婴儿连体衣", 12_900),
        piece("儿童洗护套装", 13_800),
        piece("早教玩具", 18_900),
    ],
    fine: &[piece("婴儿奶粉（3段）", 32_800), piece("儿童羽绒服", 45_900), piece("温奶消毒器", 36_900)],
    best: &[piece("婴儿推车", 129_900), piece("安全座椅", 158_000)],
};

static LEISURE: Category = Category {
    name: "文体",
    served: true,
    returned: 11_000,
    simple: &[
        piece("中性笔（12支）", 1_590),
        piece("作业本（10本）", 1_290),
        piece("跳绳", 1_990),
        piece("彩铅", 2_490),
    ],
    good: &[piece("书包", 15_900), piece("羽毛球拍", 12_800), piece("瑜伽垫", 8_900), piece("畅销图书套装", 9_800)],
    fine: &[piece("学习台灯", 39_900), piece("篮球鞋", 49_900), piece("拉杆箱", 45_900)],
    best: &[piece("山地自行车", 189_900), piece("电子琴", 239_900), piece("跑步机", 269_900)],
};

static HOME: Category = Category {
    name: "家居",
    served: true,
    returned: 16_000,
    simple: &[piece("收纳箱", 3_990), piece("毛巾（3条）", 2_990), piece("玻璃杯", 1_990), piece("晾衣架", 2_590)],
    good: &[piece("不粘锅", 15_900), piece("枕头", 12_900), piece("餐具套装", 16_800), piece("空调被", 19_900)],
    fine: &[piece("床品四件套", 59_900), piece("蚕丝被", 79_900), piece("实木餐椅", 49_900)],
    best: &[piece("乳胶床垫", 299_900), piece("布艺沙发", 389_900), piece("实木书桌", 219_900)],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grades_are_filled_and_rise() {
        for category in CATEGORIES {
            let means = [category.simple, category.good, category.fine, category.best].map(|shelf| {
                assert!(!shelf.is_empty(), "{}", category.name);
                shelf.iter().map(|product| product.price).sum::<u32>() / u32::try_from(shelf.len()).unwrap()
            });
            assert!(means.is_sorted(), "{} {means:?}", category.name);
        }
    }
}
