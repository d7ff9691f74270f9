"""What stands between marks in docs/validation.md: `python docs/validation.py` writes the rules of calibration/scoring.toml there,
`python docs/validation.py DIR` also what `alliances calibrate --out DIR` found."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from village_alliances.calibration import decisive, evidence, scores
from village_alliances.sim.parameters import Quantity
from village_alliances.wording import say

PAGE = Path(__file__).parent / "validation.md"
LEFT = {"zibo": "Zibo", "jinxi": "Jinxi", "tengtou": "Tengtou", "chunhu": "Chunhu", "zhujiahu": "Zhujiahu"}  # fmt: skip


def rules() -> str:
    """Rules, what each design is granted, what is scored and what is not, and what a fit leaves out whole."""
    told = scores.rules()
    lines = [f"- {rule['en']}" for rule in told["rule"]]
    lines += ["", "| design | granted (sd of the log) | why |", "|---|---|---|"]
    lines += [
        f"| {one.en} | {one.discrepancy:g} | {one.reason} |" for one in evidence.designs().values()
    ]
    lines += ["", "| held-out figure | kind | place | scored |", "|---|---|---|---|"]
    lines += [
        f"| {name} | {row['kind']} | {row['place']} | {'yes' if row['scored'] else 'no: ' + row['why_not']} |"
        for name, row in told["row"].items()
    ]
    lines += ["", "| left out whole | by | scored then |", "|---|---|---|"]
    lines += [
        f"| {group['en']} | {group['by']} | {', '.join(group['rows'])} |"
        for group in told["group"].values()
    ]
    return "\n".join(lines)


def verdicts(found: dict[str, Any]) -> str:
    """A row for each kind of quantity and forecaster: prior and posterior."""
    heads = "| kind | draws from | figures | 90% band holds (95% interval) | width | log score | CRPS | skill over the region's curve | over the last value | may it be asked? |"  # noqa: E501
    lines = [heads, "|---" * 10 + "|"]
    for kind in found["kinds"]:
        for who, table in (("prior", "prior kinds"), ("posterior", "kinds")):
            lines.append(kind_row(kind, who, found[table][kind]))
    return "\n".join(lines)


def kind_row(kind: str, who: str, body: dict[str, Any]) -> str:
    """A kind's scores."""
    skill = [body["skill"].get(name) for name in scores.NAIVE]
    told = ["–" if value is None else f"{value:+.2f}" for value in skill]
    ask = {True: "yes", False: "no", None: "cannot be told"}[body["answers"]]
    return (
        f"| {kind} | {who} | {body['rows']} | {body['holds']:.0%} ({body['holds_low']:.0%}–{body['holds_high']:.0%}) | "
        f"{body['width']:.1f} to 1 | {body['log']:.2f} | {body['crps']:.2f} | {' | '.join(told)} | {'' if kind == 'all' else ask} |"
    )


def figures(found: dict[str, Any], part: str, beside: str = "") -> str:
    """A row for each figure of a part: stated, 90% of predictions (beside those of another part), and whether it lies inside."""
    others = {row["name"]: row for row in found["scores"] if row["part"] == beside}
    lines = [
        f"| figure | stated | {'90% of the prior | ' if beside else ''}90% of predictions | place | |",
        "|---" * (6 if beside else 5) + "|",
    ]
    for row in found["scores"]:
        if row["part"] != part:
            continue
        other = f"{span(others[row['name']])} | " if beside else ""
        said = "inside" if row["in90"] else row["miss"]
        name = say(f"dashboard.predicted.{row['name']}", "en")
        lines.append(
            f"| {name} | {short(row['stated'])} | {other}{span(row)} | {row['place']:.2f} | {said} |"
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
        "| alliance | years | whole: all runs | whole: runs that would be praised | together: all | together: praised | leave | go quiet | projects die | alliances end |",  # noqa: E501
        "|---" * 10 + "|",
    ]
    for one in found["fates"]:
        shares = (one[key] for key in ("whole", "whole_praised", "together", "together_praised"))
        rates = " | ".join(f"{one['rates'][rate]:.1%}" for rate in one["rates"])
        lines.append(
            f"| {LEFT[one['name']]} | {one['years']} | {' | '.join(f'{s:.0%}' for s in shares)} | {rates} |"
        )
    return "\n".join(lines)


def decides(summary: dict[str, Any]) -> str:
    """A row for each of the most decisive uncertainties: what it is, what it rests on and how nearly."""
    known = decisive.known_quantities()
    lines = ["| uncertainty | part of the variance | range | rests on | contraction |", "|---" * 5 + "|"]  # fmt: skip
    for name, share in summary["decides"].items():
        one = known[name]
        said = summary["contraction"].get(name)
        contracted = "–" if said is None else f"{said:.2f}"
        lines.append(
            f"| {one.en} (`{name}`) | {share:.1%} | {one.low:g} to {one.high:g} | {grounds(one)} | {contracted} |"
        )
    return "\n".join(lines)


def grounds(one: Quantity) -> str:
    """What a number rests on, rows from outside with their grades."""
    if not one.evidence:
        return "assumption"
    rows = [evidence.named(id) for id in one.evidence]
    outside = sorted({row.grade.replace("_", " ") for row in rows if isinstance(row, evidence.Outside)})  # fmt: skip
    found = [f"outside ({', '.join(outside)})"] if outside else []
    return ", ".join(["documents"] * any(isinstance(r, evidence.Figure) for r in rows) + found)


def results(folder: Path) -> dict[str, str]:
    """What a calibration found, by mark."""
    found = json.loads((folder / "validation.json").read_text(encoding="utf-8"))
    summary = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
    apart, error = found["gain of the fit"]
    touched = ", ".join(f"`{name}` ({summary['contraction'][name]:.2f})" for name in summary["touched"])  # fmt: skip
    fit = (
        f"{summary['sets']:,} sets of the prior; effective sample size {summary['effective_sample_size']:,.0f}; the means of two halves "
        f"of the sweep lie at most {summary['halves_apart_in_prior_sds']:.2f} sds of the prior apart. On {summary['sbc_truths']} synthetic "
        f"truths 90% intervals held the truth in {summary['sbc_cover90_mean']:.1%} on average. Shuffled evidence contracts nothing by "
        f"more than {summary['contraction_null95']:.2f} in 19 of 20 cases. Above that: {touched or 'nothing'}."
    )
    gain = f"Over all scored figures the posterior's log score is {apart:+.2f} a figure against the prior's (standard error {error:.2f})."
    return {
        "fit": fit,
        "kinds": verdicts(found) + "\n\n" + gain,
        "fitted": figures(found, "left out"),
        "figures": figures(found, "held out", "held out, prior"),
        "fates": fates(found),
        "decides": decides(summary),
    }


def between(page: str, mark: str, text: str) -> str:
    """The page with a text between the marks of that name."""
    begin, end = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    before, after = page.index(begin) + len(begin), page.index(end)
    return f"{page[:before]}\n\n{text}\n\n{page[after:]}"


def filled(page: str, folder: Path | None = None) -> str:
    """The page with the rules, and what a calibration in `folder` found, between their marks."""
    page = between(page, "scoring", rules())
    for mark, text in (results(folder) if folder else {}).items():
        page = between(page, mark, text)
    return page


if __name__ == "__main__":
    where = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), where), encoding="utf-8")
