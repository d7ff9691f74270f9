"""The report of a proposal says what was measured, in both languages, on one page and in a workbook."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from village_alliances.experiments.propose import propose
from village_alliances.experiments.propose.answer import Proposal
from village_alliances.experiments.propose.report import html, paragraph, summary, write
from village_alliances.experiments.propose.task import Task
from village_alliances.sim.scenario import load
from village_alliances.wording import area_of

pytestmark = pytest.mark.usefixtures("compiled_model")


@pytest.fixture(scope="module")
def found() -> Proposal:
    task = Task(
        load("jinxi"), "gain_total", budget=2e6, strategies=("strong_leads_weak", "industry_chain")
    )
    return propose(task, rounds=1, fresh_runs=24)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_is_whole_and_needs_no_network(found: Proposal, lang: str) -> None:
    page = html(found, load("jinxi"), lang, "alliances propose jinxi")
    for name, heading in area_of("proposal")["heading"].items():
        assert heading[lang] in page, name
    assert "{" not in re.sub(
        r"<style.*?</style>|<svg.*?</svg>|<script.*?</script>", "", page, flags=re.S
    ), "a place left unfilled"
    assert not re.search(r"(src|href)=\"https?:", page)
    for one in found.alliances:
        assert all(member.village in page for member in one.members)


def test_a_paragraph_gives_the_figures_that_were_measured(found: Proposal) -> None:
    one = found.alliances[0]
    text = paragraph(one, "en")
    assert one.title["en"] in text and one.lead in text
    assert f"{float(f'{one.gain.mean:.3g}'):,.0f} yuan a year" in text
    assert "一" <= paragraph(one, "zh")[0] <= "鿿"


def against_township(
    found: Proposal, mean: float, not_allowed: int, alliances: int = 3
) -> Proposal:
    """The proposal with another rival in place of townships: so far ahead (standard error 100) and keeping rules or not."""
    rivals = []
    for rival in found.rivals:
        if rival.key == "township":
            difference = replace(rival.objective.difference, mean=mean, error=100.0)
            rival = replace(
                rival,
                alliances=alliances,
                objective=replace(rival.objective, difference=difference),
                not_allowed=not_allowed,
                unwilling=0,
            )
        if rival.key != "nearness":
            rivals.append(rival)
    return replace(found, rivals=rivals)


@pytest.mark.parametrize(
    ("mean", "not_allowed", "en", "zh"),
    [
        (
            -500.0,
            2,
            ["brings more", "fewer rules", "size, radius or conditions: 2"],
            ["效果更好", "未守全部条件", "2 个联合体超出"],
        ),
        (
            150.0,
            0,
            ["cannot be told from a plain grouping", "keeps every rule"],
            ["难分高下", "同样守全部条件"],
        ),
    ],
)
def test_where_a_plain_grouping_does_as_well_it_is_said_first(
    found: Proposal, mean: float, not_allowed: int, en: list[str], zh: list[str]
) -> None:
    changed = against_township(found, mean, not_allowed)
    for lang, words in (("en", en), ("zh", zh)):
        said = summary(changed, load("jinxi"), lang)
        assert all(word in said for word in words), said
    ahead = summary(against_township(found, 900.0, 0), load("jinxi"), "en")
    assert "plain grouping (grouped by township" not in ahead.split("weakest")[0]


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
