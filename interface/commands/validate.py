"""`alliances validate`: the shipped posterior against the figures of the fit and those held out."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from functools import partial
from typing import TYPE_CHECKING

from village_alliances.interface import inputs, terminal
from village_alliances.interface.cli import BAD_INPUT, complain
from village_alliances.wording import say

NAIVE = ("curve", "last")  # as in calibration/scores.py, which help does not wait for

if TYPE_CHECKING:
    from village_alliances.calibration.validate import Score, Validation


def arguments(parser: ArgumentParser, lang: str) -> None:
    """--out, --json."""
    parser.add_argument(
        "--out", default="", metavar="DIR", help=say("calibrate.option.validate_out", lang)
    )
    inputs.add_json(parser, lang)


def run(options: Namespace) -> int:
    """Score the shipped posterior and print the table."""
    lang = options.lang
    reader = inputs.Reader(options)
    if options.out:
        reader.folder(options.out)
    reader.done()
    from village_alliances.calibration import fit
    from village_alliances.calibration.validate import draw_figure, validate
    from village_alliances.sim.files import write_together
    from village_alliances.sim.parameters import POSTERIOR

    if not (POSTERIOR.exists() and fit.ABOUT.exists()):
        complain(say("calibrate.validate.none", lang))
        return BAD_INPUT
    if fit.shipped()["fingerprint"] != fit.fingerprint():
        complain(terminal.wrap(say("calibrate.validate.stale", lang)))
    found = validate()
    if options.out:
        write_together(
            options.out,
            {
                "scores.svg": partial(draw_figure, found),
                "validation.json": found.as_json().encode() + b"\n",
            },
        )
    print(found.as_json() if options.json else "\n".join(described(found, lang)))
    return 0


def described(found: Validation, lang: str) -> list[str]:
    """A table for each part, then how many figures lie in their bands."""
    lines: list[str] = []
    coverage = found.coverage()
    parts = {
        "fit": found.fitted,
        "own": found.own,
        "left out": found.left_out,
        "held out": found.held_out,
    }
    for part, scores in parts.items():
        if scores:
            lines += [
                say(f"calibrate.validate.part_{part.replace(' ', '_')}", lang),
                table(scores, lang),
                "",
            ]
    for part, key in (
        ("fit", "fit"),
        ("own", "own"),
        ("left out", "left_out"),
        ("held out", "held_out"),
        ("held out, prior", "prior"),
    ):
        if numbers := coverage.get(part):
            count = int(numbers["figures"])
            lines.append(
                terminal.wrap(
                    say(
                        "calibrate.validate.coverage",
                        lang,
                        part=say(f"calibrate.validate.part_{key}", lang),
                        figures=count,
                        in50=round(numbers["in50"] * count),
                        in90=round(numbers["in90"] * count),
                        width=f"{numbers['width90']:.1f}",
                    )
                )
            )
    if found.kinds():
        lines += ["", *judged(found, lang)]
    return [*lines, terminal.wrap(say("calibrate.validate.caution", lang))]


def judged(found: Validation, lang: str) -> list[str]:
    """What may be asked of the model, by kind, and whether the fit forecasts better than the prior."""
    apart, error = found.gain_of_the_fit()
    key = "same" if not abs(apart) > 2 * error else ("better" if apart > 0 else "worse")
    told = say(f"calibrate.validate.fit_{key}", lang, apart=f"{apart:+.2f}", error=f"{error:.2f}")
    return [say("calibrate.validate.kinds", lang), kinds(found, lang), "", terminal.wrap(told)]


def kinds(found: Validation, lang: str) -> str:
    """A row for each kind of quantity: how often the band holds, how wide it is, skill against the naive, and what may be asked."""
    heads = ("kind", "rows", "holds", "width", "curve", "last", "ask")
    rows = [tuple(say(f"calibrate.validate.head_{key}", lang) for key in heads)]
    for name, kind in found.kinds().items():
        verdict = {True: "yes", False: "no", None: "unknown"}[kind.answers]
        skills = [f"{kind.skill[who]:+.2f}" if who in kind.skill else "–" for who in NAIVE]
        rows.append(
            (
                say(f"calibrate.validate.kind_{name}", lang),
                str(kind.rows),
                f"{kind.holds:.0%} ({kind.holds_low:.0%}–{kind.holds_high:.0%})",
                f"{kind.width:.1f}",
                *skills,
                say(f"calibrate.validate.ask_{verdict}", lang) if name != "all" else "",
            )
        )
    return terminal.table(rows, "<>>>>><")


def table(scores: list[Score], lang: str) -> str:
    """A row for each figure."""
    rows = [
        tuple(
            say(f"calibrate.validate.head_{key}", lang)
            for key in ("figure", "stated", "band", "place", "verdict")
        )
    ]
    for s in scores:
        verdict = (
            "in50"
            if s.in50
            else "in90"
            if s.in90
            else s.miss.replace("model ", "").replace(" ", "_")
        )
        rows.append(
            (
                say("calibrate.validate.year", lang, year=s.name)
                if s.part == "own"
                else say(f"dashboard.predicted.{s.name}", lang),
                number(s.stated),
                f"{number(s.low90)} .. {number(s.high90)}",
                f"{s.place:.2f}",
                say(f"calibrate.validate.{verdict}", lang),
            )
        )
    return terminal.table(rows, "<>>><")


def number(value: float) -> str:
    """A value with three digits that count, or whole where it is large."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
