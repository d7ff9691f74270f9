"""`alliances calibrate --out DIR`: parameters from the documents' figures, checked before they
are believed; resumable."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from village_alliances.interface import inputs, terminal
from village_alliances.interface.cli import complain
from village_alliances.interface.commands import validate
from village_alliances.sim.problems import Text
from village_alliances.sim.worded import worded
from village_alliances.wording import grouped, listed, say

if TYPE_CHECKING:
    from village_alliances.calibration.calibrate import Calibration
    from village_alliances.calibration.projects import Learned, LedgerProject, Lesson

SETS, SEED = 32_768, 20150501  # as in calibration/fit.py, which help does not wait for
OUT = "out/calibration"
LEAST_SETS, MOST_SETS = 256, 2**20


def arguments(parser: ArgumentParser, lang: str) -> None:
    """--out, --sets, --seed, --history with --table, --region and --start, --ship, --json."""
    parser.add_argument("--out", default=OUT, metavar="DIR", help=say("calibrate.option.out", lang))
    parser.add_argument(
        "--sets", default="", metavar="N", help=say("calibrate.option.sets", lang, default=SETS)
    )
    parser.add_argument(
        "--seed", default="", metavar="K", help=say("calibrate.option.seed", lang, default=SEED)
    )
    parser.add_argument(
        "--history", default="", metavar="FILE", help=say("calibrate.option.history", lang)
    )
    parser.add_argument(
        "--table", default="", metavar="TABLE", help=say("calibrate.option.table", lang)
    )
    parser.add_argument(
        "--projects", default="", metavar="LEDGER", help=say("calibrate.option.projects", lang)
    )
    for name in ("region", "start"):
        parser.add_argument(
            f"--{name}", default="", metavar=name[0].upper(), help=say(f"cli.option.{name}", lang)
        )
    parser.set_defaults(years="")
    parser.add_argument("--ship", action="store_true", help=say("calibrate.option.ship", lang))
    inputs.add_json(parser, lang)


def run(options: Namespace) -> int:
    """Calibrate, print what was found, write the files."""
    lang = options.lang
    reader = inputs.Reader(options)
    sets, seed = (
        reader.whole("sets", LEAST_SETS, MOST_SETS, SETS),
        reader.whole("seed", 0, inputs.BEST_SEED // 2, SEED),
    )
    if bool(options.history) != bool(options.table):
        reader.wrong(worded("calibrate.calibrate.both"))
    scenario = reader.scenario() if options.table else None
    reader.folder(options.out)
    if options.ship:
        from village_alliances.sim.parameters import POSTERIOR

        reader.writable(POSTERIOR.parent, "--ship")
    reader.done()
    rows = read_ledger(options.projects)
    if rows and not options.history:
        print(written_ledger(options, rows))
        return 0
    from village_alliances.calibration import history
    from village_alliances.calibration.calibrate import OwnCounty, calibrate, ship

    began = time.monotonic()

    def tell(stage: Text) -> None:
        complain(
            say(
                "calibrate.calibrate.stage",
                lang,
                seconds=round(time.monotonic() - began),
                text=stage.lang(lang),
            )
        )

    own = OwnCounty(scenario, Path(options.history)) if scenario is not None else None
    if own and (early := history.read_history(own.history, own.scenario).early):
        words = listed(map(str, early), lang)
        complain(say("calibrate.calibrate.early", lang, years=words, start=own.scenario.start))
    result = calibrate(Path(options.out), sets=sets, seed=seed, own=own, say=tell)
    if options.ship:
        from village_alliances.interface.dashboard.predictions import store

        ship(result)
        store([score.as_dict() for score in result.validation.scored()])
    if options.json:
        from village_alliances.sim.outputs import document

        ledger = json.loads(written_ledger(options, rows)) if rows else {}
        print(document({**result.summary(), **ledger}))
        return 0
    if rows:
        print(written_ledger(options, rows), end="\n\n")
    print("\n".join(described(result, lang)))
    print()
    print("\n".join(validate.described(result.validation, lang)))
    if options.ship:
        print(say("calibrate.calibrate.shipped", lang))
    else:
        print(
            terminal.wrap(
                say(
                    "calibrate.calibrate.use",
                    lang,
                    file=Path(options.out).resolve() / "posterior.parquet",
                )
            )
        )
    named = ("posterior.parquet", "posterior.toml", "calibration.json", "validation.json", "*.svg")
    print(terminal.files(named, options.out, lang))
    return 0


def read_ledger(path: str) -> list[LedgerProject]:
    """The projects of a ledger; none where no ledger is named. Read before anything is simulated,
    so that its faults are told at once."""
    from village_alliances.calibration import projects

    return projects.read_projects(Path(path)) if path else []


def written_ledger(options: Namespace, rows: list[LedgerProject]) -> str:
    """Write what a county's own ledger teaches as a technology file. Returns what moved and what
    each row taught, as tables or as JSON."""
    from village_alliances.calibration import projects
    from village_alliances.sim.outputs import document, write_outputs

    lang = options.lang
    target = Path(options.out) / "technology.toml"
    learned, lessons = projects.learn(rows), projects.lessons(rows)
    text = projects.as_toml(learned, Path(options.projects).name, len(rows))
    write_outputs(target.parent, {target.name: text.encode()})
    if options.json:
        taught = [
            {
                "row": lesson.project.row,
                "type": lesson.project.type,
                "rate": lesson.rate,
                "moves": lesson.moves,
            }
            for lesson in lessons
        ]
        return document({"learned": [vars(lesson) for lesson in learned], "lessons": taught})
    use = terminal.wrap(say("calibrate.projects.use", lang, file=target))
    return "\n\n".join([moved(learned, lang), taught_by_row(lessons, lang), use])


def _heads(lang: str, *names: str) -> tuple[str, ...]:
    return tuple(say(f"calibrate.projects.head_{name}", lang) for name in names)


def moved(learned: list[Learned], lang: str) -> str:
    """A row for each number of a type of which the ledger has projects: as
    shipped, and with the ledger."""
    from village_alliances.sim.technology import shipped

    def span(of: tuple[float, float, float]) -> str:
        return f"{of[0]:.3f} ({of[1]:.3f}..{of[2]:.3f})"

    titles = {kind.name: kind.title[lang] for kind in shipped()}
    rows = [_heads(lang, "type", "number", "projects", "before", "after")]
    for lesson in learned:
        if lesson.projects:
            number = say(f"calibrate.projects.{lesson.number}", lang)
            rows.append(
                (
                    titles[lesson.type],
                    number,
                    str(lesson.projects),
                    span(lesson.before),
                    span(lesson.after),
                )
            )
    return terminal.table(rows, "<<>>>")


def taught_by_row(lessons: list[Lesson], lang: str) -> str:
    """A row for each project: its yearly profit on cost, and how far it alone moves its type's
    numbers."""
    from village_alliances.sim.technology import shipped

    titles = {kind.name: kind.title[lang] for kind in shipped()}
    rows = [_heads(lang, "row", "village", "type", "rate", "moves", "fails", "ends")]
    for lesson in lessons:
        rate = "–" if lesson.rate is None else f"{lesson.rate:.3f}"
        project = lesson.project
        rows.append(
            (
                str(project.row),
                project.village,
                titles[project.type],
                rate,
                *(f"x {factor:.3f}" for factor in lesson.moves.values()),
            )
        )
    return terminal.table(rows, "><<>>>>")


def described(calibration: Calibration, lang: str) -> list[str]:
    """How much the evidence says, the self-check, what it touches and what decides."""
    from village_alliances.calibration import decisive

    posterior, cover, about = (
        calibration.fitted.posterior,
        calibration.checked.cover,
        calibration.about(),
    )
    quantities = decisive.known_quantities()
    verdict = say(
        f"calibrate.calibrate.{'passes' if calibration.checked.passes() else 'fails'}", lang
    )
    titles = [getattr(quantities[name], lang) for name in about["touched"]]
    lines = [
        say(
            "calibrate.calibrate.ess",
            lang,
            size=grouped(posterior.size, lang, ",.0f"),
            sample=grouped(len(calibration.fitted.sample), lang),
            apart=f"{about['halves_apart_in_prior_sds']:.2f}",
        ),
        say(
            "calibrate.calibrate.sbc",
            lang,
            truths=len(calibration.checked.ranks),
            mean=f"{cover.mean():.1%}",
            low=f"{cover.min():.0%}",
            high=f"{cover.max():.0%}",
            verdict=verdict,
        ),
        say(
            "calibrate.calibrate.touched",
            lang,
            names=listed(titles, lang) or say("calibrate.calibrate.nothing", lang),
            null=f"{calibration.touch.null:.2f}",
        ),
    ]
    text = say("calibrate.calibrate.decides", lang)
    return [
        *map(terminal.wrap, [*lines, text]),
        "",
        *validate.decisive(decisive.as_dict(calibration.decides), lang),
    ]
