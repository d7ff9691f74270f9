"""`alliances validate`: the shipped posterior against the figures of the fit and those held out."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from functools import partial
from typing import TYPE_CHECKING

from village_alliances.interface import inputs, terminal
from village_alliances.interface.cli import BAD_INPUT, complain
from village_alliances.wording import grouped, listed, say

NAIVE = ("curve", "last")  # as in calibration/scores.py, which help does not wait for

if TYPE_CHECKING:
    from village_alliances.calibration.scores import KindScores
    from village_alliances.calibration.validate import Score, Validation


def arguments(parser: ArgumentParser, lang: str) -> None:
    """--out, --json."""
    parser.add_argument(
        "--out", default="", metavar="DIR", help=say("calibrate.option.validate_out", lang)
    )
    parser.add_argument(
        "--decides", action="store_true", help=say("calibrate.option.decides", lang)
    )
    inputs.add_json(parser, lang)


def run(options: Namespace) -> int:
    """Score the shipped posterior and print the table."""
    lang = options.lang
    reader = inputs.Reader(options)
    if options.out:
        reader.folder(options.out)
    reader.done()
    from village_alliances.calibration import decisive as deciding
    from village_alliances.calibration import fit
    from village_alliances.calibration.validate import draw_figure, validate
    from village_alliances.sim.outputs import document, write_outputs
    from village_alliances.sim.parameters import POSTERIOR

    if not (POSTERIOR.exists() and fit.ABOUT.exists()):
        complain(say("calibrate.validate.none", lang, path=POSTERIOR))
        return BAD_INPUT
    if fit.shipped()["fingerprint"] != fit.fingerprint():
        complain(terminal.wrap(say("calibrate.validate.stale", lang)))
    if options.decides:
        deciding.store(deciding.shares(seed=fit.SEED))
    result = validate()
    if options.out:
        write_outputs(
            options.out,
            {
                "scores.svg": partial(draw_figure, result),
                "validation.json": result.plain(),
            },
        )
    if options.json:
        print(document(result.plain()))
        return 0
    print("\n".join(described(result, lang)))
    words = say("calibrate.calibrate.decides", lang)
    print("\n".join(["", terminal.wrap(words), "", *decisive(deciding.stored(), lang)]))
    return 0


def described(validation: Validation, lang: str) -> list[str]:
    """What the model may be asked, then a table for each part, then how many
    figures lie in their bands."""
    lines = [*judged(validation, lang), ""]
    for part, scores in validation.parts().items():
        lines += [say(f"calibrate.validate.part_{key(part)}", lang), table(scores, lang), ""]
    for part, numbers in validation.coverage().items():
        count = int(numbers["figures"])
        text = say(
            "calibrate.validate.coverage",
            lang,
            part=say(f"calibrate.validate.part_{key(part)}", lang),
            figures=count,
            in50=round(numbers["in50"] * count),
            in90=round(numbers["in90"] * count),
            width=f"{numbers['width90']:.1f}",
        )
        lines.append(terminal.wrap(text))
    return [*lines, terminal.wrap(say("calibrate.validate.caution", lang))]


def key(part: str) -> str:
    """A part's key in wording/calibrate.toml."""
    return part.replace(" ", "_")


def judged(validation: Validation, lang: str) -> list[str]:
    """What may be asked of the model, by kind; the scores behind it; and whether the fit
    forecasts better than the prior."""
    asked = validation.asked() if validation.groups else shipped_verdicts()
    lines = [say("calibrate.validate.may_be_asked", lang)]
    for kind, may in asked.items():
        name = say(f"calibrate.validate.kind_{kind}", lang)
        lines.append("  " + say(f"calibrate.validate.ask_{VERDICT[may]}", lang, kind=name))
    for part, kinds in validation.kinds().items():
        lines += ["", say(f"calibrate.validate.kinds_{part}", lang), scored(kinds, lang)]
    for key, (apart, error) in validation.gain_of_the_fit().items():
        better = "same" if not abs(apart) > 2 * error else ("better" if apart > 0 else "worse")
        text = say(
            f"calibrate.validate.fit_{better}",
            lang,
            left=say(f"calibrate.validate.{key}", lang),
            apart=grouped(apart, lang, "+.2f"),
            error=f"{error:.2f}",
        )
        lines += ["", terminal.wrap(text)]
    return lines


VERDICT = {True: "yes", False: "no", None: "unknown"}


def shipped_verdicts() -> dict[str, bool | None]:
    """By kind, what the shipped posterior says of itself: whether the model may be asked; None
    where it cannot be told."""
    from village_alliances.calibration.fit import shipped

    word = {"yes": True, "no": False}
    return {kind: word.get(may) for kind, may in shipped().get("asked", {}).items()}


def scored(kinds: dict[str, KindScores], lang: str) -> str:
    """A row for each kind of quantity: how often the band holds, how wide it is, what is silent,
    skill against the naive."""
    heads = ("kind", "rows", "holds", "width", "silent", "log", "crps", *NAIVE)
    rows = [tuple(say(f"calibrate.validate.head_{head}", lang) for head in heads)]
    for name, kind in kinds.items():
        rows.append(
            (
                say(f"calibrate.validate.kind_{name}", lang),
                str(kind.rows),
                f"{kind.holds:.0%} ({kind.holds_low:.0%}–{kind.holds_high:.0%})",
                say("calibrate.validate.to_one", lang, width=f"{kind.width:.1f}"),
                f"{kind.silent:.0%}",
                grouped(kind.log, lang, ".2f"),
                f"{kind.crps:.2f}",
                *(grouped(kind.skill[who], lang, "+.2f") for who in NAIVE),
            )
        )
    return terminal.table(rows, "<>>>>>>>>")


def decisive(shares: dict[str, list[float]], lang: str) -> list[str]:
    """A table of the uncertainties that decide most: index with its interval, what each rests on,
    what would have to be measured."""
    from village_alliances.calibration import decisive as deciding

    quantities = deciding.known_quantities()
    heads = ("name", "share", "kind")
    rows = [tuple(say(f"calibrate.calibrate.head_{head}", lang) for head in heads)]
    for name, (total, low, high) in shares.items():
        share = f"{total:.0%} ({low:.0%}–{high:.0%})"
        if name == deciding.CHANCE:
            rows.append((say("calibrate.calibrate.chance", lang), share, ""))
            continue
        stands = deciding.grounds(
            quantities[name], lambda word: say(f"calibrate.calibrate.kind_{word}", lang)
        )
        if lang == "zh":
            stands = stands.replace(", ", "、").replace(" (", "（").replace(")", "）")
        rows.append((getattr(quantities[name], lang), share, stands))
    measured: dict[str, list[str]] = {}
    for name in shares:
        if name != deciding.CHANCE:
            measured.setdefault(deciding.to_measure(name).lang(lang), []).append(
                getattr(quantities[name], lang)
            )
    lines = [
        terminal.wrap(
            say(
                "calibrate.calibrate.to_measure",
                lang,
                what=what,
                names=listed(names, lang),
            )
        )
        for what, names in measured.items()
    ]
    return [terminal.table(rows, "<><"), "", *lines]


def table(scores: list[Score], lang: str) -> str:
    """A row for each figure."""
    rows = [
        tuple(
            say(f"calibrate.validate.head_{key}", lang)
            for key in ("figure", "stated", "band", "place", "silent", "verdict")
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
                number(s.stated, lang),
                f"{number(s.low90, lang)} .. {number(s.high90, lang)}",
                f"{s.place:.2f}",
                f"{s.silent:.0%}" if s.silent else "",
                say(f"calibrate.validate.{verdict}", lang),
            )
        )
    return terminal.table(rows, "<>>>><")


def number(value: float, lang: str) -> str:
    """A value with three digits that count, or whole where it is large."""
    return grouped(value, lang, ",.0f") if abs(value) >= 100 else grouped(value, lang, ".3g")
