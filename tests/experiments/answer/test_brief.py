"""The page to take to the meeting: complete, in both languages, one sheet, and the same
bytes for the same page."""

import io
import re
import shutil
import subprocess
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath
from village_alliances.experiments.answer import figures, words
from village_alliances.experiments.answer.brief import (
    Brief,
    Group,
    ProjectLine,
    VillageLine,
    chart_heading,
    docx,
    html,
)
from village_alliances.experiments.answer.lines import Line
from village_alliances.sim.outputs import stamped

from tests.experiments.answer.cases import evidence, option
from tests.experiments.answer.test_logic import RUNS, draws
from tests.experiments.answer.test_words import CASES

CELL_AIR = 10.8  # points left and right of a cell in Word


def page(kind="together", villages=5):
    e = CASES[kind]
    return Brief(
        title="Five villages",
        subtitle="500 simulations",
        answer=words.answer(e),
        rows=figures.rows(e),
        villages=[VillageLine(f"村{k}", 7600, 12_000, 52_000, 0.68, 0.9) for k in range(villages)],
        strategy="Way A",
        projects=[ProjectLine("orchard <joint>", "村1", 0.7, 600_000, 120_000, 12)],
        settings=[("grant", "60,000")],
        again="alliances compare five.xlsx",
    )


def crowded(lang):
    """As much as a page may have to hold: every strategy, long titles, all projects, a
    county's villages, two questions."""
    values = {
        name: draws(20_000 - 400 * k, 25_000, seed=k) for k, name in enumerate("ABCDEF", start=1)
    }
    long = {"en": "Strong village leads weak ones, way {}", "zh": "强村带动弱村的第{}种做法"}
    e = evidence(
        [
            option(
                name,
                drawn,
                title={tongue: text.format(name) for tongue, text in long.items()},
                rivals={"even": drawn + draws(1500, 30_000, seed=9)},
                prior=drawn[::-1],
            )
            for name, drawn in values.items()
        ],
        prior=np.zeros(RUNS),
        calibrated=True,
    )
    question = {
        "en": "How many mu lie idle in a village? Ask the township's land office. To know it "
        "changes the choice in about two simulations in ten; worth 1,200 yuan a village and year "
        "(600 to 1,800 yuan).",
        "zh": "某村有多少亩闲置土地？可询问乡镇（街道）自然资源所。查清后，十次模拟中约有两次会改变选择，"
        "每村每年平均可多得 1200 元（600～1800 元）。",
    }
    kind = {"en": "Orchard or greenhouses in one piece", "zh": "连片果园、大棚"}[lang]
    return Brief(
        title="Five villages",
        subtitle="500 simulations",
        answer=replace(words.answer(e), questions=(Line(question), Line(question))),
        rows=figures.rows(e),
        villages=[
            VillageLine(f"蒋家池头村{k}", 7600, 12_000, 520_000, 0.68, 0.9) for k in range(40)
        ],
        strategy=e.options[0].title[lang],
        projects=[ProjectLine(kind, "Jinxi alliance", 0.7, 1_600_000, 120_000, 12)] * 8,
        settings=[("grants 60,000 yuan a member and year", ""), ("6 years from 2015", "")],
        again="alliances compare five.xlsx --strategies none,a,b,c,d,e,f --runs 500 --seed 1 "
        "--years 6 --mode posterior",
    )


def pages(pdf):
    """How many pages a PDF has."""
    return len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes()))


def words_of(data):
    from docx import Document

    document = Document(io.BytesIO(data))
    cells = [c.text for t in document.tables for row in t.rows for c in row.cells]
    return "\n".join([*(p.text for p in document.paragraphs), *cells])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_all_stands_on_both(lang):
    brief = page()
    texts = [*brief.answer.sentences(lang), "村4", "68%", "alliances compare five.xlsx"]
    visible = re.sub("</?span[^>]*>", "", html(brief, lang))
    written = words_of(docx(brief, lang))
    for text in texts:
        assert text in visible and text in written, text
    assert "orchard &lt;joint&gt;" in visible and "orchard <joint>" in written
    assert "<svg" in visible and "{" not in written
    assert {"en": "no appraisal", "zh": "不得用于对村或书记的考核"}[lang] in written


@pytest.mark.parametrize("kind", ["failed", "one", "alone", "tied", "money"])
def test_every_kind_of_answer_makes_a_page(kind):
    brief = page(kind)
    assert brief.answer.headline.text["zh"] in html(brief, "zh")
    assert brief.answer.headline.text["zh"] in words_of(docx(brief, "zh"))


def test_the_two_amounts_over_the_chart_have_one_unit():
    row = {
        "title": {"en": "Way A", "zh": "甲法"},
        "gain": SimpleNamespace(mean=6900.0),
        "rival": SimpleNamespace(gain=SimpleNamespace(mean=13_000.0)),
    }
    brief = replace(page(), rows=[row])
    assert chart_heading(brief, "zh") == "“甲法”每村每年多 0.69 万元，同等资金不联建多 1.3 万元"
    assert chart_heading(brief, "en").endswith(
        "6,900 yuan more a village, the same money without alliance 13,000 yuan more"
    )


def test_the_heading_of_the_chart_is_in_the_unit_of_its_axis():
    row = {"title": {"en": "Way A", "zh": "甲法"}, "gain": SimpleNamespace(mean=-5200.0)}
    rival = SimpleNamespace(gain=SimpleNamespace(mean=3100.0))
    both, alone = (replace(page(), rows=[{**row, "rival": other}]) for other in (rival, None))
    assert "少 0.52 万元，同等资金不联建多 0.31 万元" in chart_heading(both, "zh")
    assert "少 0.52 万元" in chart_heading(alone, "zh")
    assert "5,200 yuan less" in chart_heading(both, "en")


def test_more_villages_than_fit_are_counted():
    text = html(page(villages=40), "en")
    assert "(12 of 40)" in text and "村12" not in text
    assert "(7 of 40)" in html(crowded("en"), "en"), "other tables leave less room"


def test_long_groups_leave_room_for_fewer_projects_and_villages():
    members = ", ".join(f"岳林村{k}" for k in range(10, 18))
    groups = [Group(members, "Led by able people", 23_000)] * 4
    text = html(replace(crowded("en"), groups=groups, notes=("why", "what")), "en")
    assert "(3 of 40)" in text and text.count("Orchard or greenhouses") == 2


def printed(text):
    """How wide a heading is in a Word table, in points: eight a Chinese letter, others in the
    widest face."""
    other = "".join(letter for letter in text if letter <= "\u2e80")
    chinese = 8.0 * (len(text) - len(other))
    if not other:
        return chinese
    face = FontProperties(family="DejaVu Sans", weight="bold")
    return chinese + TextPath((0, 0), other, size=8, prop=face).get_extents().width


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("members", ["村1、村2", "、".join(f"蒋家池头村{k}" for k in range(20))])
def test_no_heading_of_the_word_file_breaks_in_a_word(lang, members):
    from docx import Document

    brief = replace(crowded(lang), groups=[Group(members, "强村带动弱村", 60_000)] * 2)
    tables = Document(io.BytesIO(docx(brief, lang))).tables
    assert len(tables) == 3
    for table in tables:
        for cell in table.rows[0].cells:
            pieces = cell.text.split() if lang == "en" else [cell.text]
            assert max(map(printed, pieces)) <= cell.width.pt - CELL_AIR, cell.text
        width = sum(cell.width.pt for cell in table.rows[0].cells)
        assert width == pytest.approx(182 / 25.4 * 72, abs=1), "between the margins"


def test_a_setting_that_is_said_in_one_piece_leaves_no_gap():
    changed = replace(page(), settings=[("6 years from 2015", ""), ("grants", "60,000 yuan")])
    assert "6 years from 2015; grants 60,000 yuan." in html(changed, "en")


def test_the_same_page_is_the_same_bytes():
    first, again = (stamped("brief.docx", docx(page(), "zh"), "told") for _ in range(2))
    assert first == again  # as it is written
    assert html(page(), "zh") == html(page(), "zh")


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_printed_page_is_one_sheet(lang, tmp_path):
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        pytest.skip("no chromium was found")
    (tmp_path / "brief.html").write_text(html(crowded(lang), lang), encoding="utf-8")
    command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
    command += [f"--print-to-pdf={tmp_path / 'brief.pdf'}", (tmp_path / "brief.html").as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    assert pages(tmp_path / "brief.pdf") == 1


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_the_word_file_is_one_sheet(tmp_path):
    for lang in ("en", "zh"):
        (tmp_path / f"{lang}.docx").write_bytes(docx(crowded(lang), lang))
        command = ["soffice", "--headless", "--convert-to", "pdf", f"{lang}.docx"]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
        assert pages(tmp_path / f"{lang}.pdf") == 1
