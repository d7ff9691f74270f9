"""The page to take to the meeting: complete, in both languages, one sheet, and the same
bytes for the same page."""

import io
import shutil
import subprocess
from dataclasses import replace

import pytest
from village_alliances.experiments.answer import figures, words
from village_alliances.experiments.answer.brief import Brief, Project, Village, docx, html
from village_alliances.sim.outputs import stamped

from tests.experiments.answer.test_words import CASES


def page(kind="together", villages=5):
    e = CASES[kind]
    return Brief(
        title="Five villages",
        subtitle="500 simulations",
        answer=words.answer(e),
        rows=figures.rows(e),
        villages=[Village(f"村{k}", 7600, 12_000, 52_000, 0.68, 0.9) for k in range(villages)],
        strategy="Way A",
        projects=[Project("orchard <joint>", "村1", 0.7, 600_000, 120_000, 12)],
        settings=[("grant", "60,000")],
        again="alliances compare five.xlsx",
    )


def words_of(data):
    from docx import Document

    document = Document(io.BytesIO(data))
    cells = [c.text for t in document.tables for row in t.rows for c in row.cells]
    return "\n".join([*(p.text for p in document.paragraphs), *cells])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_all_stands_on_both(lang):
    brief = page()
    texts = [*brief.answer.sentences(lang), "村4", "68%", "alliances compare five.xlsx"]
    visible, written = html(brief, lang), words_of(docx(brief, lang))
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


def test_more_villages_than_fit_are_counted():
    text = html(page(villages=40), "en")
    assert "(12 of 40)" in text and "村12" not in text


def test_a_setting_that_is_said_in_one_piece_leaves_no_gap():
    changed = replace(page(), settings=[("6 years from 2015", ""), ("grants", "60,000 yuan")])
    assert "6 years from 2015; grants 60,000 yuan." in html(changed, "en")


def test_the_same_page_is_the_same_bytes():
    first, again = (stamped("brief.docx", docx(page(), "zh"), "told") for _ in range(2))
    assert first == again  # as it is written
    assert html(page(), "zh") == html(page(), "zh")


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_the_word_file_is_one_sheet(tmp_path):
    for lang in ("en", "zh"):
        (tmp_path / f"{lang}.docx").write_bytes(docx(page(villages=12), lang))
        command = ["soffice", "--headless", "--convert-to", "pdf", f"{lang}.docx"]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
        assert (tmp_path / f"{lang}.pdf").read_bytes().count(b"/Type/Page\n") <= 1
