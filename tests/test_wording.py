"""Chinese as an office writes it: one term for one thing, on page, report,
command, tables and documents."""

import ast
import csv
import re
from pathlib import Path

import pytest
from village_alliances.calibration.evidence import figures, outside
from village_alliances.sim.parameters import levers, parameters
from village_alliances.wording import area_of, areas, bracketed, closed
from village_alliances.wording.numbers import roughly, unit_in_words

ROOT = Path(__file__).parents[1]
RETIRED = {  # what stood for it before -> what is said
    "不结盟|结盟": "未联建、组团联建",
    "同盟": "联合体",
    "单干": "自主发展、各村自办项目",
    "运气": "随机因素、随机条件、偶然",
    "遗憾": "机会损失",
    "杠杆": "可调政策",
    "先验": "经验范围",
    "后验": "校准后",
    "中位数": "居中值",
    "公共资金|公共投入": "财政专项资金",
    "书记帮带|传帮带": "导师帮带",
    "兼任": "跨村任职",
    "沉默": "不再参与",
    "突然离任": "书记调整",
    "求解": "测算",
    "扫描": "批量试算",
    "例会": "联席会议、全体会议",
    "末位(?:提醒|重组)": "后进提醒约谈、调整重组",
    "强行捆绑": "违背意愿的行政撮合",
    "联盟村": "成员村、联建村",
    "(?<!再)次运行|成运行|数运行|的运行(?!期|成本)|全部运行|其余运行|运行(?:次数|比例|编号)": "模拟",
    "个村村|个村个村": "个",
    "胜率": "占优比例",
    "挑选赢家": "择优带来的高估",
    "更优": "占优、占优比例",
    "问题哈希": "比较编号",
}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
FOLDERS = ("interface", "experiments", "calibration", "sim")
UNDERSTOOD = {"未结盟"}  # what a planner's table may say, and we do not


def texts():
    """Every Chinese text: (where, text)."""
    for area in areas():
        yield from (
            (f"wording/{area}.toml", entry)
            for entry in _within(area_of(area))
            if CHINESE.search(entry)
        )
    for path in [ROOT / "README.zh-CN.md", *(ROOT / "docs" / "zh").rglob("*.md")]:
        yield from ((path.name, line) for line in path.read_text(encoding="utf-8").splitlines())
    yield from cells()
    for path in written():
        where = path.relative_to(ROOT).as_posix()
        for line in path.read_text(encoding="utf-8").splitlines():
            if CHINESE.search(line):
                yield where, said_by_us(line)


def cells():
    """What the tables of evidence say in Chinese words of ours: (where, text)."""
    for path in sorted((ROOT / "calibration" / "evidence").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for column in (name for name in row if name.endswith("_zh")):
                    yield f"{path.name} {row.get('id', '')}", row[column]


def written():
    """Every file of code or data in which Chinese may stand."""
    for folder in FOLDERS:
        for ending in ("py", "vue", "js", "toml"):
            yield from sorted((ROOT / folder).rglob(f"*.{ending}"))


def said_by_us(line):
    """A line without the words that only a planner's table says."""
    for word in UNDERSTOOD:
        line = line.replace(f'"{word}"', "")
    return line


def _within(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _within(item)


def test_chinese_sets_no_thousands_apart():
    """`12300 元`, not `12,300 元`: one style, in texts and in what fills their places."""
    apart = re.compile(r"(?<![\w,])\d{1,3},\d{3}(?![\d,])|\{\w+:[^}]*,")
    chinese = [(area, zh) for area in areas() for zh in _chinese(area_of(area))]
    chinese += [
        (where, cell)
        for where, line in texts()
        for cell in line.split("|")
        if where.endswith(".md") and CHINESE.search(cell)
    ]
    lines = [f"{where}: {text.strip()}" for where, text in chinese if apart.search(text)]
    assert not lines, "\n".join(lines)


def _chinese(value):
    if set(value) == {"en", "zh"}:
        yield value["zh"]
    else:
        for item in value.values():
            yield from _chinese(item) if isinstance(item, dict) else ()


def test_one_function_sets_thousands_apart():
    """A comma in a format is English: `wording.grouped` knows the language."""
    formats = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for folder in ("interface", "experiments", "wording")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FormattedValue)
        and node.format_spec is not None
        and "," in ast.unparse(node.format_spec)
    ]
    assert not formats, formats


@pytest.mark.parametrize("retired", RETIRED)
def test_retired_words_are_gone(retired):
    lines = [f"{where}: {text.strip()}" for where, text in texts() if re.search(retired, text)]
    assert not lines, f"say {RETIRED[retired]}:\n" + "\n".join(lines)


def test_chinese_sets_a_figure_and_its_unit_apart():
    """`5 万元`, not `5万元`, in every text of the catalogue."""
    close = re.compile(r"\d(?:万?元|亩|户)")
    texts_of_areas = [(area, zh) for area in areas() for zh in _chinese(area_of(area))]
    wrong = [f"{area}: {zh}" for area, zh in texts_of_areas if close.search(zh)]
    assert not wrong, "\n".join(wrong)


def test_every_unit_of_a_report_is_chinese_in_chinese():
    """A unit without words of its own would stand in English: `sign`, `logit`."""
    measured = [*figures(), *outside(), *parameters().values(), *levers().values()]
    units = {measure.unit: unit_in_words(measure.unit, "zh") for measure in measured}
    assert not {unit: zh for unit, zh in units.items() if re.search("[A-Za-z]", zh)}


PLACES = (
    r"[左右](?:侧|边|面|方|栏|右)|旁边|最上|on the (?:left|right)|(?i:left|right) of the|beside\."
)
PICTURED = {"answer.difference_why", "answer.rivals_why"}  # sides of a line that is drawn


def test_the_page_names_no_place_that_a_phone_puts_elsewhere():
    """What stands on the left of a desk's screen stands above on a phone."""
    said = _named(area_of("dashboard"))
    misplaced = {name for name, entry in said if re.search(PLACES, entry)}
    assert misplaced == PICTURED


def _named(table, name=""):
    """Every text of an area: (its dotted name, one of its two texts)."""
    for key, entry in table.items():
        if isinstance(entry, str):
            yield name, entry
        elif isinstance(entry, dict):
            yield from _named(entry, f"{name}.{key}" if name else key)


@pytest.mark.parametrize(
    ("count", "en", "zh"),
    [(453, "450", "450"), (10_994, "11,000", "1.1 万"), (2_886_483, "2,900,000", "290 万")],
)
def test_a_count_that_is_an_estimate_has_two_figures(count, en, zh):
    assert (roughly(count, "en"), roughly(count, "zh")) == (en, zh)


def test_an_apostrophe_is_straight_wherever_it_stands():
    """`a village's`; the other sign only closes a quotation that one of its kind opened."""
    english = [(area, text) for area in areas() for text in _within(area_of(area))]
    read_too = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "sim").rglob("*.toml")]
    english += [
        (path.name, line)
        for path in read_too
        if "zh" not in path.parts
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    assert len(english) > 5000
    curly = [f"{where}: {text}" for where, text in english if text.count("’") > text.count("‘")]
    assert not curly, "\n".join(curly)


def test_what_is_quoted_is_quoted_in_one_way():
    """“A title”, not "a title": straight marks only where somebody types or reads code."""
    quoted = [
        text["en"]
        for area in ("report", "answer", "compare", "glossary", "proposal", "sensitivity")
        for text in _pairs(area_of(area))
        if '"' in text["en"]
    ]
    assert not quoted


def _pairs(value):
    for item in value.values():
        if isinstance(item, dict):
            yield from [item] if set(item) == {"en", "zh"} else _pairs(item)


def test_what_stands_in_brackets_has_those_of_the_language():
    assert "figures/" + bracketed("14", "zh") == "figures/（14）"
    assert "Tourism" + bracketed("tourism", "en") == "Tourism (tourism)"


def test_joined_parts_leave_no_gap_between_chinese_words():
    assert closed("高于 每年 0.13，且 低于 0.5") == "高于每年 0.13，且低于 0.5"
    assert closed("above 3 a year") == "above 3 a year"
