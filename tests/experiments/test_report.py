"""The report: whole, true to the comparison, safe from what a table holds, readable by machines
that read aloud, and printable."""

import html as markup
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath
from village_alliances.calibration.evidence import (
    designs,
    documents,
    figure,
    figures,
    kind_of,
    named,
    outside,
)
from village_alliances.experiments import page, plots, report
from village_alliances.experiments.answer.comparison import answer_of
from village_alliances.experiments.compare import compare
from village_alliances.experiments.report import money
from village_alliances.experiments.report.basis import parameters as listed_parameters
from village_alliances.experiments.report.outcomes import OUTCOMES
from village_alliances.experiments.report.question import question
from village_alliances.experiments.report.sources import sources
from village_alliances.experiments.report.writer import Writer
from village_alliances.experiments.sensitivity.files import Explanation
from village_alliances.experiments.verdict import warnings
from village_alliances.experiments.wording import meaning
from village_alliances.sim.ensemble import run_together
from village_alliances.sim.loading import load
from village_alliances.sim.metrics import BY_NAME
from village_alliances.sim.parameters import levers, parameters
from village_alliances.wording import LANGUAGES, say, table, with_minus
from village_alliances.wording.numbers import as_stated, number, scale

pytestmark = pytest.mark.usefixtures("compiled_model")
STRATEGIES = ("none", "strong_leads_weak", "industry_chain")
MOST_BYTES = 1_000_000
VOID = {"meta", "link", "br", "col", "img", "hr", "input"}
EVIL = "<script>alert('a')</script>"


class Page(HTMLParser):
    """A page read strictly: every element closed in order; keeps elements, ids,
    links, and text by language."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.said, self.cells = [], [], [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.elements.append((tag, given, [t for t, _ in self.open]))
        if tag not in VOID:
            self.open.append((tag, given))
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes), [t for t, _ in self.open]))

    def handle_endtag(self, tag):
        opened, _ = self.open.pop()
        assert opened == tag, f"<{opened}> closed by </{tag}>"

    def handle_data(self, data):
        inside = [tag for tag, _ in self.open]
        if data.strip() and not {"style", "script"} & set(inside):
            lang = next((tag["lang"] for _, tag in reversed(self.open) if "lang" in tag), "")
            self.said.append((lang, inside, data.strip()))
        if {"td", "th"} & set(inside):
            self.cells[-1] += data.strip()

    def all(self, tag):
        return [element for name, element, _ in self.elements if name == tag]

    def text_of(self, tag):
        return "\n".join(data for _, inside, data in self.said if tag in inside)

    @property
    def text(self):
        return " ".join(data for _, _, data in self.said)


@pytest.fixture(scope="module")
def comparison():
    return compare(
        load("jinxi"),
        STRATEGIES,
        runs=24,
        mode="prior",
        parts=True,
        require="weak_villages_50k<=0,public_cost<=1e6",
        levers={"grant_years": 3.0},
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_lever_that_is_minus_one_says_what_that_stands_for(comparison, lang):
    writer = Writer(comparison, lang, {})
    words = [writer.setting(lever, -1) for lever in levers().values() if lever.low == -1]
    assert words and not any(re.search(r"\d", text) for text in words)
    assert writer.setting(levers()["grant_years"], 3.0) == "3"


@pytest.fixture(scope="module")
def written(comparison):
    return {lang: report.html(comparison, lang) for lang in LANGUAGES}


@pytest.fixture(scope="module")
def read(written):
    return {lang: Page(text) for lang, text in written.items()}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_is_sound_and_reaches_for_nothing_outside(written, read, lang):
    seen = read[lang]
    assert written[lang].startswith("<!DOCTYPE html>")
    assert seen.all("html")[0]["lang"] == {"zh": "zh-Hans", "en": "en"}[lang]
    assert {tag for tag, _, _ in seen.elements}.isdisjoint(
        {"script", "link", "iframe", "object", "img", "image"}
    )
    places = [
        element[key]
        for _, element, _ in seen.elements
        for key in ("src", "href", "xlink:href")
        if key in element
    ]
    assert places and all(place.startswith("#") for place in places)
    assert not re.search(r"url\((?!#)|@import|@font-face", written[lang])
    policy = next(
        tag["content"]
        for tag in seen.all("meta")
        if tag.get("http-equiv") == "Content-Security-Policy"
    )
    assert "default-src 'none'" in policy


@pytest.mark.parametrize("lang", LANGUAGES)
def test_ids_are_unique_and_every_link_arrives(read, lang):
    ids = [element["id"] for _, element, _ in read[lang].elements if "id" in element]
    assert len(ids) == len(set(ids))
    targets = [
        element.get("href") or element.get("xlink:href") for _, element, _ in read[lang].elements
    ]
    assert {target[1:] for target in targets if target} <= set(ids)
    named = [
        id
        for _, element, _ in read[lang].elements
        for id in element.get("aria-labelledby", "").split()
    ]
    assert set(named) <= set(ids)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_stays_light(comparison, written, lang):
    assert (
        len(written[lang].encode()) < MOST_BYTES / 1.5
    )  # more runs do not make it heavier: curves have a fixed number of points
    assert len(report.html(comparison, lang, figures={}).encode()) < len(written[lang].encode()) / 2


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_section_is_there_in_order(read, lang):
    wanted = [name for name in table("report.heading") if name != "sensitivity"]
    assert [tag["id"] for tag in read[lang].all("section")] == wanted
    said = [
        data
        for _, inside, data in read[lang].said
        if inside[-1] == "h2" and "article" not in inside
    ]
    assert said == [say(f"report.heading.{name}", lang) for name in wanted]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_can_be_read_aloud(read, lang):
    seen = read[lang]
    pictures = seen.all("svg")
    assert len(pictures) - 1 == len(seen.all("figcaption")) == len(plots.OVER_TIME) + 11
    for picture in pictures:
        assert picture["role"] == "img" and len(picture["aria-labelledby"].split()) == 2
    titles = [data for _, inside, data in seen.said if inside[-2:] == ["svg", "title"]]
    descriptions = [data for _, inside, data in seen.said if inside[-2:] == ["svg", "desc"]]
    assert len(titles) == len(descriptions) == len(pictures)
    assert all(tag.get("scope") in ("col", "row", "rowgroup") for tag in seen.all("th"))
    assert len(seen.all("h1")) == 1
    regions = [tag for tag in seen.all("div") if tag.get("role") == "region"]
    assert (
        len({region["aria-label"] for region in regions})
        == len(regions)
        == len(seen.all("caption"))
    )
    assert all(region["tabindex"] == "0" for region in regions)
    marks = [tag for tag in seen.all("span") if tag.get("class") in ("better", "worse")]
    assert all(mark["aria-label"] for mark in marks)


def test_a_difference_whose_whole_band_lies_on_one_side_is_marked(comparison):
    table = comparison.table.copy()
    bands = ["diff_p05", "diff_median", "diff_p95"]
    for strategy, band in (("strong_leads_weak", (-3, -2, -1)), ("industry_chain", (1, 2, 3))):
        rows = (table.outcome == "weak_villages_50k") & (table.strategy == strategy)
        table.loc[rows, bands] = band
    seen = Page(report.html(replace(comparison, table=table), "en", figures={}))
    marks = [tag for tag in seen.all("span") if tag.get("class") in ("better", "worse")]
    assert {mark["class"] for mark in marks} == {"better", "worse"}
    assert all(mark["aria-label"] for mark in marks)


def test_colours_of_text_stand_out_from_the_paper():
    style = Path(page.__file__).with_name(page.TEMPLATE).read_text(encoding="utf-8")
    inks = re.findall(r"(?:--ink|--faint|--link|[^-]color): (#[0-9a-f]{3,6})", style)
    assert len(inks) > 5

    def brightness(colour):
        digits = colour[1:] if len(colour) == 7 else "".join(2 * d for d in colour[1:])
        parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return float(np.dot((0.2126, 0.7152, 0.0722), linear))

    ground = brightness("#eef5fa")
    assert all((ground + 0.05) / (brightness(ink) + 0.05) >= 4.5 for ink in inks)


# ---- True to the comparison


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_table_holds_the_numbers_of_the_comparison(comparison, read, lang):
    cells = [markup.unescape(cell) for cell in read[lang].cells]
    indexed = comparison.table.set_index(["outcome", "strategy"])
    for outcome in OUTCOMES:
        unit = BY_NAME[outcome].unit
        rows = [indexed.loc[(outcome, s)] for s in STRATEGIES]
        by, _ = scale([v for row in rows for v in (row["p05"], row["p95"])], unit, lang)
        finer, word = scale(
            [v for row in rows for v in (row["diff_p05"], row["diff_p95"])], unit, lang
        )
        index = next(
            i
            for i, cell in enumerate(cells)
            if cell.startswith(meaning(outcome, lang))
            and cells[i + 1] == comparison.title("none", lang)
        )
        for row, strategy in zip(rows, STRATEGIES, strict=True):
            index = cells.index(comparison.title(strategy, lang), index)
            assert cells[index + 1] == number(row["median"], unit, lang, by=by)
            band = (number(row["p05"], unit, lang, by=by), number(row["p95"], unit, lang, by=by))
            assert cells[index + 2] == say("report.page.between", lang, low=band[0], high=band[1])
            if strategy != "none":
                cell_text = f"{number(row['diff_median'], unit, lang, signed=True, by=finer)} {'' if finer == by else word}".strip()
                assert cells[index + 3].rstrip("▲▼") == cell_text
                whole = (
                    row["diff_p05"] * BY_NAME[outcome].better,
                    row["diff_p95"] * BY_NAME[outcome].better,
                )
                assert ("▲" in cells[index + 3]) == (min(whole) > 0) and (
                    "▼" in cells[index + 3]
                ) == (max(whole) < 0)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_verdict_warnings_question_and_command_stand_in_it(comparison, read, lang):
    text = read[lang].text
    for sentence in answer_of(comparison).sentences(lang):
        assert sentence in text
    assert all(warning in text for warning in warnings(comparison, lang))
    assert comparison.id in text
    command = [data for _, inside, data in read[lang].said if "code" in inside]
    assert " ".join(command).startswith(
        "alliances compare jinxi --strategies none,strong_leads_weak,industry_chain "
        "--runs 24 --seed 1"
    )
    assert "numpy" in text and say("report.column.hash", lang) in text


def test_only_what_a_sheet_of_paper_holds_is_kept_on_one():
    """What is kept together and taller than the paper is cut through a line of its text."""
    tables = [page.PageTable("", ["a"], [[[page.PageCell("x")]] * 8]) for _ in range(4)]
    assert page.Section("one", "One", tables[:1]).small
    assert not page.Section("four", "Four", tables).small
    words = page.render("Title", "", [page.Section("four", "Four", tables)], "en")
    whole = re.findall(r"([^{}\n]*\.keep[^{}\n]*){[^{}]*inline-block", words)
    assert [rule.strip() for rule in whole] == [".keep:has(> figure)"]


@pytest.mark.parametrize("refusal", [{"jobs", "households"}, set()])
def test_projects_have_columns_for_what_the_model_may_be_asked(comparison, monkeypatch, refusal):
    monkeypatch.setattr(money, "refused", lambda: frozenset(refusal))
    (table,) = money.projects(Writer(comparison, "en", {}))
    for kind in ("jobs", "households"):
        column = say(f"report.column.{kind}", "en")
        assert any(head.startswith(column) for head in table.head) == (kind not in refusal)
    assert ("Jobs are left out" in table.caption) == ("jobs" in refusal)
    assert all(len(group[0]) == len(table.head) for group in table.groups)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_stated_figure_leads_to_document_and_line(comparison, read, lang):
    seen = read[lang]
    links = {tag["href"] for tag in seen.all("a")}
    for id in {
        *comparison.scenario.evidence.values(),
        *comparison.scenario.given[0].evidence,
        *parameters()["debt_interest"].evidence,
    }:
        picture = figure(id)
        assert f"#source-{id}" in links
        index = seen.cells.index(picture.note(lang) + id)
        assert seen.cells[index - 3 : index] == [
            f"[{picture.document}:{picture.line}]",
            picture.place(lang),
            str(picture.year),
        ]
        assert seen.cells[index + 1] == picture.figure
        assert documents()[picture.document].title_zh in seen.text
        assert documents()[picture.document].title(lang) in seen.text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_figure_from_outside_leads_to_who_states_it(read, lang):
    seen = read[lang]
    links = {tag["href"] for tag in seen.all("a")}
    outside = [id for id in parameters()["management_effect"].evidence if kind_of(id) == "outside"]
    assert outside
    for id in outside:
        row = named(id)
        assert f"#source-{id}" in links
        index = seen.cells.index(row.note(lang))
        assert seen.cells[index - 3 : index] == [f"[{id}]", row.place(lang), str(row.year)]
        assert seen.cells[index + 1] == row.source(lang) + designs()[row.design].title(lang)


def test_what_is_known_of_a_village_is_told_as_the_table_has_it(read):
    for lang, income, debt, drawn in (
        ("en", "under 10,000", "over 2,500,000", "drawn"),
        ("zh", "低于 1", "高于 250", "抽取"),
    ):
        cells = read[lang].cells
        index = next(
            i for i, cell in enumerate(cells) if cell == "雷山村" and "街道" in cells[i + 1]
        )
        row = cells[index : index + 9]
        assert row[2].startswith(income) and row[4].startswith(debt)
        assert row[5] == drawn and "金溪" in row


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_parameter_stands_with_unit_range_and_source(read, lang):
    seen = read[lang]
    cells = [cell.lower() for cell in seen.cells]
    for name, parameter in parameters().items():
        meaning = parameter.zh if lang == "zh" else parameter.en
        index = cells.index(meaning.lower() + name)
        assert seen.cells[index + 4] if parameter.assumption and not parameter.evidence else True
        unit = seen.cells[index + 3]
        by = {"亿": 1e8, "万": 1e4}.get(unit[:1], 1.0) if "yuan" in parameter.unit else 1.0
        low, high = seen.cells[index + 2].split("～" if lang == "zh" else " to ")
        for text, number_meant in (
            (seen.cells[index + 1], parameter.value),
            (low, parameter.low),
            (high, parameter.high),
        ):
            assert float(text.replace(",", "")) * by == pytest.approx(number_meant, rel=1e-9)


def test_yuan_are_written_as_an_office_writes_them(comparison, read):
    """`3.9 亿元`, never `390000000 元`, neither in a sentence nor beside a unit in a cell."""
    said = [data for _, inside, data in read["zh"].said if "code" not in inside]
    assert not [data for data in said if re.search(r"\d{5,}(?:\.\d+)? ?元", data)]
    writer = Writer(comparison, "zh", {})
    writer.cite(row.id for row in (*figures(), *outside()))
    blocks = (*listed_parameters(writer), *sources(writer), *question(writer))
    amounts = {}
    for block in (block for block in blocks if isinstance(block, page.PageTable)):
        for row in (row for group in block.groups for row in group):
            written = [cell.text for cell in row]
            units = [text for text in written if re.match("[万亿]?元", text)]
            digits = [text for cell, text in zip(row, written, strict=True) if cell.number]
            if units:
                amounts[written[0] + written[2]] = (units[0], digits)
    assert len(amounts) > 40
    assert not {what: said for what, said in amounts.items() if re.search(r"\d{5}", str(said))}
    assert any(unit == "亿元" and digits == ["3.9"] for unit, digits in amounts.values())


def test_a_stated_number_loses_no_digit():
    assert as_stated([390_000_000], "yuan", "zh") == (["3.9"], "亿元")
    assert as_stated([617_200.0], "yuan/year", "zh") == (["61.72"], "万元/年")
    assert as_stated([5000, 300, 20_000], "yuan/member/year", "zh") == (
        ["0.5", "0.03", "2"],
        "万元/成员村·年",
    )
    assert as_stated([9400], "persons", "zh") == (["9400"], "人")
    assert as_stated([2_460_700], "yuan", "en") == (["2,460,700"], "yuan")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_minus_is_a_minus_also_in_a_reason(read, lang):
    said = [data for _, inside, data in read[lang].said if "code" not in inside]
    assert not [data for data in said if re.search(r"(?<![^\s(=（～])-\d", data)]
    assert any("z = −0.7" in data for data in said)
    assert with_minus("8-9%, z = -1 (-0.5), 2014-2021, X-1") == (
        "8-9%, z = −1 (−0.5), 2014-2021, X-1"
    )


def test_a_mean_regret_under_one_is_told_as_the_figure_tells_it(comparison):
    table = comparison.best.copy()
    table.loc[table.outcome == "weak_villages_50k", "expected_regret"] = 0.07
    page = Page(report.html(replace(comparison, best=table), "en"))
    assert "0.07" in page.cells


def test_chinese_sentences_follow_each_other_without_a_gap(read):
    apart = re.findall(r".{8}。 .{8}", read["zh"].text_of("figcaption"))
    assert not apart


def test_the_chinese_page_is_chinese(read):
    """Runs of Latin words stand only where they are marked as English, or are
    names, commands and numbers."""
    for lang, inside, data in read["zh"].said:
        if lang == "zh-Hans" and "code" not in inside:
            assert not re.search(r"(?:[A-Za-z]{2,} ){2,}[A-Za-z]{2,}", data), data


def test_a_cell_with_links_is_not_kept_in_one_line():
    links = tuple(page.Link(f"#{n}", f"[0:{n}]") for n in range(9))
    assert (
        page.PageCell("强村带动").style == "short"
        and page.PageCell("强村带动", links=links).style == ""
    )


def test_why_blanks_are_drawn_as_they_are_is_said_in_the_language_of_the_page(comparison, read):
    debt = comparison.scenario.region.starts("debt")
    assert debt.assumption in read["en"].text and debt.assumption not in read["zh"].text
    assert debt.assumption_zh in read["zh"].text
    assert "en" not in {lang for lang, _, data in read["zh"].said if data}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_all_texts_of_the_report_are_there(lang):
    def leaves(body):
        for value in body.values():
            yield from [value] if set(value) <= set(LANGUAGES) else leaves(value)

    from village_alliances.wording import area_of

    texts = list(leaves(area_of("report")))
    assert len(texts) > 150
    assert all(set(text) == set(LANGUAGES) for text in texts)
    for text in texts:
        assert set(re.findall(r"\{(\w+)\}", text["en"])) == set(
            re.findall(r"\{(\w+)\}", text["zh"])
        )


# ---- Whatever a table holds


def test_nothing_from_a_table_becomes_markup(tmp_path):
    rows = [
        f'"{EVIL}",镇<b>,县,市,20000,"a & b","{EVIL}"',
        "$x_1$村,镇<b>,县,市,<50000,果<i>,",
        "_下划线村,镇<b>,县,市,,,",
    ]
    path = tmp_path / "mine.csv"
    path.write_text(
        "name,township,county,city,collective_income,culture,evidence\n" + "\n".join(rows) + "\n",
        encoding="utf-8",
    )
    own = compare(load(path), STRATEGIES[:2], runs=5, mode="point", rivals=())
    text = report.html(own, "zh")
    seen = Page(text)
    assert "<script" not in text and "<b>" not in text and "<i>" not in text
    assert EVIL in seen.cells
    for name in (EVIL, "$x_1$村"):
        assert any(name in data for _, inside, data in seen.said if "svg" in inside)


def test_a_source_that_the_register_does_not_know_is_shown_as_it_stands(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(
        "name,collective_income,evidence\n甲村,20000,collective_income=台账 2023\n乙村,30000,\n",
        encoding="utf-8",
    )
    own = compare(load(path), STRATEGIES[:2], runs=5, mode="point", rivals=())
    seen = Page(report.html(own, "zh", figures={}))
    assert any("[台账 2023]" in cell for cell in seen.cells)


def test_a_large_table_lists_what_is_stated_singly():
    county = compare(load("fenghua"), STRATEGIES[:2], runs=2, years=1, mode="point", rivals=())
    seen = Page(report.html(county, "en", figures={}))
    assert "滕头村" in seen.cells and not any(cell.startswith("西坞弱村") for cell in seen.cells)
    assert "Of 376 villages" in seen.text


# ---- Gaps


def test_given_figures_are_not_drawn_again(comparison, monkeypatch):
    ready = {"weak_left": plots.weak_left(comparison, "en")}
    monkeypatch.setattr(plots, "figures", lambda *_: pytest.fail("drawn again"))
    assert (
        report.html(comparison, "en", figures=ready).count("<svg") == len(ready) + 1
    )  # and that of the brief


def test_sensitivity_and_sections_of_ones_own(comparison):
    frame = pd.DataFrame(
        {
            "quantity": ["debt_interest", "noise_sd"],
            "base": 1.0,
            "at_low": [0.5, 0.9],
            "at_high": [2.0, 1.1],
        }
    )
    extra = [page.Section("mine", "Mine & yours", [page.PageWords("of <my> own")])]
    explanation = Explanation(
        "gain_weak", frame, {"en": ["Interest <decides>."], "zh": ["利率决定。"]}
    )
    seen = Page(report.html(comparison, "en", sensitivity=explanation, extra=extra, figures={}))
    assert "Interest <decides>." in seen.text
    sections = [section["id"] for section in seen.all("section")]
    assert sections.index("sensitivity") < sections.index("mine") < sections.index("imputed")
    assert "of <my> own" in seen.text and seen.text.count("Mine & yours") == 2


def test_prior_beside_posterior_is_explained(comparison):
    both = replace(comparison, best_prior=comparison.best)
    for lang in LANGUAGES:
        wanted = say("report.text.best_prior", lang)
        for asked, expected in ((both, True), (replace(comparison, best_prior=None), False)):
            text = Page(report.html(asked, lang, figures={"best": plots.best(asked, lang)})).text
            assert (wanted in text) == expected


@pytest.mark.parametrize(("strategy", "lang"), [("none", "zh"), ("industry_chain", "en")])
def test_one_strategy_makes_a_report(strategy, lang):
    alone = compare(load("jinxi"), [strategy], runs=5, mode="point")
    seen = Page(report.html(alone, lang))
    assert "best" not in [tag["id"] for tag in seen.all("section")]
    assert alone.title(strategy, lang) in seen.text


def test_a_comparison_in_which_every_run_failed_makes_a_report(monkeypatch):
    from village_alliances.experiments import compare as comparing

    def failing(*args, **kwargs):
        ensembles = run_together(*args, **kwargs)
        beside = (ensemble for them in ensembles.rivals.values() for ensemble in them.values())
        for strategy in (ensembles.none, *ensembles.strategies.values(), *beside):
            strategy.status[:] = 1
        return ensembles

    monkeypatch.setattr(comparing, "run_together", failing)
    broken = comparing.compare(load("jinxi"), STRATEGIES, runs=4, mode="point")
    for lang in LANGUAGES:
        text = Page(report.html(broken, lang)).text
        assert answer_of(broken).headline.text[lang] in text
        assert say("report.text.failed", lang, failed=broken.failed) in text


# ---- On paper

PAPER = 182 / 25.4 * 72  # points between the margins of A4
AIR = 3 / 25.4 * 72  # left and right of a cell
EASY = re.compile(r"[\s\u200b]|(?<=[-–/～])|(?<=[^\x00-\u2e7f])|(?=[^\x00-\u2e7f])")


def printed(text, weight="normal"):
    """How wide a text is at eight points in the widest face of the page, in points."""
    face = FontProperties(family="DejaVu Sans", weight=weight)
    return TextPath((0, 0), text, size=8, prop=face).get_extents().width if text else 0.0


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_word_breaks_in_a_table_of_fixed_columns(comparison, lang):
    writer = Writer(comparison, lang, {})
    writer.cite(row.id for row in (*figures(), *outside()))
    blocks = [*listed_parameters(writer), *sources(writer)]
    fixed = [block for block in blocks if isinstance(block, page.PageTable) and block.widths]
    assert len(fixed) == 3
    for fixed_table in fixed:
        for n, (name, share) in enumerate(zip(fixed_table.head, fixed_table.widths, strict=True)):
            room = share / 100 * PAPER - AIR
            assert max(printed(word, "bold") for word in EASY.split(name)) <= room, name
            cells = (row[n] for group in fixed_table.groups for row in group)
            words = {word for cell in cells for word in EASY.split(cell.text)}
            widest = max(sorted(words, key=len)[-12:], key=printed)
            assert printed(widest) <= room, (name, widest)
