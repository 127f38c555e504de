//! The rows of the benchmark ledger: the same for the same size, wherever they are written to.
//!
//! Invariants: `line_id` rises with time as in a real ledger, give or take some hours; a few customers buy very often and most seldom (the share of
//! rank `r` falls like `r^(-2/3)`); some customers come late or leave early; 2 % never buy. Not here: the databases (`ledger`).

/// Seconds from 1970-01-01 to the first row's day, 2024-11-01.
const FIRST_SECOND: u64 = 20_028 * 86_400;
/// Seconds of the 24 months up to 2026-10-31.
const SPAN: u64 = 730 * 86_400;
/// A row stands up to so many seconds away from its place in time.
const JITTER: u64 = 6 * 3_600;

/// How large the ledger is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) customers: u64,
    pub(crate) rows: u64,
}

/// One transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) line: u64,
    pub(crate) customer: u64,
    /// Seconds since 1970-01-01, local.
    pub(crate) at: u64,
    pub(crate) fen: i64,
    pub(crate) kind: &'static str,
}

/// A number that looks random and depends on its two arguments only (the mixing of `SplitMix64`).
fn mixed(what: u64, number: u64) -> u64 {
    let mut z = number.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(what.wrapping_mul(0xD1B5_4A32_D192_ED03));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The upper half of a word: what is left of a product of two fractions of 32 bits.
fn high(word: u64) -> u64 {
    word >> 32
}

impl Size {
    /// The transaction of a line, from 1.
    pub(crate) fn row(self, line: u64) -> Row {
        let place = (line - 1) * SPAN / self.rows;
        let since = (place + mixed(1, line) % JITTER).min(SPAN - 1);
        let customer = self.customer(line, since);
        let chance = mixed(2, line);
        let skewed = high(chance);
        // Small amounts are frequent; a customer buys cheap or dear things.
        let full = high(200_000 * high(skewed * skewed));
        let amount = (100 + full * (1 << (mixed(3, customer) % 5)) / 4).cast_signed();
        let (kind, fen) = match chance % 100 {
            0..92 => ("sale", amount),
            92..98 => ("return", -amount),
            _ => ("cancelled", amount),
        };
        Row { line, customer, at: FIRST_SECOND + since, fen, kind }
    }

    /// Who buys on a line: mostly one whose time it is.
    fn customer(self, line: u64, since: u64) -> u64 {
        let mut customer = 1;
        for attempt in 4..8 {
            customer = self.customer_of_rank(high(mixed(attempt, line)));
            let fate = mixed(8, customer);
            let comes = if fate.is_multiple_of(4) { (fate >> 8) % (SPAN * 3 / 4) } else { 0 };
            let stays = if (fate >> 4).is_multiple_of(4) { (fate >> 20) % (SPAN * 3 / 4) } else { SPAN };
            if since >= comes && since <= comes + stays {
                break;
            }
        }
        customer
    }

    /// The customer of a chance of 32 bits: its cube makes low ranks frequent; the ranks are strewn over the numbers.
    fn customer_of_rank(self, chance: u64) -> u64 {
        let cube = high(high(chance * chance) * chance);
        let rank = high(cube * (self.customers - self.customers / 50));
        let step = [700_001, 700_027, 700_057].into_iter().find(|prime| !self.customers.is_multiple_of(*prime));
        rank * step.unwrap_or(1) % self.customers + 1
    }
}

/// Year, month, day, hour, minute and second of a second since 1970 (the days of Howard Hinnant's `civil_from_days`).
fn civil(at: u64) -> [u64; 6] {
    let shifted = at / 86_400 + 719_468;
    let (era, day) = (shifted / 146_097, shifted % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let of_month = day - (153 * month + 2) / 5 + 1;
    let (after, month) = if month < 10 { (0, month + 3) } else { (1, month - 9) };
    [era * 400 + year + after, month, of_month, at / 3_600 % 24, at / 60 % 60, at % 60]
}

/// Writes an instant as `2026-10-31 18:05:09`.
pub(crate) fn write_instant(text: &mut Vec<u8>, at: u64) {
    let [year, rest @ ..] = civil(at);
    write_two(text, year / 100);
    write_two(text, year % 100);
    for (mark, part) in [b'-', b'-', b' ', b':', b':'].into_iter().zip(rest) {
        text.push(mark);
        write_two(text, part);
    }
}

/// Writes a number as decimal digits.
pub(crate) fn write_number(text: &mut Vec<u8>, number: u64) {
    if number >= 10 {
        write_number(text, number / 10);
    }
    text.push(digit(number % 10));
}

/// Writes an amount in major units, such as `-12.05`.
pub(crate) fn write_amount(text: &mut Vec<u8>, fen: i64) {
    if fen < 0 {
        text.push(b'-');
    }
    write_number(text, fen.unsigned_abs() / 100);
    text.push(b'.');
    write_two(text, fen.unsigned_abs() % 100);
}

fn write_two(text: &mut Vec<u8>, number: u64) {
    text.push(digit(number / 10));
    text.push(digit(number % 10));
}

fn digit(digit: u64) -> u8 {
    b'0' + u8::try_from(digit % 10).unwrap_or(0)
}
