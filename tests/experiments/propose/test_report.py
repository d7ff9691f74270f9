"""The report of a proposal says what was measured, in both languages, on
one page and in a workbook."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from village_alliances.experiments.propose import propose
from village_alliances.experiments.propose.answer import Loser, Proposal, Spread
from village_alliances.experiments.propose.report import html, write
from village_alliances.experiments.propose.sentences import Sentences
from village_alliances.experiments.propose.task import Task
from village_alliances.experiments.propose.verdict import Verdict
from village_alliances.sim.loading import load
from village_alliances.wording import area_of, say

pytestmark = pytest.mark.usefixtures("compiled_model")


@pytest.fixture(scope="module")
def proposal() -> Proposal:
    task = Task(load("jinxi"), "gain_mean", 2e6, strategies=("strong_leads_weak",), must=((0, 1),))
    return propose(replace(task, grants=(0.0, 60_000.0, 90_000.0)), rounds=1, fresh_runs=24)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_is_whole_and_needs_no_network(proposal: Proposal, lang: str) -> None:
    page = html(proposal, load("jinxi"), lang, "alliances propose jinxi")
    for name, heading in area_of("proposal")["heading"].items():
        asked = {
            "funded": bool(proposal.funded),
            "stages": bool(proposal.question["stages"]),
            "changes": bool(proposal.changes),
        }
        assert (heading[lang] in page) == asked.get(name, True), name
    assert "{" not in re.sub(
        r"<style.*?</style>|<svg.*?</svg>|<script.*?</script>", "", page, flags=re.S
    ), "a place left unfilled"
    assert not re.search(r"(src|href)=\"https?:", page)
    for alliance in proposal.alliances:
        assert all(member.village in page for member in alliance.members)


def test_a_paragraph_gives_the_figures_that_were_measured(proposal: Proposal) -> None:
    alliance = proposal.alliances[0]
    text = Sentences("en").paragraph(alliance, proposal.years)
    assert alliance.title["en"] in text and alliance.lead in text
    assert f"{float(f'{alliance.gain.mean:.3g}'):,.0f} yuan a year" in text
    assert "一" <= Sentences("zh").paragraph(alliance, proposal.years)[0] <= "鿿"


def standing(proposal: Proposal, mean: float, advice: str) -> Proposal:
    """The proposal as if its strongest rival were the aimed one, so far ahead or
    behind (standard error 100)."""
    rivals = []
    for rival in proposal.rivals:
        if rival.key == "aimed":
            difference = replace(rival.objective.difference, mean=mean, error=100.0)
            rival = replace(rival, objective=replace(rival.objective, difference=difference))
        rivals.append(rival)
    return replace(proposal, rivals=rivals, strongest="aimed", advice=advice)


@pytest.mark.parametrize(
    ("mean", "advice", "en", "zh"),
    [
        (-500.0, "aim", ["Do not ally", "behind it by 500"], ["不建议联建", "落后 500"]),
        (150.0, "alike", ["cannot be told apart", "within what luck explains"], ["难分高下"]),
        (150.0, "alike", ["the proposal is ahead of it by 150"], ["平均领先 150"]),
        (-150.0, "alike", ["the proposal is behind it by 150"], ["平均落后 150"]),
        (900.0, "ally", ["Ally:", "ahead of it by 900"], ["建议联建", "领先 900"]),
        (-500.0, "plain", ["Do not take this plan as it is"], ["请勿直接采用"]),
        (900.0, "mixed", ["Ally some and fund some singly"], ["部分联建"]),
    ],
)
def test_the_strongest_rival_is_said_first(
    proposal: Proposal, mean: float, advice: str, en: list[str], zh: list[str]
) -> None:
    changed = standing(proposal, mean, advice)
    for lang, words in (("en", en), ("zh", zh)):
        said = " ".join(Verdict(changed, lang).in_short())
        first = said.split("Proposed:" if lang == "en" else "方案：")[0]
        assert all(word in first for word in words), said
        assert changed.rivals[1].title[lang] in first


def test_budgets_within_which_nothing_is_done_are_said_and_not_drawn(proposal: Proposal) -> None:
    idle = [replace(point, allied=0, funded=0, alliances=0) for point in proposal.front]
    assert len(idle) > 1
    for lang, words in (("en", "Within none of the budgets"), ("zh", "试过的各档预算")):
        none, drawn = (
            html(p, load("jinxi"), lang) for p in (replace(proposal, front=idle), proposal)
        )
        assert words in none and words not in drawn


def test_who_loses_and_what_is_open_is_said(proposal: Proposal) -> None:
    gain = Spread(-5000.0, -4000.0, -9000.0, 100.0, 10.0)
    changed = replace(proposal, losers=[Loser("某村", 0, 0, gain, 0.8)])
    sentences = Sentences("en")
    texts = sentences.losing(changed)
    assert "某村" in texts[0] and "5,000" in texts[0]
    assert say("proposal.losers.sure", "en", names="某村", count=1) in texts
    unsure = replace(gain, error=3000.0)
    changed = replace(proposal, losers=[Loser("某村", 0, 0, unsure, 0.8)])
    assert say("proposal.losers.luck", "en") in sentences.losing(changed)
    assert "no village" in sentences.losing(replace(proposal, losers=[]))[0].lower()
    assert len(Sentences("zh").shared(proposal)) >= 2


@pytest.mark.parametrize(("allied", "key"), [(0.19, "nobody_allied"), (0.2, "nothing_settled")])
def test_what_few_good_plans_hold_is_not_told_as_theirs(
    proposal: Proposal, allied: float, key: str
) -> None:
    """Where good plans seldom ally, whether to ally is what is free; and the proposal's alliances
    that few of them hold are counted."""
    assert proposal.ensemble is not None and proposal.alliances
    villages = [replace(v, allied=allied) for v in proposal.ensemble.villages]
    open_plans = replace(
        proposal.ensemble, different=9, disagreement=0.0, settled=[], villages=villages
    )
    alliances = [replace(a, together=allied) for a in proposal.alliances]
    changed = replace(proposal, ensemble=open_plans, alliances=alliances)
    for lang in ("en", "zh"):
        texts = Sentences(lang).shared(changed)
        assert texts[1] == say(f"proposal.ensemble.{key}", lang)
        counted = say("proposal.ensemble.seldom", lang, count=len(alliances))
        assert (counted in texts) == (allied < 0.2)


def test_the_workbook_holds_every_village_once(proposal: Proposal, tmp_path: Path) -> None:
    files = write(proposal, load("jinxi"), tmp_path, "zh")
    assert {path.name for path in files} >= {"report.html", "proposal.xlsx", "map.svg", "map.png"}
    rows = list(openpyxl.load_workbook(tmp_path / "proposal.xlsx")["各村"].values)
    assert sorted(row[0] for row in rows[1:]) == sorted(map(str, load("jinxi").names))
    gains = {m.village: m.gain.mean for alliance in proposal.alliances for m in alliance.members}
    assert {row[0]: row[5] for row in rows[1:] if row[2]} == pytest.approx(gains)


def test_the_sheet_of_budgets_says_which_budget_a_row_is_of(
    proposal: Proposal, tmp_path: Path
) -> None:
    write(proposal, load("jinxi"), tmp_path, "en")
    heading, *rows = openpyxl.load_workbook(tmp_path / "proposal.xlsx")["Budgets"].values
    assert heading[:3] == ("budget, yuan", "villages allied", "funded singly")
    assert [row[:3] for row in rows] == [
        (point.budget, point.allied, point.funded) for point in proposal.front
    ]


def test_the_same_proposal_gives_the_same_bytes(proposal: Proposal, tmp_path: Path) -> None:
    first, other = (
        write(proposal, load("jinxi"), tmp_path / name, "en") for name in ("one", "other")
    )
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in other]


def test_what_is_rounded_to_nothing_is_not_said_as_a_number(proposal: Proposal) -> None:
    none = Spread(0.0, 0.0, 0.0, 0.0, 0.0)
    rivals = [
        replace(rival, objective=replace(rival.objective, gain=none)) for rival in proposal.rivals
    ]
    for lang, brings, without in (
        ("en", "brings 0", "brings no more"),
        ("zh", "带来 0", "没有改善"),
    ):
        said = " ".join(Verdict(replace(proposal, rivals=rivals), lang).in_short())
        assert brings not in said and without in said


@pytest.mark.parametrize(
    ("left", "hardly"), [(0.0, True), (0.06, True), (0.5, False), (3.0, False)]
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_where_hardly_a_village_is_under_the_line_another_objective_is_named(
    proposal: Proposal, left: float, hardly: bool, lang: str
) -> None:
    nobody = proposal.rival("nobody")
    assert nobody is not None
    stands = replace(nobody.outcomes[0], name="weak_villages_50k", unit="villages", value=Spread(left, left, left, left, 0.0))  # fmt: skip
    rivals = [
        replace(rival, outcomes=[stands]) if rival.key == "nobody" else rival
        for rival in proposal.rivals
    ]
    question = {**proposal.question, "objective": "weak_villages_50k"}
    said = Verdict(replace(proposal, rivals=rivals, question=question), lang).stands_at()
    another = {
        "en": "such as the gain of all villages over no alliances",
        "zh": "如较未联建的村均增收",
    }
    assert (another[lang] in said) == hardly
    assert said


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_trace_of_a_village_is_no_difference(proposal: Proposal, lang: str) -> None:
    """What is counted in villages and brings a twentieth of one is said without a figure, and a
    headline has no standard error."""
    trace = Spread(0.05, 0.0, 0.0, 1.0, 0.01)
    rivals = [
        replace(r, objective=replace(r.objective, gain=trace, difference=trace))
        for r in proposal.rivals
    ]
    own = replace(proposal.proposal, objective=replace(proposal.proposal.objective, gain=trace))
    changed = replace(proposal, unit="villages", rivals=rivals, proposal=own)
    verdict = Verdict(changed, lang)
    text = verdict.lead_sentence() + verdict.brings() + verdict.than("aimed")
    assert "0.05" not in text and "0.1" not in text
    none = {"en": "no difference", "zh": "看不出差别"}[lang]
    assert none in verdict.lead_sentence() and none in verdict.brings()
    for p in (proposal, changed):
        assert not re.search("standard error|标准误", Verdict(p, lang).lead_sentence())


@pytest.mark.parametrize(
    ("runs", "share", "said", "zh"),
    [
        (40, 0.43, "40%", "40%"),
        (40, 0.97, "more than 90%", "超过 90%"),
        (40, 0.03, "less than 10%", "不到 10%"),
        (40, 1.0, "100%", "100%"),
        (200, 0.43, "43%", "43%"),
        (200, 0.998, "more than 99%", "超过 99%"),
        (200, 0.002, "less than 1%", "不到 1%"),
    ],
)
def test_few_runs_tell_tenths(runs: int, share: float, said: str, zh: str) -> None:
    assert Sentences("en", runs).share(share) == said
    assert Sentences("zh", runs).share(share) == zh


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_plan_without_money_has_no_rival_with_the_same_money(lang: str) -> None:
    task = Task(load("jinxi"), "gain_mean", 0.0, strategies=("culture",), mode="prior")
    p = propose(task, rounds=1, fresh_runs=4)
    assert p.promised == 0 and not any(rival.single for rival in p.rivals)
    page = html(p, load("jinxi"), lang)
    same, unpaid = (
        {"en": "the same money evenly", "zh": "同等资金平均"}[lang],
        say("proposal.against.heading_unpaid", lang),
    )
    assert same not in page and unpaid in page
    assert any(say("proposal.note.unpaid", lang) == note[lang] for note in p.notes)
