//! A PDF table of 20,000 rows × 8 columns, against the limits 3 s and 300 MB.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    reason = "a benchmark prints its result and may stop at the first thing that is wrong"
)]

use std::{fmt::Write as _, time::Instant};

use fenji::{
    period::parse_day,
    render::{
        font::{FontChoice, Fonts},
        pdf::{PageSize, PdfSettings, render},
    },
};

const ROWS: u32 = 20_000;
const SECONDS: f64 = 3.0;
const MEGABYTES: f64 = 300.0;

fn main() {
    let page = page();
    let start = Instant::now();
    let fonts = Fonts::load(&FontChoice::Bundled).unwrap();
    let pdf = render(&page, &settings(), &fonts).unwrap();
    let seconds = start.elapsed().as_secs_f64();
    let megabytes = peak_megabytes();
    println!("{ROWS} rows x 8 columns: {} pages, {} kB", pdf.pages, pdf.bytes.len() / 1000);
    println!("time {seconds:.2} s, ratio to the limit of {SECONDS} s: {:.2}", seconds / SECONDS);
    println!("peak {megabytes:.0} MB, ratio to the limit of {MEGABYTES} MB: {:.2}", megabytes / MEGABYTES);
}

fn page() -> String {
    let mut page = String::from("<html><body class=\"landscape\"><h1>应收账款明细</h1><table><thead><tr>");
    for head in ["序号", "客户编号", "客户名称", "区域", "到期日", "应收金额", "逾期天数", "风险分类"]
    {
        write!(page, "<th>{head}</th>").unwrap();
    }
    page.push_str("</tr></thead><tbody>");
    let (names, regions) = (["武汉", "宜昌", "襄阳", "荆州", "黄石"], ["华中一区", "华中二区", "华东区", "西南区"]);
    for row in 1..=ROWS {
        let at = row as usize;
        write!(
            page,
            "<tr><td class=\"num\">{row}</td><td>C{row:06}</td><td>{}市宏远商贸有限公司第{}分店</td><td>{}</td><td>2026-{:02}-{:02}</td>\
             <td class=\"num\">{},{:03}.{:02}</td><td class=\"num\">{}</td><td>{}</td></tr>",
            names[at % names.len()],
            row % 97,
            regions[at % regions.len()],
            1 + row % 12,
            1 + row % 28,
            1 + row % 900,
            row % 1000,
            row % 100,
            row % 400,
            ["正常", "关注", "次级", "可疑", "损失"][at % 5],
        )
        .unwrap();
    }
    page.push_str("</tbody></table></body></html>");
    page
}

fn settings() -> PdfSettings {
    PdfSettings {
        title: "应收账款明细".to_owned(),
        author: "fenji".to_owned(),
        subject: String::new(),
        keywords: Vec::new(),
        lang: "zh-CN".to_owned(),
        created: parse_day("2026-10-31").unwrap().and_hms_opt(0, 0, 0).unwrap(),
        page: PageSize::A4Landscape,
        header_left: "示例公司".to_owned(),
        header_right: "应收账款明细".to_owned(),
        footer_left: "截至 2026-10-31".to_owned(),
        page_number: "第 {page} 页 / 共 {total} 页".to_owned(),
        watermark: None,
    }
}

/// The peak of this process's memory, as Linux tells it.
fn peak_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().split(' ').next()?.parse::<f64>().ok());
    kilobytes.unwrap_or(f64::NAN) / 1000.0
}
