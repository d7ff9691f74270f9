"""The report of a proposal says what was measured, in both languages, on one page and in a workbook."""

from __future__ import annotations

import re
from pathlib import Path

import openpyxl
import pytest

from alliances.texts import area_of
from experiments.propose import propose
from experiments.propose.answer import Proposal
from experiments.propose.report import html, paragraph, write
from experiments.propose.task import Task
from sim.scenario import load

pytestmark = pytest.mark.usefixtures("compiled_model")


@pytest.fixture(scope="module")
def found() -> Proposal:
    task = Task(load("jinxi"), "gain_total", budget=2e6, strategies=("strong_leads_weak", "industry_chain"))
    return propose(task, rounds=1, fresh_runs=24)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_is_whole_and_needs_no_network(found: Proposal, lang: str) -> None:
    page = html(found, load("jinxi"), lang, "alliances propose jinxi")
    for name, heading in area_of("proposal")["heading"].items():
        assert heading[lang] in page, name
    assert "{" not in re.sub(r"<style.*?</style>|<svg.*?</svg>|<script.*?</script>", "", page, flags=re.S), "a place left unfilled"
    assert not re.search(r"(src|href)=\"https?:", page)
    for one in found.alliances:
        assert all(member.village in page for member in one.members)


def test_a_paragraph_gives_the_figures_that_were_measured(found: Proposal) -> None:
    one = found.alliances[0]
    text = paragraph(one, "en")
    assert one.title["en"] in text and one.lead in text
    assert f"{float(f'{one.gain.mean:.3g}'):,.0f} yuan a year" in text
    assert "一" <= paragraph(one, "zh")[0] <= "鿿"


def test_the_workbook_holds_every_village_once(found: Proposal, tmp_path: Path) -> None:
    files = write(found, load("jinxi"), tmp_path, "zh")
    assert {path.name for path in files} >= {"report.html", "proposal.xlsx", "map.svg", "map.png"}
    rows = list(openpyxl.load_workbook(tmp_path / "proposal.xlsx")["各村"].values)
    assert sorted(row[0] for row in rows[1:]) == sorted(map(str, load("jinxi").names))
    gains = {m.village: m.gain.mean for one in found.alliances for m in one.members}
    assert {row[0]: row[4] for row in rows[1:] if row[2]} == pytest.approx(gains)


def test_the_same_proposal_gives_the_same_bytes(found: Proposal, tmp_path: Path) -> None:
    one, other = (write(found, load("jinxi"), tmp_path / name, "en") for name in ("one", "other"))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]
