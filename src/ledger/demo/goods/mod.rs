//! The range of goods: eight categories, what each kind of shopper takes on each occasion, and at what price.
//!
//! Invariants: every category has goods of every grade; prices are in fen; goods sold by weight are priced per kilogram.
//! Not here: how often and where somebody shops (`behaviour`).

use super::{calendar::Occasion, dice::Dice};

mod range;

pub(super) use range::{CATEGORIES, Category, Product};

/// A kind of shopper, by what they take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Profile {
    /// A family.
    Household,
    /// Young people.
    Young,
    /// Retired people.
    Senior,
    /// Parents of small children.
    Parent,
    /// A company.
    Business,
    /// Somebody without a card.
    WalkIn,
}

/// What a shopper can spend: the higher, the dearer the goods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// Counts every yuan.
    Thrifty,
    /// The middle.
    Middle,
    /// Pays for quality.
    Comfortable,
    /// Buys the best.
    Affluent,
}

/// One line of a basket.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item {
    /// The category.
    pub(super) category: &'static Category,
    /// The product.
    pub(super) product: Product,
    /// Quantity in thousandths.
    pub(super) quantity: i64,
    /// Amount in fen.
    pub(super) amount: i64,
}

impl Profile {
    /// Odds of the categories, in the order of [`CATEGORIES`].
    fn tastes(self) -> [u32; 8] {
        match self {
            Self::Household => [26, 24, 14, 14, 3, 3, 6, 10],
            Self::Young => [20, 9, 26, 28, 2, 1, 9, 5],
            Self::Senior => [32, 36, 9, 9, 2, 1, 3, 8],
            Self::Parent => [20, 16, 12, 13, 2, 25, 7, 5],
            Self::Business => [52, 0, 14, 3, 3, 0, 16, 12],
            Self::WalkIn => [36, 25, 12, 13, 1, 3, 6, 4],
        }
    }
}

/// How much more of each category is sold on an occasion, in percent, in the order of [`CATEGORIES`].
fn lift(occasion: Occasion) -> [u32; 8] {
    match occasion {
        Occasion::Plain => [100, 100, 100, 95, 90, 100, 95, 95],
        Occasion::SpringFestival => [190, 150, 105, 135, 85, 90, 80, 105],
        Occasion::MidAutumn => [175, 115, 100, 100, 90, 95, 100, 95],
        Occasion::MidYear => [90, 85, 145, 105, 230, 130, 100, 120],
        Occasion::Summer => [100, 115, 105, 85, 140, 100, 105, 90],
        Occasion::SchoolStart => [95, 100, 90, 110, 90, 105, 260, 100],
        Occasion::NationalDay => [105, 95, 105, 150, 155, 100, 100, 140],
        Occasion::Autumn => [95, 100, 105, 145, 95, 100, 95, 110],
        Occasion::DoubleEleven => [90, 80, 150, 165, 200, 125, 100, 125],
        Occasion::DoubleTwelve => [100, 90, 130, 150, 140, 115, 100, 110],
    }
}

/// Odds of the four grades of goods for a level.
fn grades(level: Level) -> [u32; 4] {
    match level {
        Level::Thrifty => [60, 31, 9, 0],
        Level::Middle => [41, 41, 16, 2],
        Level::Comfortable => [22, 38, 32, 8],
        Level::Affluent => [10, 24, 38, 28],
    }
}

/// Draws one line.
pub(super) fn draw(dice: &mut Dice, profile: Profile, level: Level, occasion: Occasion) -> Item {
    let mut odds = [(&range::FOOD, 0); 8];
    let weights = profile.tastes().into_iter().zip(lift(occasion)).map(|(taste, lift)| taste * lift);
    for ((slot, category), weight) in odds.iter_mut().zip(CATEGORIES).zip(weights) {
        *slot = (category, weight);
    }
    let category = dice.weighted(&odds, &range::FOOD);
    let [simple, good, fine, best] = grades(level);
    let shelf = dice.weighted(
        &[(category.simple, simple), (category.good, good), (category.fine, fine), (category.best, best)],
        category.simple,
    );
    let product = dice.one_of(shelf, range::SHOPPING_BAG);
    let quantity = quantity(dice, (profile, level), product, occasion);
    let full = (i64::from(product.price) * quantity + 500) / 1_000;
    let amount = if dice.happens(discount_odds(occasion)) { reduced(dice, full, product) } else { full };
    Item { category, product, quantity, amount }
}

/// What a line of a shopper comes to on average, in fen, judged from a sample that does not depend on the ledger's seed.
pub(super) fn typical_line(profile: Profile, level: Level) -> i64 {
    let mut dice = Dice::new(0);
    let sample = 4_000_u32;
    let total: i64 = (0..sample).map(|_| draw(&mut dice, profile, level, Occasion::Plain).amount).sum();
    total / i64::from(sample)
}

fn quantity(dice: &mut Dice, (profile, level): (Profile, Level), product: Product, occasion: Occasion) -> i64 {
    if profile == Profile::Business {
        let pieces = match product.price {
            0..=20_000 => dice.weighted(&[(5, 22), (10, 36), (20, 26), (30, 11), (50, 5)], 10),
            20_001..=100_000 => dice.weighted(&[(2, 34), (4, 32), (6, 20), (10, 14)], 2),
            _ => dice.weighted(&[(1, 60), (2, 28), (3, 12)], 1),
        };
        // For a company the level stands for its size.
        let size = match level {
            Level::Thrifty => 1,
            Level::Middle => 2,
            Level::Comfortable => 4,
            Level::Affluent => 8,
        };
        let festive = matches!(occasion, Occasion::SpringFestival | Occasion::MidAutumn);
        return pieces * size * if festive { 3 } else { 2 } / 2 * 1_000;
    }
    if product.by_weight {
        return dice.between(180, 900) + dice.between(0, 900);
    }
    match product.price {
        0..=6_000 => dice.weighted(&[(1_000, 66), (2_000, 23), (3_000, 7), (4_000, 2), (6_000, 2)], 1_000),
        6_001..=30_000 => dice.weighted(&[(1_000, 90), (2_000, 9), (3_000, 1)], 1_000),
        _ => 1_000,
    }
}

/// Odds in a million that a line is sold at a reduced price.
fn discount_odds(occasion: Occasion) -> u32 {
    if occasion.is_promotion() { 480_000 } else { 110_000 }
}

/// A reduced amount with an ending that retailers like; goods by weight keep their fen.
fn reduced(dice: &mut Dice, full: i64, product: Product) -> i64 {
    let percent = i64::from(dice.weighted(&[(95_u8, 20), (90, 35), (88, 15), (85, 15), (80, 10), (70, 5)], 90));
    let exact = (full * percent + 50) / 100;
    if product.by_weight {
        return exact;
    }
    match exact {
        0..=999 => exact / 10 * 10,
        1_000..=49_999 => exact / 100 * 100 + 90,
        _ => exact / 1_000 * 1_000 + 900,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OCCASIONS: [Occasion; 10] = [
        Occasion::Plain,
        Occasion::SpringFestival,
        Occasion::MidAutumn,
        Occasion::MidYear,
        Occasion::Summer,
        Occasion::SchoolStart,
        Occasion::NationalDay,
        Occasion::Autumn,
        Occasion::DoubleEleven,
        Occasion::DoubleTwelve,
    ];

    const PROFILES: [Profile; 6] =
        [Profile::Household, Profile::Young, Profile::Senior, Profile::Parent, Profile::Business, Profile::WalkIn];

    #[test]
    fn every_line_is_a_sale_of_goods_at_a_price() {
        let mut dice = Dice::new(5);
        for profile in PROFILES {
            for occasion in OCCASIONS {
                for _ in 0..200 {
                    let item = draw(&mut dice, profile, Level::Middle, occasion);
                    assert!(item.amount > 0 && item.quantity > 0, "{item:?}");
                    assert!(item.product.by_weight || item.quantity % 1_000 == 0, "{item:?}");
                    assert!(profile != Profile::Business || item.category.name != "生鲜", "{item:?}");
                }
            }
        }
    }

    #[test]
    fn the_level_moves_what_is_spent() {
        for profile in PROFILES {
            let [thrifty, middle, comfortable, affluent] =
                [Level::Thrifty, Level::Middle, Level::Comfortable, Level::Affluent]
                    .map(|level| typical_line(profile, level));
            assert!(thrifty < middle && middle < comfortable && comfortable < affluent, "{profile:?}");
        }
    }

    #[test]
    fn reduced_prices_are_lower_and_end_as_usual() {
        let mut dice = Dice::new(2);
        for full in [500, 990, 1_290, 12_800, 49_900, 129_900, 649_900] {
            for _ in 0..50 {
                let now = reduced(&mut dice, full, range::SHOPPING_BAG);
                assert!(now <= full && now * 2 > full, "{full} {now}");
                assert!(now % 10 == 0, "{now}");
            }
        }
    }
}
