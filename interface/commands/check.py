"""`alliances check TABLE`: what is known and from where, what is drawn and from what,
and every problem at once."""

from __future__ import annotations

import math
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from village_alliances.interface import inputs, sources, terminal
from village_alliances.sim.problems import Doubt, Text
from village_alliances.sim.worded import worded
from village_alliances.wording import bracketed, grouped, listed, say, titled
from village_alliances.wording.numbers import number, quantity, quarter_in_words

if TYPE_CHECKING:
    from village_alliances.sim.scenario import Given, Scenario

VILLAGES_SHOWN = 40  # of a scenario, whose documents say something of each
ALLIANCES_SHOWN = 5  # of an own table
DOUBTS_SHOWN = 12


def arguments(parser: ArgumentParser, lang: str) -> None:
    """TABLE and how to complete it; --template FILE; --json."""
    inputs.add_table(parser, lang, optional=True)
    parser.add_argument(
        "--template", default="", metavar="FILE", help=say("cli.option.template", lang)
    )
    inputs.add_json(parser, lang)


def run(options: Namespace) -> int:
    """Print what was made of a table, or write an empty one."""
    lang = options.lang
    if options.template:
        return _template(options.template, options.table, lang)
    reader = inputs.Reader(options)
    if options.table is None:
        reader.wrong(
            worded("problems.asked.name_table_check_template"),
        )
        reader.done()
    scenario = reader.scenario()
    if scenario is not None:
        for alliance in scenario.given:
            if alliance.strategy:
                reader.strategy(alliance.strategy, scenario)
    from village_alliances.sim.outputs import document

    if options.json and reader.problems:
        print(document({"problems": problems(reader)}))
    if reader.problems:
        raise inputs.BadInput(reader.problems, worded("problems.asked.put_right_first"))
    assert scenario is not None
    print(
        document(as_plain(scenario))
        if options.json
        else "\n".join(lines(scenario, lang, reader.warnings))
    )
    return 0


def problems(reader: inputs.Reader) -> list[dict[str, Any]]:
    """What is wrong, one by one, of severity "refuse": a problem of the table with its place, any
    other as a text."""
    if reader.cells:
        return [
            {
                "severity": "refuse",
                "file": p.file,
                "row": p.row,
                "column": p.column,
                "found": {lang: _in(p.found, lang) for lang in ("en", "zh")},
                "expected": {lang: _in(p.expected, lang) for lang in ("en", "zh")},
            }
            for p in reader.cells
        ]
    return [
        {"severity": "refuse", **{lang: problem.lang(lang) for lang in ("en", "zh")}}
        for problem in reader.problems
    ]


def _template(path: str, table: str | None, lang: str) -> int:
    from village_alliances.sim.outputs import write_outputs
    from village_alliances.sim.table import template

    if table is not None or not path.lower().endswith((".csv", ".xlsx")):
        raise inputs.BadInput([worded("problems.asked.template_name_new_csv", path=path)])
    write_outputs(Path(path).parent, {Path(path).name: template(Path(path).suffix.lower())})
    print(say("cli.check.written", lang, path=path))
    return 0


def lines(scenario: Scenario, lang: str, warned: list[str]) -> list[str]:
    """Everything about a scenario's villages, as lines for a terminal."""
    from village_alliances.experiments.imputation import UNREAD, column_title, imputed

    lines = [
        say(
            "cli.check.header",
            lang,
            title=scenario.title[lang],
            name=scenario.name,
            villages=grouped(scenario.size, lang),
            region=scenario.region.title[lang],
            first=scenario.start,
            last=scenario.start + scenario.years - 1,
        )
    ]
    lines += [terminal.wrap(scenario.summary[lang])] if scenario.summary else []
    doubts = _doubts(scenario)
    asked = [doubt for doubt in doubts if doubt.severity == "ask"]
    if asked:
        lines += ["", titled(say("cli.check.doubts", lang), lang)]
        lines += _points([doubt.lang(lang) for doubt in asked], lang)
    if scenario.table is not None and not scenario.evidence:
        lines += _understood(scenario, lang)
    lines += _alliances(scenario, lang)
    if scenario.table is None or scenario.evidence:  # the owner of a table knows what is in it
        lines += _known(scenario, lang)
    names = [
        say(f"cli.check.{key}", lang)
        for key in ("column", "counts_known", "counts_bounded", "counts_drawn", "source")
    ]
    rows = [
        (
            column_title(row.column, lang),
            str(row.known),
            str(row.bounded),
            str(row.drawn),
            row.source,
        )
        for row in imputed(scenario, lang).itertuples()
        if row.known < scenario.size
    ]
    if rows:
        lines += [
            "",
            titled(say("cli.check.drawn", lang), lang),
            terminal.table([tuple(names), *rows], "<>>><", 2),
        ]
    notes = [*warned, *(doubt.lang(lang) for doubt in doubts if doubt not in asked)]
    unread = [column_title(name, lang) for name in UNREAD if _stated(scenario, name)]
    if unread:
        notes.append(say("cli.check.unread", lang, columns=listed(unread, lang)))
    if scenario.grouped:
        from village_alliances.sim.grouping import GROUP_SIZE

        notes.append(say(f"compare.warning.grouped_{scenario.grouped}", lang, size=GROUP_SIZE))
    for title, texts in (("warnings", notes), ("check.notes", list(scenario.notes.get(lang, ())))):
        if texts:
            lines += [
                "",
                titled(say(f"cli.{title}", lang), lang),
                *_points(texts, lang),
            ]
    ids = [
        *scenario.evidence.values(),
        *(id for alliance in scenario.given for id in alliance.evidence),
    ]
    if cited := sources.listing(ids, lang):
        lines += ["", *cited]
    last = say("cli.check.asked", lang, count=len(asked)) if asked else say("cli.check.fine", lang)
    return [*lines, "", last]


def _points(texts: Sequence[str], lang: str) -> list[str]:
    """A list of sentences; of a long one the first."""
    points = [f"  - {terminal.wrap(text, indent=4)}" for text in texts[:DOUBTS_SHOWN]]
    more = len(texts) - DOUBTS_SHOWN
    return [*points, f"  {say('cli.check.more', lang, count=more)}"] if more > 0 else points


def _stated(scenario: Scenario, column: str) -> bool:
    """Whether the table says anything of a column."""
    from village_alliances.sim.scenario import BLANK

    return column in scenario.numbers and bool((scenario.numbers[column].kind != BLANK).any())


def _doubts(scenario: Scenario) -> list[Doubt]:
    return list(scenario.table.warnings) if scenario.table else []


def _understood(scenario: Scenario, lang: str) -> list[str]:
    from village_alliances.sim.fields import FIELD

    table = scenario.table
    assert table is not None
    where = (
        [say("cli.check.encoding", lang, encoding=table.encoding)] if table.sheet is None else []
    )
    where += [say("cli.check.sheet", lang, sheet=table.sheet)] if table.sheet else []
    head = tuple(say(f"cli.check.{key}", lang) for key in ("heading", "field", "unit", "note"))
    rows = [
        (
            column.header,
            FIELD[column.field].zh if lang == "zh" else column.field,
            _in(column.unit, lang),
            _in(column.note, lang),
        )
        for column in table.understood
    ]
    source = bracketed(listed([table.path, *where], lang), lang)
    title = say("cli.check.understood", lang) + source
    lines = ["", titled(title, lang), terminal.table([head, *rows], "<<<<", 2)]
    if table.ignored:
        lines.append("  " + say("cli.check.ignored", lang, columns=listed(table.ignored, lang)))
    return lines


def _in(text: str, lang: str) -> str:

    return text.lang(lang) if isinstance(text, Text) else text


def _alliances(scenario: Scenario, lang: str) -> list[str]:
    if not scenario.given:
        return []
    alliances = scenario.given if scenario.evidence else scenario.given[:ALLIANCES_SHOWN]
    more = len(scenario.given) - len(alliances)
    return [
        "",
        titled(say("cli.check.alliances", lang), lang),
        *(terminal.wrap(_alliance(scenario, g, lang), indent=2).rstrip() for g in alliances),
        *([f"  {say('cli.check.more', lang, count=more)}"] if more else []),
    ]


def _alliance(scenario: Scenario, alliance: Given, lang: str) -> str:
    from village_alliances.sim import strategy
    from village_alliances.sim.scenario import quarter_name

    places = listed((sources.place_of(id, lang) for id in alliance.evidence), lang)
    return "  " + say(
        "cli.check.alliance",
        lang,
        name=alliance.name[lang],
        members=listed((str(scenario.names[i]) for i in alliance.members), lang),
        lead=scenario.names[alliance.lead] if alliance.lead >= 0 else say("cli.check.ablest", lang),
        founded=quarter_in_words(quarter_name(alliance.founded, scenario.start), lang),
        strategy=strategy.read_strategy(alliance.strategy).title[lang]
        if alliance.strategy
        else say("cli.check.not_stated", lang),
        evidence=bracketed(places, lang) if places else "",
    )


def _known(scenario: Scenario, lang: str) -> list[str]:
    from village_alliances.experiments.imputation import column_title

    rows = stated_cells(scenario)
    positions = [i for i in range(scenario.size) if rows[i]]
    lines = []
    for i in positions[:VILLAGES_SHOWN]:
        for column, cell in rows[i].items():
            id = cell["evidence"]
            lines.append(
                (
                    str(scenario.names[i]),
                    column_title(column, lang),
                    in_words(cell, column, lang),
                    sources.place_of(id, lang) if id else "",
                )
            )
    for column, total in scenario.totals.items():
        text = say(
            "cli.check.totals",
            lang,
            column=column_title(column, lang),
            value=number(total, "", lang),
        )
        lines.append(("", text, "", ""))
    if not lines:
        return []
    more = len(positions) - VILLAGES_SHOWN
    tail = ["  " + say("cli.check.more_villages", lang, count=more)] if more > 0 else []
    return [
        "",
        titled(say("cli.check.known", lang), lang),
        terminal.table(lines, "<<<<", 2),
        *tail,
    ]


def stated_cells(scenario: Scenario) -> list[dict[str, dict[str, Any]]]:
    """For every village what is stated: column -> kind (exact, about, bounded, text), low,
    high or text, evidence id."""
    from village_alliances.sim.scenario import ABOUT, BLANK, EXACT

    kinds = {EXACT: "exact", ABOUT: "about"}
    rows: list[dict[str, dict[str, Any]]] = [{} for _ in range(scenario.size)]
    for column, values in scenario.numbers.items():
        for i in range(scenario.size):
            if values.kind[i] != BLANK:
                low, high = float(values.low[i]), float(values.high[i])
                cell = {"kind": kinds.get(int(values.kind[i]), "bounded"), "low": low, "high": high}
                rows[i][column] = {
                    **cell,
                    "evidence": scenario.evidence.get((str(scenario.names[i]), column), ""),
                }
    for column, words in scenario.words.items():
        for i, word in enumerate(words):
            if word:
                source = scenario.evidence.get((str(scenario.names[i]), column), "")
                rows[i][column] = {"kind": "text", "text": str(word), "evidence": source}
    return rows


def in_words(cell: dict[str, Any], column: str, lang: str) -> str:
    """What a cell states: `under 10,000 yuan a year`."""
    from village_alliances.sim.fields import FIELD, PRODUCTS, STAGES

    if cell["kind"] == "text":
        words = {**PRODUCTS, **STAGES} if lang == "zh" and column in ("industry", "stage") else {}
        return words.get(cell["text"], (cell["text"],))[0]
    field = FIELD[column]
    low, high = (
        quantity(cell[end], field.unit, lang) if math.isfinite(cell[end]) else ""
        for end in ("low", "high")
    )
    if cell["kind"] == "exact":
        return low
    if cell["kind"] == "about":
        return say("cli.check.about", lang, low=low)
    if cell["low"] <= field.low:
        return say("cli.check.under", lang, high=high)
    if cell["high"] >= field.high:
        return say("cli.check.over", lang, low=low)
    return say("cli.check.between", lang, low=low, high=high)


def as_plain(scenario: Scenario) -> dict[str, Any]:
    """The same as JSON holds it."""
    from village_alliances.experiments.files import records
    from village_alliances.experiments.imputation import imputed
    from village_alliances.sim.scenario import quarter_name

    table = scenario.table
    names = [str(name) for name in scenario.names]
    return {
        "name": scenario.name,
        "title": scenario.title,
        "source": scenario.source,
        "region": scenario.region.name,
        "start": scenario.start,
        "years": scenario.years,
        "grouped": scenario.grouped,
        "totals": scenario.totals,
        "villages": [
            {
                "name": names[i],
                **{place: str(values[i]) for place, values in scenario.places.items()},
                "lon": _finite(scenario.lonlat[i, 0]),
                "lat": _finite(scenario.lonlat[i, 1]),
                "known": cells,
            }
            for i, cells in enumerate(stated_cells(scenario))
        ],
        "alliances": [
            {
                "name": g.name,
                "members": [names[i] for i in g.members],
                "lead": names[g.lead] if g.lead >= 0 else None,
                "founded": quarter_name(g.founded, scenario.start),
                "strategy": g.strategy,
                "evidence": sources.sources(g.evidence),
            }
            for g in scenario.given
        ],
        "evidence": sources.sources(sorted(set(scenario.evidence.values()))),
        "imputed": records(imputed(scenario)),
        "table": None
        if table is None
        else {
            "path": table.path,
            "encoding": table.encoding,
            "sheet": table.sheet,
            "ignored": table.ignored,
            "understood": [
                {
                    "header": u.header,
                    "field": u.field,
                    "unit": u.unit,
                    "note": {lang: _in(u.note, lang) for lang in ("en", "zh")},
                }
                for u in table.understood
            ],
            "warnings": [
                {"severity": w.severity, **{lang: w.lang(lang) for lang in ("en", "zh")}}
                for w in table.warnings
            ],
        },
        "problems": [],
    }


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
