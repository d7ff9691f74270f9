"""The report of a comparison: one HTML file in Chinese or English, with figures inside, that needs
no network and can be printed.

Every number that the documents state leads to a list of sources with document and line. Nothing in
the file depends on the clock. All text passes through the template's escaping, so a village may be
called whatever a table says.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.figure import Figure
from village_alliances.calibration.evidence import documents
from village_alliances.calibration.evidence import figure as evidence_figure
from village_alliances.experiments import drawing, page, plots
from village_alliances.experiments.answer import brief
from village_alliances.experiments.answer.comparison import BEGUN, brief_of, projects_of
from village_alliances.experiments.answer.evidence import OUTCOME
from village_alliances.experiments.imputation import DRAWN_AS, column_title, imputed
from village_alliances.experiments.origin import command, inputs
from village_alliances.experiments.page import (
    Block,
    Cell,
    Link,
    Picture,
    Points,
    Section,
    Table,
    Words,
)
from village_alliances.experiments.tables import OF_ALLIANCES
from village_alliances.experiments.verdict import warnings
from village_alliances.experiments.wording import (
    choice,
    institutions_in_words,
    meaning,
    strategy_title,
)
from village_alliances.sim.fields import FIELD, PRODUCTS, STAGES
from village_alliances.sim.metrics import BY_NAME, MAIN
from village_alliances.sim.parameters import Quantity, levers, parameters
from village_alliances.sim.region import Sourced
from village_alliances.sim.scenario import (
    ABOUT,
    BLANK,
    EXACT,
    NUMBERS,
    WORDS,
    Scenario,
    quarter_name,
)
from village_alliances.sim.starting import quantities_of
from village_alliances.sim.strategy import Strategy
from village_alliances.wording import say, table
from village_alliances.wording.numbers import number, percent, quantity, scale, unit_in_words

if TYPE_CHECKING:
    from village_alliances.experiments.comparison import Comparison
    from village_alliances.experiments.sensitivity.files import Explanation

TRAJECTORIES = ("weak_left", *(f"trajectory_{outcome}" for outcome in plots.OVER_TIME))
AHEAD = ("weak_left", f"trajectory_{OUTCOME}")  # those that stand before the appendix
MOST_PROJECTS = 6  # rows of a strategy
MOST_ROWS = 40  # villages and alliances listed one by one
OUTCOMES = tuple(
    o for o in MAIN if o not in ("gain_mean", "public_cost")
)  # the one differs as the mean income, the other has its own table


def html(
    c: Comparison,
    lang: str,
    *,
    figures: Mapping[str, Figure] | None = None,
    sensitivity: Explanation | None = None,
    extra: Sequence[Section] = (),
) -> str:
    """The report as one page.

    `figures`: those of `plots.figures(c, lang)` where they are drawn already. `sensitivity`: what
    an analysis of the same villages says (experiments/sensitivity). `extra`: sections of your
    own, put after the figures.
    """
    report = _Report(c, lang, dict(figures if figures is not None else plots.figures(c, lang)))
    chapters, appendix = report.chapters(sensitivity, extra), report.appendix()
    title = say("report.page.title", lang, scenario=c.scenario.title[lang])
    sheet = brief.body(brief_of(c, lang, command(c)), lang)
    return page.render(
        title,
        report.subtitle(),
        chapters,
        lang,
        first=sheet,
        style=brief.STYLE,
        appendix=appendix,
    )


@dataclass
class _Report:
    c: Comparison
    lang: str
    figures: dict[str, Figure]
    cited: dict[str, None] = field(default_factory=dict)

    def say(self, key: str, **values: Any) -> str:
        return say(f"report.{key}", self.lang, **values)

    def chapters(self, sensitivity: Explanation | None, extra: Sequence[Section]) -> list[Section]:
        """What is read after the brief: figures, one table of cost, and what all this
        cannot tell."""
        if sensitivity is not None:
            self.figures["sensitivity"] = plots.sensitivity(
                sensitivity.frame, self.lang, sensitivity.outcome
            )
        found: dict[str, Sequence[Block]] = {
            "question": self.question(),
            "limits": [Points([text[self.lang] for text in table("report.does_not").values()])],
            "policy": self.drawn("differences"),
            "equal": self.drawn("rivals"),
            "cost": self.cost(),
            "trajectories": self.trajectories(AHEAD),
            "who": self.drawn("who_gains"),
            "map": self.maps(),
            "origins": [*self.drawn("projects"), *self.drawn("parts")],
            "sensitivity": [Points(sensitivity.sentences[self.lang]), *self.drawn("sensitivity")]
            if sensitivity is not None
            else [],
        }
        return [*self.made(found), *extra]

    def appendix(self) -> list[Section]:
        """Every table, and what all rests on; sources last, for they list what the others cite."""
        later = [name for name in TRAJECTORIES if name not in AHEAD]
        found = {
            "villages": self.villages(),
            "results": self.policy(),
            "rivals": self.rivals(),
            "later": self.trajectories(later),
            "distribution": self.drawn("distribution", "text.no_villages"),
            "frontier": self.drawn("frontier"),
            "projects": [*self.projects(), *self.institutions()],
            "best": self.best() if len(self.c.strategies) > 1 else [],
            "imputed": self.imputed(),
            "parameters": self.parameters(),
            "strategies": self.strategies(),
            "reproduce": self.reproduce(),
        }
        return [*self.made(found), *self.made({"sources": self.sources()})]

    def made(self, found: Mapping[str, Sequence[Block]]) -> list[Section]:
        """Those sections that have something in them, each under its heading."""
        return [
            Section(name, self.say(f"heading.{name}"), blocks)
            for name, blocks in found.items()
            if blocks
        ]

    def maps(self) -> list[Block]:
        names = [name for name in self.figures if name.startswith("map")]
        return [block for name in names for block in self.drawn(name, caption="map")]

    def subtitle(self) -> str:
        """What was compared, in a line."""
        c = self.c
        return self.say(
            "page.subtitle",
            villages=f"{c.scenario.size:,}",
            first=c.scenario.start,
            last=c.last_year,
            runs=f"{c.runs:,}",
            id=c.id,
        )

    def question(self) -> list[Block]:
        c = self.c
        named = self.say("page.listed").join(c.title(s, self.lang) for s in c.strategies[1:])
        told = {
            "scenario": c.scenario.title[self.lang],
            "villages": f"{c.scenario.size:,}",
            "first": c.scenario.start,
            "last": c.last_year,
            "baseline": c.title(c.baseline, self.lang),
        }
        asked = (
            self.say("text.question", strategies=named, **told)
            if named
            else self.say("text.question_one", **told)
        )
        blocks: list[Block] = [Words(asked)]
        if c.scenario.summary.get(self.lang):
            blocks.append(Words(c.scenario.summary[self.lang]))
        blocks.append(
            Words(
                self.say(
                    "text.how",
                    runs=f"{c.runs:,}",
                    years=c.years,
                    mode=self.say(f"text.mode_{c.mode}"),
                )
            )
        )
        if c.require:
            blocks.append(
                Points([self.requirement(str(r)) for r in c.require], self.say("text.require"))
            )
        set_here = {**c.scenario.levers, **c.levers}
        if set_here:
            blocks.append(
                self.table(
                    self.say("text.levers"),
                    ["meaning", "chosen", "default", "unit", "reasoned"],
                    [
                        [
                            (
                                Cell(self.named(levers()[n]), head=True),
                                Cell(_short(v), number=True),
                                Cell(_short(levers()[n].value), number=True),
                                Cell(self.unit(levers()[n].unit)),
                                self.source(levers()[n].evidence, levers()[n].reason(self.lang)),
                            )
                        ]
                        for n, v in set_here.items()
                    ],
                )
            )
        minded = warnings(c, self.lang)
        return [*blocks, Words(self.spread()), *([Points(minded)] if minded else [])]

    def spread(self) -> str:
        """What a band is, and how much of the villages it rests on is stated."""
        s = self.c.scenario
        stated = sum(int((s.numbers[name].kind == EXACT).sum()) for name in NUMBERS)
        facts = {"stated": f"{stated:,}", "cells": f"{len(NUMBERS) * s.size:,}"}
        return self.say("text.band", **facts)

    # -- villages

    def villages(self) -> list[Block]:
        s = self.c.scenario
        columns = [n for n in NUMBERS if (s.numbers[n].kind != BLANK).any()] + [
            w for w in WORDS if any(s.words[w])
        ]
        singly = {village for village, _ in s.evidence} or {
            str(s.names[i])
            for i in range(s.size)
            if any(s.numbers[n].kind[i] in (EXACT, ABOUT) for n in NUMBERS)
        }
        shown = [i for i in range(s.size) if s.size <= MOST_ROWS or str(s.names[i]) in singly][
            :MOST_ROWS
        ]
        facts = {"first": s.start, "count": f"{s.size:,}", "imputed": self.say("heading.imputed")}
        blocks: list[Block] = []
        if not columns:
            blocks.append(Words(self.say("text.known_none", **facts)))
        else:
            scales = {n: self.scale_of(n) for n in columns}
            names = [
                self.say("column.village"),
                self.say("column.township"),
                *(self.column(n, scales[n][1]) for n in columns),
            ]
            rows = [
                [
                    (
                        Cell(str(s.names[i]), head=True, lang="zh"),
                        Cell(str(s.places["township"][i]), lang="zh"),
                        *(self.known(n, i, scales[n][0]) for n in columns),
                    )
                ]
                for i in shown
            ]
            caption = self.say("text.known" if s.size <= MOST_ROWS else "text.known_some", **facts)
            blocks.append(Table(caption, names, rows) if rows else Words(caption))
        if s.totals:
            told = [
                f"{column_title(n, self.lang)} {_short(v)} {self.unit(FIELD[n].unit)}".strip()
                for n, v in s.totals.items()
            ]
            blocks.append(Words(self.say("text.totals", totals=self.say("page.listed").join(told))))
        if s.given:
            blocks += self.alliances(s, self.say("text.grouped" if s.grouped else "text.alliances"))
        for label in self.c.partitions:
            blocks += self.alliances(
                self.c.ensembles[label].scenario,
                self.say("text.partition", partition=self.c.title(label, self.lang)),
            )
        if {**s.levers, **self.c.levers}.get("formation", 0.0) > 0:
            blocks.append(Words(self.say("text.forming")))
        if s.notes.get(self.lang):
            blocks.append(Points(s.notes[self.lang], self.say("text.notes")))
        return blocks

    def scale_of(self, column: str) -> tuple[float, str]:
        """What the stated numbers of a column are divided by, and their unit."""
        if column in WORDS:
            return 1.0, ""
        values, field = self.c.scenario.numbers[column], FIELD[column]
        if not field.unit.startswith("yuan"):
            return 1.0, self.unit(field.unit)
        known = values.kind != BLANK
        stated = [
            float(v)
            for ends in (values.low, values.high)
            for v in ends[known]
            if field.low < v < field.high
        ]
        return scale(stated, field.unit, self.lang)

    def known(self, column: str, i: int, by: float) -> Cell:
        """What is stated of one village in one column."""
        s = self.c.scenario
        links = self.cite(
            [s.evidence[str(s.names[i]), column]] if (str(s.names[i]), column) in s.evidence else []
        )
        if column in WORDS:
            word = str(s.words[column][i])
            if not word:
                return Cell(self.say("page.drawn"), faint=True)
            if self.lang == "zh":
                word = {**PRODUCTS, **STAGES}.get(word, (word,))[0] if column != "culture" else word
            return Cell(word, links=links)
        values = s.numbers[column]
        kind, low, high = int(values.kind[i]), float(values.low[i]), float(values.high[i])
        if kind == BLANK:
            return Cell(self.say("page.drawn"), faint=True, number=True)
        told = {value: _short(value / by) for value in (low, high)}
        if kind == EXACT:
            text = told[low]
        elif kind == ABOUT:
            text = self.say("page.about", value=told[low])
        elif low <= FIELD[column].low:
            text = self.say("page.under", value=told[high])
        elif high >= FIELD[column].high:
            text = self.say("page.over", value=told[low])
        else:
            text = self.say("page.between", low=told[low], high=told[high])
        return Cell(text, links=links, number=True)

    def alliances(self, s: Scenario, caption: str) -> list[Block]:
        """The alliances that a scenario gives; their grants where these differ from the
        usual one."""
        usual = {**s.levers, **self.c.levers}.get(
            "grant_per_village", levers()["grant_per_village"].value
        )
        granted = any(given.grant != 1.0 for given in s.given)
        rows = []
        for given in s.given[:MOST_ROWS]:
            members = self.say("page.listed").join(str(s.names[i]) for i in given.members)
            lead = str(s.names[given.lead]) if given.lead >= 0 else self.say("column.lead_open")
            called = given.name.get(self.lang) or next(iter(given.name.values()), "")
            when = quarter_name(given.founded, s.start)
            cells = (
                Cell(called, head=True, links=self.cite(given.evidence)),
                Cell(members, lang="zh"),
                Cell(lead),
                Cell(when),
            )
            grant = [Cell(_short(given.grant * usual), number=True)] if granted else []
            rows.append([(*cells, Cell(self.strategy(given.strategy)), *grant)])
        head = [
            "alliance",
            "members",
            "lead",
            "founded",
            "strategy",
            *(["grant"] if granted else []),
        ]
        found: list[Block] = [self.table(caption, head, rows)]
        if len(s.given) > MOST_ROWS:
            found.append(Words(self.say("text.alliances_more", count=len(s.given) - MOST_ROWS)))
        return found

    def strategy(self, name: str) -> str:
        """A strategy that a table names, in words where it is shipped."""
        return strategy_title(name, self.lang)

    # -- results

    def policy(self) -> list[Block]:
        c = self.c
        base = c.title(c.baseline, self.lang)
        if len(c.strategies) == 1:
            return [
                self.results(
                    c.table, list(c.strategies), self.say("text.policy_one", last=c.last_year), ""
                )
            ]
        caption = (
            f"{self.say('text.policy', last=c.last_year, baseline=base)} {self.say('mark.legend')}"
        )
        blocks: list[Block] = [
            self.results(c.table, list(c.strategies), caption, "difference", c.baseline)
        ]
        if len(c.precision):
            needed = c.precision.set_index(["outcome", "strategy"])["runs_needed"]
            others = [s for s in c.strategies if s != c.baseline]
            rows = [
                [
                    (
                        Cell(c.title(s, self.lang), head=True),
                        *(Cell(_runs(needed[o, s]), number=True) for o in OUTCOMES),
                    )
                ]
                for s in others
            ]
            names = [self.say("column.strategy"), *(meaning(o, self.lang) for o in OUTCOMES)]
            caption = self.say(
                "text.runs_needed", baseline=base, share=f"{100 * c.asked:.3g}%", runs=f"{c.runs:,}"
            )
            blocks.append(Table(caption, names, rows))
        return blocks

    def rivals(self) -> list[Block]:
        """Each strategy against the same money: the strongest use of it for each outcome, and every
        use for the weak villages."""
        c = self.c
        if not c.named_rivals:
            return []
        shown = [s for s in c.strategies if s in c.rivals]
        strongest = {(s, o): c.strongest(s, o) for s in shown for o in OUTCOMES}
        against = c.against.set_index(["strategy", "outcome", "rival"])
        rows = [
            {"strategy": s, "outcome": o, **against.loc[(s, o, strongest[s, o])]}
            for s in shown
            for o in OUTCOMES
            if o not in OF_ALLIANCES and strongest[s, o]
        ]
        caption = f"{self.say('text.equal')} {self.say('mark.legend')}"
        blocks: list[Block] = []
        if rows:
            blocks.append(self.results(pd.DataFrame(rows), shown, caption, "difference_money"))
        body = []
        for s in shown:
            found = c.against[(c.against.strategy == s) & (c.against.outcome == OUTCOME)]
            by, word = scale([*found.diff_p05, *found.diff_p95], "yuan/year", self.lang)
            group = []
            for at, (_, row) in enumerate(found.iterrows()):
                first = Cell(c.title(s, self.lang), below=word, head=True, rows=len(found))
                group.append(
                    [
                        *([] if at else [first]),
                        Cell(say(f"compare.rival.{row['rival']}", self.lang), head=True),
                        *self.band(row, "diff_", "yuan/year", by, mark=_mark(row, 1)),
                        Cell(percent(row["p_better"]), number=True),
                    ]
                )
            body.append(group)
        head = ["strategy", "rival", "difference_money", "band", "better"]
        return [*blocks, self.table(self.say("text.rivals"), head, body)]

    def projects(self) -> list[Block]:
        """What alliances begin under each strategy."""
        c = self.c
        groups = []
        again = {label for _, *others in c.same for label in others}
        for s in c.strategies:
            if s in again or c.ensembles[s].portfolio.idle:
                continue
            found = projects_of(c, s)
            shown = found[found["begun"] >= BEGUN].sort_values("begun", ascending=False)
            group = []
            for at, row in enumerate(shown.head(MOST_PROJECTS).to_dict("records")):
                first = Cell(c.title(s, self.lang), head=True, rows=min(len(shown), MOST_PROJECTS))
                group.append([*([] if at else [first]), *self.project(row)])
            if group:
                groups.append(group)
        if not groups:
            return []
        head = [
            "strategy", "project", "begun", "price", "yearly", "jobs", "households", "wait", "works", "lost",
        ]  # fmt: skip
        made = self.table(self.say("text.projects"), head, groups)
        return [made]

    def project(self, row: dict[str, Any]) -> list[Cell]:
        """A kind of project of an alliance: what it is, how often begun, what it
        costs, brings, and becomes."""
        suffix = "_zh" if self.lang == "zh" else ""

        def money(value: float) -> str:
            return quantity(value, "yuan", self.lang) if math.isfinite(value) else "—"

        where = row[f"alliance{suffix}"] or say(f"compare.who.{row['who']}", self.lang)
        jobs = f"{row['jobs']:.0f}" if math.isfinite(row["jobs"]) else "—"
        wait = f"{row['wait']:.0f}" if math.isfinite(row["wait"]) else "—"
        lost = sum(float(row[name]) for name in ("failed", "died", "closed", "lost_orders"))
        return [
            Cell(row[f"title{suffix}"], below=where, head=True),
            Cell(percent(row["begun"]), number=True),
            Cell(money(row["cost"]), number=True),
            Cell(money(row["yearly"]), number=True),
            Cell(jobs, number=True),
            Cell(money(row["households"]), number=True),
            Cell(wait, number=True),
            Cell(percent(row["works"]), number=True),
            Cell(percent(lost), number=True),
        ]

    def institutions(self) -> list[Block]:
        """What each institution adds over the plainest one, where gains were taken apart."""
        c = self.c
        if c.institutions is None:
            return []
        if not len(c.institutions):
            return [Words(self.say("text.institutions_none"))]
        groups = []
        for s in dict.fromkeys(c.institutions["strategy"]):
            found = c.institutions[c.institutions["strategy"] == s]
            by, word = scale([*found.p05, *found.p95], "yuan/year", self.lang)
            group = []
            for at, row in enumerate(found.itertuples()):
                first = Cell(c.title(str(s), self.lang), below=word, head=True, rows=len(found))
                middle, error, low, high = (
                    number(float(v), "yuan/year", signed=signed, by=by)
                    for v, signed in (
                        (row.mean, True),
                        (row.error, False),
                        (row.p05, True),
                        (row.p95, True),
                    )
                )
                group.append(
                    [
                        *([] if at else [first]),
                        Cell(say(f"compare.institution.{row.institution}", self.lang), head=True),
                        Cell(choice(str(row.institution), str(row.value), self.lang)),
                        Cell(
                            middle, number=True, faint=abs(float(row.mean)) <= 2 * float(row.error)
                        ),
                        Cell(error, number=True),
                        Cell(self.say("page.between", low=low, high=high), number=True, faint=True),
                    ]
                )
            groups.append(group)
        head = ["strategy", "institution", "choice", "mean", "error", "band"]
        return [self.table(self.say("text.institutions"), head, groups)]

    def results(
        self,
        frame: pd.DataFrame,
        shown: Sequence[str],
        caption: str,
        difference: str,
        baseline: str = "",
    ) -> Table:
        """Outcomes by strategy: state at the end, difference, probability of being better."""
        indexed = frame.set_index(["outcome", "strategy"])
        groups = []
        for outcome in OUTCOMES:
            if (outcome, shown[0]) not in indexed.index:
                continue  # single villages have no alliances to compare
            what = BY_NAME[outcome]
            rows = [indexed.loc[(outcome, s)] for s in shown]
            by, word = scale(
                [v for row in rows for v in (row["p05"], row["p95"])], what.unit, self.lang
            )
            ends = [v for row in rows for v in (row["diff_p05"], row["diff_p95"])]
            finer, finer_word = scale(ends, what.unit, self.lang)
            group = []
            for at, (strategy, row) in enumerate(zip(shown, rows, strict=True)):
                cells = (
                    []
                    if at
                    else [
                        Cell(
                            meaning(outcome, self.lang),
                            below=word,
                            head=True,
                            rows=len(shown),
                        )
                    ]
                )
                cells += [
                    Cell(self.c.title(strategy, self.lang), head=True),
                    *self.band(row, "", what.unit, by),
                ]
                if difference and strategy == baseline:
                    cells += [
                        Cell(self.say("page.no_difference"), faint=True, number=True),
                        Cell(number=True),
                        Cell(number=True),
                    ]
                elif difference:
                    own = "" if finer == by else finer_word
                    cells += self.band(row, "diff_", what.unit, finer, own, _mark(row, what.better))
                    cells.append(Cell(percent(row["p_better"]), number=True))
                group.append(cells)
            groups.append(group)
        head = [
            "outcome",
            "strategy",
            "at_end",
            "band",
            *((difference, "band", "better") if difference else ()),
        ]
        return replace(
            self.table(caption, head, groups),
            widths=(18, 20, 10, 15, 13, 17, 7) if difference else (),
        )

    def band(
        self, row: Any, prefix: str, unit: str, by: float, word: str = "", mark: str = ""
    ) -> list[Cell]:
        """A median and its band, in two cells; a difference is signed and may be marked."""
        middle, low, high = (
            number(float(row[prefix + key]), unit, signed=bool(prefix), by=by)
            for key in ("median", "p05", "p95")
        )
        reading = self.say(f"mark.{mark}") if mark else ""
        return [
            Cell(f"{middle} {word}".strip(), number=True, mark=mark, mark_title=reading),
            Cell(self.say("page.between", low=low, high=high), number=True, faint=True),
        ]

    def cost(self) -> list[Block]:
        c = self.c
        rows = []
        for row in c.cost.itertuples():
            money = [float(v) for v in (row.cost_median, row.cost_p05, row.cost_p95)]
            by, word = scale(money, "yuan", self.lang)
            middle, low, high = (number(v, "yuan", by=by) for v in money)
            per = float(row.cost_per_lifted)
            rows.append(
                [
                    (
                        Cell(c.title(str(row.strategy), self.lang), head=True),
                        Cell(f"{middle} {word}", number=True),
                        Cell(self.say("page.between", low=low, high=high), number=True, faint=True),
                        Cell(f"{float(row.lifted_mean):.2f}", number=True),
                        Cell(percent(float(row.any_lifted)), number=True),
                        Cell(
                            quantity(per, "yuan", self.lang) if math.isfinite(per) else "—",
                            number=True,
                        ),
                    )
                ]
            )
        head = ["strategy", "public_money", "band", "lifted", "any_lifted", "per_lifted"]
        blocks: list[Block] = [self.table(self.say("text.cost", last=c.last_year), head, rows)]
        if c.satisfied is not None:
            met = c.satisfied.set_index(["requirement", "strategy"])["share"]
            wanted = list(dict.fromkeys(c.satisfied["requirement"]))
            names = [self.say("column.strategy"), *(self.requirement(r) for r in wanted)]
            body = [
                [
                    (
                        Cell(c.title(s, self.lang), head=True),
                        *(Cell(percent(float(met[r, s])), number=True) for r in wanted),
                    )
                ]
                for s in c.strategies
            ]
            blocks.append(Table(self.say("text.satisfied"), names, body))
        return blocks

    def requirement(self, text: str) -> str:
        """A requirement in words."""
        one = next((r for r in self.c.require if str(r) == text), None)
        if one is None:
            return self.say("column.all")
        sign = one.sign.replace("<=", "≤").replace(">=", "≥")
        return (
            f"{meaning(one.outcome, self.lang)} {sign} "
            f"{quantity(one.value, BY_NAME[one.outcome].unit, self.lang)}"
        )

    def trajectories(self, names: Sequence[str]) -> list[Block]:
        """Figures over time; how they are read stands under the first."""
        found: list[Block] = []
        for name in names:
            more = "" if found else f" {self.say('text.trajectory')}"
            if name == "trajectory_p10_income":
                more += f" {self.starts()}"
            found += self.drawn(name, more=more)
        return found

    def starts(self) -> str:
        """For how many villages the income at the start is stated."""
        income = self.c.scenario.numbers["collective_income"].kind
        return self.say("text.starts", stated=int((income == EXACT).sum()), count=income.size)

    def best(self) -> list[Block]:
        c = self.c
        prior = f" {self.say('text.best_prior')}" if c.best_prior is not None else ""
        blocks = [*self.drawn("best", more=prior), *self.drawn("regret")]
        indexed = c.best.set_index(["outcome", "strategy"])
        groups = []
        for outcome in plots.RANKED:
            what = BY_NAME[outcome]
            rows = [indexed.loc[(outcome, s)] for s in c.strategies]
            by, word = scale([float(row["max_regret"]) for row in rows], what.unit, self.lang)
            groups.append(
                [
                    [
                        *(
                            []
                            if at
                            else [
                                Cell(
                                    meaning(outcome, self.lang),
                                    below=word,
                                    head=True,
                                    rows=len(rows),
                                )
                            ]
                        ),
                        Cell(c.title(s, self.lang), head=True),
                        Cell(percent(float(row["p_best"])), number=True),
                        Cell(f"{float(row['mean_rank']):.2f}", number=True),
                        Cell(number(float(row["expected_regret"]), what.unit, by=by), number=True),
                        Cell(
                            number(float(row["max_regret"]), what.unit, by=by)
                            + (self.say("column.mark") if row["minimax"] else ""),
                            number=True,
                        ),
                    ]
                    for at, (s, row) in enumerate(zip(c.strategies, rows, strict=True))
                ]
            )
        head = [
            say(f"compare.column.{n}", self.lang)
            for n in ("outcome", "strategy", "p_best", "mean_rank", "expected_regret", "max_regret")
        ]
        return [*blocks, Table(self.say("text.regret"), head, groups)]

    def drawn(
        self, name: str, otherwise: str = "", more: str = "", caption: str = ""
    ) -> list[Block]:
        """A figure with its caption (of `caption` where several share one), if there is one of this
        name; else what `otherwise` says."""
        if name not in self.figures:
            return [Words(self.say(otherwise))] if otherwise else []
        text = self.say(f"caption.{caption or name}") + more
        return [Picture(drawing.svg(self.figures[name], name, description=text), text)]

    # -- what it rests on

    def imputed(self) -> list[Block]:
        c = self.c
        rows, reasons = [], []
        for row in imputed(c.scenario, self.lang).itertuples():
            if row.known == c.scenario.size:
                continue
            evidence, why = self.origin(str(row.column))
            total = "" if math.isnan(row.total) else _short(row.total)
            rows.append(
                [
                    (
                        Cell(column_title(str(row.column), self.lang), head=True),
                        *(Cell(str(n), number=True) for n in (row.known, row.bounded, row.drawn)),
                        Cell(total, number=True),
                        Cell(str(row.source), links=self.cite(evidence)),
                    )
                ]
            )
            if why:
                reasons.append(
                    [(Cell(column_title(str(row.column), self.lang), head=True), Cell(why))]
                )
        if not rows:
            return []
        head = [
            say(f"compare.column.{n}", self.lang)
            for n in ("column", "known", "bounded", "drawn", "total", "source")
        ]
        blocks: list[Block] = [Table(self.say("text.imputed"), head, rows)]
        if reasons:
            blocks.append(
                Table(
                    self.say("text.imputed_reason"), [head[0], self.say("column.reason")], reasons
                )
            )
        return blocks

    def origin(self, column: str) -> tuple[tuple[str, ...], str]:
        """Evidence and reason of the distribution from which a column's blanks are drawn."""
        region = self.c.scenario.region
        special: dict[str, Sourced] = {
            "industry": region.industry,
            "stage": region.stage,
            "culture": region.culture,
            "position": region.geography,
            "households": region.starts("household_size"),
        }
        body = special.get(column) or region.starts(DRAWN_AS.get(column, column))
        return body.evidence, body.reason(self.lang)

    def parameters(self) -> list[Block]:
        c = self.c
        rows = []
        for name, one in {**parameters(), **quantities_of(c.scenario.region)}.items():
            span = f"{_short(one.low)} – {_short(one.high)}"
            cells = (
                Cell(self.named(one), head=True),
                Cell(name),
                Cell(_short(one.value), number=True),
                Cell(span, number=True),
            )
            rows.append(
                [
                    (
                        *cells,
                        Cell(self.unit(one.unit)),
                        self.source(one.evidence, one.reason(self.lang)),
                    )
                ]
            )
        caption = self.say("text.parameters", mode=self.say(f"text.mode_{c.mode}"))
        head = ["meaning", "name", "value", "range", "unit", "reasoned"]
        return [replace(self.table(caption, head, rows), widths=(24, 15, 8, 14, 11, 28))]

    def strategies(self) -> list[Block]:
        rows = []
        for label in self.c.strategies:
            used = self.c.ensembles[label].portfolio.strategies
            links = self.cite(dict.fromkeys(id for one in used for id in one.evidence))
            does, risk = (self.each(used, text, "page.next") for text in (self.does, self.risk))
            worked = self.each(used, self.worked, "page.apart")
            rows.append(
                [
                    (
                        Cell(self.with_exceptions(label), head=True, links=links),
                        Cell(does),
                        Cell(risk),
                        Cell(worked or "—"),
                    )
                ]
            )
        return [
            replace(
                self.table(
                    self.say("text.strategies"), ["strategy", "does", "risk", "institutions"], rows
                ),
                widths=(24, 28, 28, 20),
            )
        ]

    def with_exceptions(self, label: str) -> str:
        """A strategy's title with who follows another one: alliances of a partition, townships or
        alliances of a portfolio."""
        ensemble, title = self.c.ensembles[label], self.c.title(label, self.lang)
        called = {
            given.name["id"]: given.name.get(self.lang, "")
            for given in ensemble.scenario.given
            if "id" in given.name
        }
        by = [
            self.say("page.exception", place=called.get(p) or p, strategy=s.title[self.lang])
            for p, s in ensemble.portfolio.by.items()
        ]
        if not by:
            return title
        listed = self.say("page.listed").join(by)
        if label in self.c.partitions:
            return self.say("page.by_alliance", title=title, alliances=listed)
        return self.say("page.by_township", title=title, exceptions=listed)

    def each(self, used: Sequence[Strategy], text: Callable[[Strategy], str], apart: str) -> str:
        """What is to be said of a strategy; of several one after the other, each under its title,
        with the text `apart` between them."""
        if len(used) == 1:
            return text(used[0])
        told = [
            self.say("page.exception", place=one.title[self.lang], strategy=text(one))
            for one in used
            if text(one)
        ]
        return self.say(apart).join(told)

    def does(self, one: Strategy) -> str:
        return one.does.get(self.lang, "")

    def risk(self, one: Strategy) -> str:
        return one.risk.get(self.lang, "")

    def worked(self, one: Strategy) -> str:
        """Its institutions."""
        return institutions_in_words(one, self.lang)

    def reproduce(self) -> list[Block]:
        made = inputs(self.c)
        versions = self.say("page.listed").join(
            f"{name} {version}" for name, version in made["versions"].items()
        )
        facts = {
            "seed": str(self.c.seed),
            "id": self.c.id,
            "hash": str(made["fingerprint"]),
            "versions": versions,
        }
        rows = [
            [(Cell(self.say(f"column.{name}"), head=True), Cell(value))]
            for name, value in facts.items()
        ]
        blocks: list[Block] = [
            Words(self.say("text.reproduce")),
            Words(str(made["command"]), "code"),
            Table("", [], rows),
        ]
        if self.c.failed:
            blocks.append(Words(self.say("text.failed", failed=self.c.failed)))
        return blocks

    def sources(self) -> list[Block]:
        known = documents()
        found = [evidence_figure(id) for id in self.cited]
        found.sort(key=lambda one: (one.document, one.line, one.id))
        listed = []
        for number_of in sorted({one.document for one in found}):
            one = known[number_of]
            listed.append(
                f"[{one.id}] {one.title}, {one.author}, {one.outlet}, "
                f"{one.year or self.say('page.year_unknown')}"
            )
        rows = [
            [
                (
                    Cell(f"[{one.document}:{one.line}]", head=True, anchor=f"source-{one.id}"),
                    Cell(one.place(self.lang)),
                    Cell(str(one.year)),
                    Cell(one.note(self.lang), below=one.id),
                    Cell(one.figure, lang="zh"),
                    Cell(_stated(one.value, one.value_high, one.unit), number=True),
                    Cell(self.unit(one.unit)),
                )
            ]
            for one in found
        ]
        if not rows:
            return [Points(listed)] if listed else [Words("—")]
        head = ["document", "place", "year", "meaning", "words", "value", "unit"]
        return [
            Points(listed),
            replace(
                self.table(self.say("text.sources"), head, rows), widths=(12, 13, 7, 30, 13, 15, 10)
            ),
        ]

    # -- small things

    def table(
        self, caption: str, head: Sequence[str], groups: Sequence[Sequence[Sequence[Cell]]]
    ) -> Table:
        return Table(caption, [self.say(f"column.{name}") for name in head], groups)

    def cite(self, ids: Iterable[str]) -> tuple[Link, ...]:
        """Links to the sources of these evidence ids, one a line of a document; what the register
        does not know stands as text."""
        links: dict[str, Link] = {}
        for id in ids:
            try:
                one = evidence_figure(id)
            except KeyError:
                links[id] = Link("", f"[{id}]")
                continue
            self.cited[id] = None
            line = f"[{one.document}:{one.line}]"
            links.setdefault(line, Link(f"#source-{id}", line))
        return tuple(links.values())

    def source(self, evidence: Iterable[str], assumption: str) -> Cell:
        """Links to evidence, and the assumption's reason."""
        links = self.cite(evidence)
        return Cell(
            assumption, links=links, lang="en" if assumption.isascii() and assumption else ""
        )

    def named(self, one: Quantity) -> str:
        text = one.zh if self.lang == "zh" else one.en
        return text[:1].upper() + text[1:]

    def column(self, name: str, unit: str) -> str:
        """The heading of a column of the village table, with its unit."""
        title = column_title(name, self.lang)
        return self.say("page.with_unit", title=title, unit=unit) if unit else title

    def unit(self, unit: str) -> str:
        """A unit in words."""
        return unit_in_words(unit, self.lang).replace("/", "/\u200b")


def _mark(row: Any, better: int) -> str:
    """Whether the whole band of a difference lies on one side of zero, and on which."""
    low, high = sorted((better * float(row["diff_p05"]), better * float(row["diff_p95"])))
    return "better" if low > 0 else "worse" if high < 0 else ""


def _runs(needed: float) -> str:
    return "—" if not math.isfinite(needed) else f"{needed:,.0f}"


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _stated(value: float, high: float | None, unit: str) -> str:
    if unit == "year":
        return f"{value:.0f}"
    return f"{value:,.10g}" if high is None else f"{value:,.10g} – {high:,.10g}"
