"""The report on paper, as Chromium prints it: the brief on one sheet, no word of a table broken,
no head of a table alone at the foot of a sheet, a command broken only between its words."""

import re
import shutil
import subprocess

import pytest
from village_alliances.experiments import page, report
from village_alliances.experiments.answer import brief
from village_alliances.experiments.compare import compare
from village_alliances.sim.loading import load
from village_alliances.wording import LANGUAGES

from tests.chrome import CHROME
from tests.experiments.answer.test_brief import crowded, pages

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("compiled_model")]
PAPER = round(182 / 25.4 * 96)  # pixels between the margins of A4
BROKEN = """part => {
  const broken = []
  for (const box of document.querySelectorAll(part)) {
    const texts = document.createTreeWalker(box, NodeFilter.SHOW_TEXT)
    for (let text; (text = texts.nextNode()); )
      for (const word of text.data.matchAll(/[^\\s\\u200b\\u2e80-\\uffff\\/～–-]+/g)) {
        const range = document.createRange()
        range.setStart(text, word.index)
        range.setEnd(text, word.index + word[0].length)
        const lines = new Set([...range.getClientRects()].map(line => Math.round(line.top)))
        if (lines.size > 1) broken.push(word[0])
      }
  }
  return broken
}"""
ALONE = """() => [...document.querySelectorAll('th:not(:has(.source)), caption')].filter(head => {
  const texts = document.createTreeWalker(head, NodeFilter.SHOW_TEXT)
  const lines = {}
  for (let text; (text = texts.nextNode()) && text.parentElement.tagName != 'SMALL'; )
    for (let place = 0; place < text.data.trimEnd().length; place++) {
      const range = document.createRange()
      range.setStart(text, place)
      range.setEnd(text, place + 1)
      const line = Math.round(range.getBoundingClientRect().top / 4)
      lines[line] = (lines[line] || 0) + 1
    }
  return Object.keys(lines).length > 1 && Math.min(...Object.values(lines)) < 2
}).map(head => head.innerText)"""
OVER = """() => [...document.querySelectorAll('table, code, .word')]
  .filter(box => box.getBoundingClientRect().right > document.body.getBoundingClientRect().right + 1)
  .map(box => box.innerText.slice(0, 60))"""


@pytest.fixture(scope="module")
def sheet(chromium):
    """A page of Chromium as wide as the paper, in the styles of print."""
    opened = chromium.new_page(viewport={"width": PAPER, "height": 1000})
    opened.emulate_media(media="print")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def comparison():
    """Many villages, long titles, millions of yuan, gains taken apart."""
    strategies = ("none", "strong_leads_weak", "industry_chain", "area_integration")
    return compare(
        load("yuelin"), strategies, runs=12, mode="prior", parts=True, levers={"grant_years": 3.0}
    )


@pytest.fixture(scope="module", params=LANGUAGES)
def written(request, comparison):
    """The report in both languages."""
    return report.html(comparison, request.param)


def test_no_word_of_a_table_is_broken(sheet, written):
    sheet.set_content(written)
    assert sheet.evaluate(BROKEN, "th, td") == []
    assert sheet.evaluate(OVER) == []
    assert sheet.evaluate(ALONE) == [], "a letter alone in a line"


def test_a_command_breaks_only_between_its_words(sheet, written):
    for width in range(300, PAPER, 37):
        sheet.set_viewport_size({"width": width, "height": 1000})
        sheet.set_content(written)
        assert [word for word in sheet.evaluate(BROKEN, "code") if len(word) < 30] == []
        tops = sheet.evaluate(
            """() => [...document.querySelectorAll('code .word')].map(word => {
              const range = document.createRange()
              range.selectNodeContents(word)
              return new Set([...range.getClientRects()].map(line => line.top)).size
            })"""
        )
        assert len(tops) > 20 and sum(lines > 1 for lines in tops) <= 2, "the list of strategies"
    sheet.set_viewport_size({"width": PAPER, "height": 1000})


def test_a_command_is_copied_as_it_is_typed(sheet, comparison, written):
    sheet.set_content(written)
    copied = sheet.evaluate("() => [...document.querySelectorAll('code')].map(it => it.innerText)")
    assert len(copied) == 2
    assert {" ".join(text.split()) for text in copied} == {report.command(comparison)}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_brief_is_one_sheet_before_a_report_as_well(lang, tmp_path):
    rest = [page.Section("rest", "The rest", [page.PageWords("A line.")])]
    first = brief.body(crowded(lang), lang)
    text = page.render("Title", "", rest, lang, first=first, style=brief.STYLE)
    assert pages(printed(text, tmp_path)) == 2


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_brief_looks_alike_alone_and_before_a_report(sheet, lang):
    """Its style reaches the browser as it is written, and that of the report adds nothing."""
    looks = []
    rest = [page.Section("rest", "The rest", [page.PageWords("A line.")])]
    first = brief.body(crowded(lang), lang)
    alone = brief.html(crowded(lang), lang)
    for text in (alone, page.render("Title", "", rest, lang, first=first, style=brief.STYLE)):
        sheet.set_content(text)
        looks.append(
            sheet.evaluate(
                """() => [...document.querySelectorAll('.brief, .brief *:not(svg *)')].map(it => {
                  const look = getComputedStyle(it)
                  return [it.tagName, look.fontFamily, look.fontSize, look.lineHeight]
                })"""
            )
        )
    assert looks[0] == looks[1]


def test_no_head_of_a_table_stands_alone_at_the_foot_of_a_sheet(tmp_path):
    if not shutil.which("pdftotext"):
        pytest.skip("pdftotext is not installed (poppler-utils)")
    row = [page.PageCell("first", head=True), page.PageCell("a few words more " * 12)]
    sections = []
    for lines in range(40):
        before = [page.PageWords("a line before") for _ in range(lines)]
        table = page.PageTable("what it holds", ["headone", "headtwo"], [[row]] * 30)
        sections.append(page.Section(f"part{lines}", f"Part {lines}", [*before, table]))
    pdf = printed(page.render("Title", "", sections, "en"), tmp_path)
    text = subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True)
    last = [sheet.rstrip().splitlines()[-1] for sheet in text.stdout.split("\f") if sheet.strip()]
    assert len(last) > 80
    assert not [line for line in last if re.search("headone|what it holds|^ *Part", line)]
    assert sum("a line before" in line for line in last) > 3, "heads that had to go on"


def printed(text, folder):
    """A page printed by Chromium."""
    if not CHROME:
        pytest.skip("no chromium was found")
    (folder / "page.html").write_text(text, encoding="utf-8")
    command = [CHROME, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
    command += [f"--print-to-pdf={folder / 'page.pdf'}", (folder / "page.html").as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return folder / "page.pdf"
