"""What stands between marks in docs/validation.md: `python docs/validation.py` writes the rules
of calibration/scoring.toml there, `python docs/validation.py DIR` also what `alliances
calibrate --out DIR` found."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from village_alliances.calibration import decisive, evidence, scores
from village_alliances.calibration.fit import shipped
from village_alliances.wording import say

LEFT_OUT = {
    "prior": "90% of the prior",
    "place left out": "without its place",
    "document left out": "without its document",
}
PAGE = Path(__file__).parent / "validation.md"
LEFT = {"zibo": "Zibo", "jinxi": "Jinxi", "tengtou": "Tengtou", "chunhu": "Chunhu", "zhujiahu": "Zhujiahu"}  # fmt: skip


def rules() -> str:
    """Rules, what each design is granted, what is scored and what is not, and
    what a fit leaves out whole."""
    told = scores.rules()
    lines = [f"- {rule['en']}" for rule in told["rule"]]
    lines += ["", "| design | granted (sd of the log) | why |", "|---|---|---|"]
    lines += [
        f"| {one.en} | {one.discrepancy:g} | {one.reason} |" for one in evidence.designs().values()
    ]
    lines += ["", "| scored figure | kind | place | design |", "|---|---|---|---|"]
    lines += [
        f"| {say(f'dashboard.predicted.{name}', 'en')} | {row['kind']} | {row['place']} "
        f"| {evidence.designs()[row['design']].en} |"
        for name, row in told["row"].items()
    ]
    lines += ["", "| left out whole | by | scored then |", "|---|---|---|"]
    lines += [
        f"| {group['en']} | {' and '.join(group['by'])} | {', '.join(group['rows'])} |"
        for group in told["group"].values()
    ]
    return "\n".join(lines)


FROM = {"prior": "prior", "place": "fit without its place", "document": "fit without its document"}


def verdicts(found: dict[str, Any]) -> str:
    """Whether the model may be asked, by kind; then a row for each kind of quantity and where
    the forecast comes from."""
    lines = ["| kind | may it be asked? |", "|---|---|"]
    ask = {
        True: "yes",
        False: "no: no better than who knows next to nothing",
        None: "cannot be told: too few figures",
    }
    lines += [f"| {kind} | {ask[may]} |" for kind, may in found["asked"].items()]
    lines += [
        "",
        "| kind | draws from | figures | 90% band holds (95% interval) | width | says "
        "nothing | log score | interval score | CRPS | skill over the region's curve | "
        "over the last value |",
        "|---" * 11 + "|",
    ]
    for kind in found["kinds"]["prior"]:
        lines += [kind_row(kind, name, found["kinds"][part][kind]) for part, name in FROM.items()]
    return "\n".join(lines)


def kind_row(kind: str, who: str, body: dict[str, Any]) -> str:
    """A kind's scores."""
    skill = " | ".join(f"{body['skill'][name]:+.2f}" for name in scores.NAIVE)
    return (
        f"| {kind} | {who} | {body['rows']} | {body['holds']:.0%} "
        f"({body['holds_low']:.0%}–{body['holds_high']:.0%}) | "
        f"{body['width']:.1f} to 1 | {body['silent']:.0%} | {body['log']:.2f} | "
        f"{body['interval']:.2f} | {body['crps']:.2f} | {skill} |"
    )


def figures(found: dict[str, Any], parts: dict[str, str]) -> str:
    """A row for each figure: stated, 90% of what each part (its name in the file -> its heading)
    says, and of the last part whether the figure lies inside."""
    rows = {
        part: {row["name"]: row for row in found["scores"] if row["part"] == part} for part in parts
    }
    *_, last = rows
    lines = [
        f"| figure | stated | {' | '.join(parts.values())} | place | says nothing | |",
        "|---" * (5 + len(parts)) + "|",
    ]
    for name, row in rows[last].items():
        said = "inside" if row["in90"] else row["miss"]
        spans = " | ".join(span(rows[part][name]) for part in parts)
        title = say(f"dashboard.predicted.{name}", "en")
        lines.append(
            f"| {title} | {short(row['stated'])} | {spans} | {row['place']:.2f} | "
            f"{row['silent']:.0%} | {said} |"
        )
    return "\n".join(lines)


def span(row: dict[str, Any]) -> str:
    """The 90% band of a row."""
    return f"{short(row['low90'])} to {short(row['high90'])}"


def short(value: float) -> str:
    """A number with two or three digits that count."""
    return f"{float(f'{value:.2g}'):,.0f}" if abs(value) >= 100 else f"{value:.2g}"


def fates(found: dict[str, Any]) -> str:
    """A row for each praised alliance: how often it is whole and together, and the four rates."""
    lines = [
        "| alliance | years | whole: all runs | whole: runs that would be praised | "
        "together: all | together: praised | leave | go quiet | projects die | alliances "
        "end |",
        "|---" * 10 + "|",
    ]
    for one in found["fates"]:
        shares = (one[key] for key in ("whole", "whole_praised", "together", "together_praised"))
        rates = " | ".join(f"{one['rates'][rate]:.1%}" for rate in one["rates"])
        lines.append(
            f"| {LEFT[one['name']]} | {one['years']} | "
            f"{' | '.join(f'{s:.0%}' for s in shares)} | {rates} |"
        )
    return "\n".join(lines)


KINDS = {"same_quantity": "the same quantity", "analogy": "an analogy", "document": "documents"}


def decides() -> str:
    """A row for each of the most decisive uncertainties: its index, what it rests on and how
    nearly, and what would have to be measured."""
    known = decisive.known_quantities()
    lines = [
        "| uncertainty | total Sobol index (90%) | range | rests on | contraction | to "
        "know it, measure |",
        "|---" * 6 + "|",
    ]
    for name, (total, low, high) in decisive.stored().items():
        share = f"{total:.0%} ({low:.0%}–{high:.0%})"
        if name == decisive.CHANCE:
            lines.append(f"| luck, and what the table leaves blank | {share} | | | | |")
            continue
        one = known[name]
        said = shipped()["contraction"].get(name)
        contracted = "–" if said is None else f"{said:.2f}"
        stands = decisive.grounds(one, lambda word: KINDS.get(word, word))
        lines.append(
            f"| {one.en} (`{name}`) | {share} | {one.low:g} to {one.high:g} | {stands} | "
            f"{contracted} | {decisive.to_measure(name)} |"
        )
    return "\n".join(lines)


def results(folder: Path) -> dict[str, str]:
    """What a calibration found, by mark."""
    found = json.loads((folder / "validation.json").read_text(encoding="utf-8"))
    summary = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
    touched = ", ".join(f"`{name}` ({summary['contraction'][name]:.2f})" for name in summary["touched"])  # fmt: skip
    fit = (
        f"{summary['sets']:,} sets of the prior; effective sample size "
        f"{summary['effective_sample_size']:,.0f}; the means of two halves "
        f"of the sweep lie at most {summary['halves_apart_in_prior_sds']:.2f} sds of the "
        f"prior apart. On {summary['sbc_truths']} synthetic "
        f"truths 90% intervals held the truth in {summary['sbc_cover90_mean']:.1%} on "
        f"average. Shuffled evidence contracts nothing by "
        f"more than {summary['contraction_null95']:.2f} in 19 of 20 cases. Above that: "
        f"{touched or 'nothing'}."
    )
    gain = (
        "Over all scored figures the log score of the fit, less that of the prior, is "
        + ", ".join(
            f"{apart:+.2f} a figure with the {left} left out (standard error {error:.2f})"
            for left, (apart, error) in found["gain of the fit"].items()
        )
    )
    return {
        "fit": fit,
        "kinds": f"{verdicts(found)}\n\n{gain}.",
        "figures": figures(found, LEFT_OUT),
        "fates": fates(found),
    }


def between(page: str, mark: str, text: str) -> str:
    """The page with a text between the marks of that name."""
    begin, end = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    before, after = page.index(begin) + len(begin), page.index(end)
    return f"{page[:before]}\n\n{text}\n\n{page[after:]}"


def filled(page: str, folder: Path | None = None) -> str:
    """The page with the rules, and what a calibration in `folder` found, between their marks."""
    page = between(page, "scoring", rules())
    page = between(page, "decides", decides())
    for mark, text in (results(folder) if folder else {}).items():
        page = between(page, mark, text)
    return page


if __name__ == "__main__":
    where = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), where), encoding="utf-8")
