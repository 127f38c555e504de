#!/usr/bin/env python3
"""Makes `fenji-sans-gbk.ttf`: the GBK characters of WenQuanYi Micro Hei, without hinting or layout tables.

Run by hand when the coverage changes (never in CI), with Debian's `fonts-wqy-microhei` and `fonttools` installed:

    python3 make.py [/usr/share/fonts/truetype/wqy/wqy-microhei.ttc] [fenji-sans-gbk.ttf]

The same source and the same fonttools give the same bytes. `NOTICE` says where the face comes from.
"""

import sys
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection
from fontTools.ttLib.reorderGlyphs import reorderGlyphs

SOURCE = "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"
FAMILY = "Fenji Sans GBK"
POSTSCRIPT = "FenjiSansGBK"
# Latin-1 letters and signs, general punctuation, currency, arrows, mathematics, shapes, ticks.
RANGES = [
    (0x20, 0x7E), (0xA0, 0x17F), (0x391, 0x3C9), (0x2010, 0x2027), (0x2030, 0x203A), (0x20A0, 0x20BF),
    (0x2100, 0x214F), (0x2150, 0x218B), (0x2190, 0x2199), (0x2200, 0x22FF), (0x2460, 0x24FF), (0x2500, 0x25FF),
    (0x2605, 0x2606), (0x2610, 0x2612), (0x2713, 0x2718), (0x3000, 0x303F), (0xFF00, 0xFFEF),
]
# Characters whose glyph is blank or missing in the source, as (component, x shift in units of 1/2048 em).
COMPOSED = {
    0x2011: [(0x2D, 0)],
    0x2103: [(0xB0, 0), (0x43, 700)],
    0x2109: [(0xB0, 0), (0x46, 700)],
    0x212B: [(0xC5, 0)],
    0x2164: [(0x56, 0)],
    0x2169: [(0x58, 0)],
    0x223C: [(0x7E, 0)],
}
SPACES = {0x20, 0xA0, 0x3000}


def wanted():
    """The characters of GBK and of RANGES."""
    chars = {c for first, last in RANGES for c in range(first, last + 1)}
    for lead in range(0x81, 0xFF):
        for trail in range(0x40, 0xFF):
            try:
                chars.add(ord(bytes([lead, trail]).decode("gbk")))
            except (UnicodeDecodeError, TypeError):
                continue
    return chars


def compose(font):
    """Adds a glyph for each of COMPOSED, so that no two characters share one (a PDF maps glyphs back to text)."""
    cmap, glyphs, metrics = font.getBestCmap(), font["glyf"], font["hmtx"]
    added = {}
    for char, parts in COMPOSED.items():
        pen, width = TTGlyphPen(set(font.getGlyphOrder())), 0
        for part, shift in parts:
            pen.addComponent(cmap[part], (1, 0, 0, 1, shift, 0))
            width = max(width, shift + metrics[cmap[part]][0])
        name = f"uni{char:04X}.fenji"
        glyphs[name] = pen.glyph()
        metrics[name] = (width, 0)
        added[char] = name
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap.update(added)


def drop_blanks(font):
    """Removes characters with an empty glyph from the map: a missing character is reported, a blank one is not."""
    glyphs = font["glyf"]
    for table in font["cmap"].tables:
        blank = [c for c, g in table.cmap.items() if glyphs[g].numberOfContours == 0 and c not in SPACES]
        for char in blank:
            del table.cmap[char]


def mapped_first(font):
    """Numbers the characters' glyphs before their components: some readers of fonts stumble over mapped glyphs past 32767."""
    order = font.getGlyphOrder()
    rank = {glyph: number for number, glyph in enumerate(order)}
    mapped = set(font.getBestCmap().values())
    reorderGlyphs(font, sorted(order, key=lambda glyph: (glyph != ".notdef", glyph not in mapped, rank[glyph])))


def rename(font):
    """Gives the subset a name of its own, keeps the notices of copyright and license."""
    table = font["name"]
    table.names = [n for n in table.names if (n.platformID, n.langID) == (3, 0x409) and n.nameID in (0, 5, 7, 8, 13, 14)]
    for name_id, text in [(1, FAMILY), (2, "Regular"), (3, f"{FAMILY}: subset of WenQuanYi Micro Hei 0.2.0-beta"),
                          (4, FAMILY), (6, POSTSCRIPT), (10, "Subset of WenQuanYi Micro Hei; see NOTICE")]:
        table.setName(text, name_id, 3, 1, 0x409)
    table.names.sort(key=lambda n: n.nameID)


def main():
    source = sys.argv[1] if len(sys.argv) > 1 else SOURCE
    target = sys.argv[2] if len(sys.argv) > 2 else "fenji-sans-gbk.ttf"
    font = TTCollection(source).fonts[0]
    del font["FFTM"], font["GlyphOrder"]
    compose(font)
    drop_blanks(font)
    options = Options()
    options.hinting = False
    options.layout_features = []
    options.drop_tables += ["GDEF", "GPOS", "GSUB", "vhea", "vmtx", "gasp"]
    options.glyph_names = False
    options.notdef_outline = True
    options.name_IDs = ["*"]
    options.name_languages = ["*"]
    options.recalc_timestamp = False
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=wanted())
    subsetter.subset(font)
    mapped_first(font)
    rename(font)
    font.recalcTimestamp = False
    font.save(target)
    print(f"{target}: {len(font.getBestCmap())} characters, {len(font.getGlyphOrder())} glyphs")


if __name__ == "__main__":
    main()
