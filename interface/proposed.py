"""Proposed: a proposal as it stands on the terminal, and its files."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from village_alliances.interface import terminal
from village_alliances.wording import listed, say, titled
from village_alliances.wording.numbers import (
    mean_number,
    number,
    percent,
    quantities,
    quantity,
    scale,
)

if TYPE_CHECKING:
    from village_alliances.experiments.propose.answer import Proposal
    from village_alliances.sim.scenario import Scenario

SHOWN = 40  # alliances printed


def answer_files(p: Proposal, scenario: Scenario) -> dict[str, Any]:
    """proposal.csv (a row a village), alliances.csv, alternatives.toml and proposal.json, as
    `write_together` takes them."""
    import pandas as pd
    from village_alliances.experiments.files import write_csv

    home: dict[int, Any] = {m.position: (a, m) for a in p.alliances for m in a.members}
    home |= {village.position: (None, village) for village in p.funded}
    rows = []
    shares = {village.position: village for village in p.ensemble.villages} if p.ensemble else {}
    for site in p.sites:
        own = shares.get(site.position)
        a, m = home.get(site.position, (None, None))
        rows.append(
            {
                "village": site.village,
                "township": site.township,
                "alliance": site.alliance or "",
                "name": a.name["zh"] if a else "",
                "leads": m.leads if a else "",
                "strategy": a.strategy if a else "",
                "grant": (a.grant if a else site.grant) if m else "",
                "gain_mean": m.gain.mean if m else "",
                "gain_p05": m.gain.low if m else "",
                "gain_p95": m.gain.high if m else "",
                "loses": m.loses if m else "",
                "weak_alone": m.weak_alone if m else "",
                "weak": m.weak if m else "",
                "leaves": m.leaves if a else "",
                "quiet": m.quiet if a else "",
                "allied_share": own.allied if own else "",
                "funded_share": own.funded if own else "",
                "alone_share": own.alone if own else "",
                "leads_share": own.leads if own else "",
                "lon": site.lon,
                "lat": site.lat,
            }
        )
    groups = [
        {
            "alliance": a.number,
            "name": a.name["zh"],
            "members": listed((m.village for m in a.members), "zh"),
            "lead": a.lead,
            "lead_share": a.lead_share,
            "strategy": a.strategy,
            "grant": a.grant,
            "years": p.years,
            "promised": a.cost,
            "paid_mean": a.spent.mean,
            "gain_mean": a.gain.mean,
            "gain_p05": a.gain.low,
            "gain_p95": a.gain.high,
            "any_loses": a.any_loses,
            "any_left": a.any_left,
            "any_quiet": a.any_quiet,
            "broken": a.broken,
            "together": "" if a.together is None else a.together,
            "next_strategy": a.next_strategy.strategy if a.next_strategy else "",
            "next_better": 1 - a.next_strategy.better if a.next_strategy else "",
        }
        for a in p.alliances
    ]
    pairs = [
        {"village": pair.villages[0], "other": pair.villages[1], "together": pair.share}
        for pair in (p.ensemble.pairs if p.ensemble else ())
    ]
    return {
        "proposal.csv": partial(write_csv, pd.DataFrame(rows)),
        "alliances.csv": partial(write_csv, pd.DataFrame(groups, columns=GROUP_COLUMNS)),
        "pairs.csv": partial(
            write_csv, pd.DataFrame(pairs, columns=["village", "other", "together"])
        ),
        "alternatives.toml": alternatives(p).encode(),
        "proposal.json": p.json().encode(),
    }


GROUP_COLUMNS = [
    "alliance", "name", "members", "lead", "lead_share", "strategy", "grant", "years", "promised", "paid_mean",
    "gain_mean", "gain_p05", "gain_p95", "any_loses", "any_left", "any_quiet", "broken", "together", "next_strategy",
    "next_better",
]  # fmt: skip


def alternatives(p: Proposal) -> str:
    """The alliances of the proposal and of near-best plans that differ, as `alliances compare
    --alternatives` reads them.

    Villages that are funded singly are no alliances and stand in proposal.csv.
    """
    from village_alliances.experiments.alternatives import text_of

    ours = [
        {"members": [m.village for m in a.members], "strategy": a.strategy, "grant": a.grant}
        for a in p.alliances
    ]
    parts = [("proposal", p.proposal.title, ours)]
    for i, other in enumerate(p.ensemble.alternatives if p.ensemble else (), 1):
        allied = [candidate for candidate in other.plan if len(candidate["members"]) > 1]
        parts.append((f"other-{i}", other.measured.title, allied))
    return text_of(parts)


def lines(p: Proposal, scenario: Scenario, lang: str) -> list[str]:
    """The answer as it stands on the terminal."""
    last = scenario.start + scenario.years - 1
    title = scenario.title[lang]
    lines = [
        terminal.wrap(
            say(
                "propose.header",
                lang,
                title=title,
                villages=scenario.size,
                first=scenario.start,
                last=last,
                objective=p.objective[lang],
                budget=quantity(p.budget, "yuan", lang),
                years=f"{p.years:g}",
                seed=p.question["seed"],
            )
        ),
        "",
    ]
    from village_alliances.experiments.propose.verdict import Verdict

    sentences = Verdict(p, lang)
    short = sentences.in_short()
    lines.append(terminal.wrap(sentences.joined(short[:2])))
    lines += [terminal.wrap(f"- {text}") for text in short[2:]]
    if p.alliances:
        lines += ["", titled(say("propose.alliances", lang), lang), _alliances(p, lang)]
    if p.funded:
        lines += ["", titled(say("propose.funded", lang), lang), _funded(p, lang)]
    lines += [
        "",
        terminal.wrap(titled(say("propose.against", lang), lang)),
        _against(p, lang),
    ]
    for key, section in (
        ("changes", sentences.changed(p)),
        ("stages", sentences.staged(p)),
        ("shared", sentences.shared(p)),
        ("losers", sentences.losing(p)),
    ):
        if not section:
            continue
        lines += ["", titled(say(f"propose.{key}", lang), lang)]
        lines += [terminal.wrap(f"- {text}") for text in section]
    h = p.hunt
    searched, fresh, error, optimism, gap = sentences.in_one_unit(
        [h.in_search, h.fresh, h.fresh_error, h.optimism, h.gap], p.unit
    )
    lines += [
        "",
        terminal.wrap(
            say(
                "propose.search",
                lang,
                searched=searched,
                fresh=fresh,
                error=error,
                optimism=optimism,
                beyond=say(
                    f"propose.beyond{'' if sentences.tells(h.gap, p.unit) else '_nothing'}",
                    lang,
                    gap=gap,
                ),
            )
        ),
    ]
    lines += [
        terminal.wrap(titled(say("propose.notes", lang), lang, sentences.sentence(note[lang])))
        for note in p.notes
    ]
    return lines


def _alliances(p: Proposal, lang: str) -> str:
    by, word = scale([a.gain.high for a in p.alliances], "yuan/year", lang)
    money, unit = scale([a.grant for a in p.alliances], "yuan", lang)
    heads = {
        key: say(f"propose.column.{key}", lang)
        for key in ("members", "strategy", "grant", "gain", "risk", "together")
    }
    rows: list[tuple[str, ...]] = [
        (
            "",
            heads["members"],
            heads["strategy"],
            f"{heads['grant']} ({unit})",
            f"{heads['gain']} ({word})",
            heads["risk"],
            heads["together"],
        )
    ]
    for a in p.alliances[:SHOWN]:
        names = [a.lead, *(m.village for m in a.members if m.village != a.lead)]
        gain = (
            f"{number(a.gain.mean, 'yuan/year', lang, by=by)} "
            f"[{number(a.gain.low, 'yuan/year', lang, by=by)}, "
            f"{number(a.gain.high, 'yuan/year', lang, by=by)}]"
        )
        rows.append(
            (
                str(a.number),
                listed(names, lang),
                a.title[lang],
                number(a.grant, "yuan", lang, by=money),
                gain,
                percent(a.any_loses),
                "" if a.together is None else percent(a.together),
            )
        )
    return terminal.table(rows, ">" + "<<>" + "<>>") + ("\n  …" if len(p.alliances) > SHOWN else "")


def _funded(p: Proposal, lang: str) -> str:
    villages = sorted(p.funded, key=lambda village: (-village.cost, village.position))
    by, word = scale([village.gain.high for village in villages], "yuan/year", lang)
    head = {
        key: say(f"propose.column.{key}", lang)
        for key in ("village", "grant_each", "promised", "gain_one")
    }
    rows: list[tuple[str, ...]] = [
        (head["village"], head["grant_each"], head["promised"], f"{head['gain_one']} ({word})")
    ]
    listed = villages[:SHOWN]
    grants = quantities([village.grant for village in listed], "yuan", lang)
    costs = quantities([village.cost for village in listed], "yuan", lang)
    for village, grant, cost in zip(listed, grants, costs, strict=True):
        low, mean, high = (
            number(v, "yuan/year", lang, by=by)
            for v in (village.gain.low, village.gain.mean, village.gain.high)
        )
        rows.append((village.village, grant, cost, f"{mean} [{low}, {high}]"))
    return terminal.table(rows, "<>><") + ("\n  …" if len(villages) > SHOWN else "")


def _against(p: Proposal, lang: str) -> str:
    plans = [p.proposal, *sorted(p.rivals, key=lambda r: -r.objective.gain.mean)]
    by, word = scale([m.objective.gain.high for m in plans], p.unit, lang)

    def figure(value: float) -> str:
        return mean_number(value, p.unit, lang, by=by)

    head = [
        say(f"propose.column.{key}", lang)
        for key in ("way", "money", "brings", "difference", "error", "better")
    ]
    rows = [tuple(head[:2] + [f"{head[2]} ({word})" if word else head[2]] + head[3:])]
    costs = quantities([m.cost.mean for m in plans], "yuan", lang)
    for m, cost in zip(plans, costs, strict=True):
        gain, less = m.objective.gain, m.objective.difference
        cells = [
            m.title[lang],
            cost,
            f"{figure(gain.mean)} [{figure(gain.low)}, {figure(gain.high)}]",
        ]
        cells += (
            ["", "", ""]
            if m is p.proposal
            else [
                f"{figure(less.mean)} [{figure(less.low)}, {figure(less.high)}]",
                figure(less.error),
                percent(m.objective.better),
            ]
        )
        rows.append(tuple(cells))
    return terminal.table(rows, "<><<>>", 2)
