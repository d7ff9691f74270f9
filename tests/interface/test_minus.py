"""A minus is one sign, in sentences as in tables, in both languages; what a machine reads keeps the
hyphen."""

from __future__ import annotations

import html as markup
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from village_alliances.experiments.answer import figures, words
from village_alliances.experiments.answer.brief import Brief, VillageLine, docx, html
from village_alliances.interface import terminal
from village_alliances.interface.commands.compare import answered
from village_alliances.wording import MINUS, grouped, typed

from tests.experiments.answer.test_brief import words_of
from tests.experiments.answer.test_terminal import EVERY

HYPHEN = re.compile(r"(?<![\w.\-–/])-(?=[\d.]*\d)")
NOT_READ = re.compile(r"<(style|script|code|title|metadata)\b.*?</\1>|<[^>]*>", re.DOTALL)
TYPED = ("(-1 ", "（-1 ", "z = -0.726")  # what a lever's -1 stands for; a source's own words
LANGUAGES = pytest.mark.parametrize("lang", ["en", "zh"])
# Two years in, building has cost more than it brought.
COMMANDS = {
    "compare": "compare jinxi --strategies none,area_integration,industry_chain --runs 40 --years 2 --full",
    "run": "run jinxi --strategy area_integration --years 2",
    "timeline": "timeline jinxi --run 3 --village 雷山村 --strategy area_integration --years 2",
    "propose": "propose jinxi --objective gain_mean --years 2 --runs 30 --budget 150万 --strategies strong_leads_weak",
}  # fmt: skip


def hyphens(text: str) -> list[str]:
    """What stands around every negative figure that is written with a hyphen."""
    return [text[max(0, m.start() - 30) : m.end() + 30] for m in HYPHEN.finditer(text)]


def read(page: str) -> str:
    """What a page says, without its commands and what is to be typed."""
    text = markup.unescape(NOT_READ.sub(" ", page))
    for said in TYPED:
        text = text.replace(said, "")
    return text


def test_a_figure_has_the_minus_sign_and_what_is_typed_the_hyphen() -> None:
    assert grouped(-12_300.4, "en", ",.1f") == f"{MINUS}12,300.4"
    assert grouped(-12_300.4, "zh", ",.1f") == f"{MINUS}12300.4"
    assert (typed(-1.5, "en"), typed(-12_300, "zh")) == ("-1.5", "-12300")
    assert hyphens("brings -10,600 yuan") and hyphens("[-3, 5]") and hyphens("多 -.5")
    assert not hyphens("S-5 2014-2015 a-1 −3 --seed")


@LANGUAGES
@pytest.mark.parametrize("kind", EVERY)
def test_every_answer_has_one_minus(kind: str, lang: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(terminal, "columns_wide", lambda: 100)
    e = EVERY[kind]
    brief = Brief(
        title="Five villages",
        subtitle="",
        answer=words.answer(e),
        rows=figures.rows(e),
        villages=[VillageLine("村", -7600, -12_000, -52_000, 0.68, 0.9)],
        strategy="Way A",
        projects=[],
        settings=[],
        again="",
    )
    said = "\n".join(answered(brief.answer, e, None, lang))
    for text in (said, read(html(brief, lang)), words_of(docx(brief, lang))):
        assert not hyphens(text)
    assert MINUS in words_of(docx(brief, lang))


@LANGUAGES
@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_one_minus(
    name: str, lang: str, run: Callable[..., Any], tmp_path: Path, without_figures: None
) -> None:
    code, said, complaint = run(*COMMANDS[name].split(), "--lang", lang, "--out", "out")
    assert code == 0, complaint
    pages = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.html")}
    read_pages = {page: read(text) for page, text in pages.items()}
    read_pages |= {p.name: words_of(p.read_bytes()) for p in tmp_path.rglob("*.docx")}
    for where, text in {"terminal": said, **read_pages}.items():
        assert not hyphens(text), (where, hyphens(text)[:5])
    assert MINUS in said + "".join(read_pages.values())
    tables = [path.read_text(encoding="utf-8-sig") for path in tmp_path.rglob("*.csv")]
    assert not any(MINUS in table for table in tables)
