"""What stands between marks in docs/validation.md: `python docs/validation.py` writes the rules
of calibration/scoring.toml there, `python docs/validation.py DIR` also what `alliances
calibrate --out DIR` found, what `python -m village_alliances.calibration.second DIR` said, and
where villages start."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from village_alliances.calibration import decisive, evidence, scores, starts
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
    body = scores.rules()
    lines = [f"- {rule['en']}" for rule in body["rule"]]
    lines += ["", "| design | granted (sd of the log) | why |", "|---|---|---|"]
    lines += [
        f"| {design.en} | {design.discrepancy:g} | {design.reason} |"
        for design in evidence.designs().values()
    ]
    lines += ["", "| scored figure | kind | place | design |", "|---|---|---|---|"]
    lines += [
        f"| {say(f'dashboard.predicted.{name}', 'en')} | {row['kind']} | {row['place']} "
        f"| {evidence.designs()[row['design']].en} |"
        for name, row in body["row"].items()
    ]
    lines += ["", "| left out whole | by | scored then |", "|---|---|---|"]
    lines += [
        f"| {group['en']} | {' and '.join(group['by'])} | {', '.join(group['rows'])} |"
        for group in body["group"].values()
    ]
    return "\n".join(lines)


QUESTIONS = {
    "income": "How much will villages take in, and gain?",
    "households": "What will villagers earn?",
    "jobs": "How many jobs will there be?",
    "sizes": "How many villages will an alliance have?",
    "diffusion": "How many villages will ally?",
    "survival": "Which alliances and projects will end?",
}
MAY = {True: "**yes**", False: "**no**", None: "**cannot be told**"}


def trust(results: dict[str, Any]) -> str:
    """A row for each question that a planner has: may it be asked, and what that rests on."""
    lines = ["| you ask | may you? | because |", "|---|---|---|"]
    for kind, may in results["asked"].items():
        body = results["kinds"]["place"].get(kind)
        why = "no figure of it is scored" if body is None else because(may, body) + mended(kind)
        lines.append(f"| {QUESTIONS[kind]} | {MAY[may]} | {why} |")
    chance = decisive.stored()[decisive.CHANCE][0]
    lines.append(
        "| Does an alliance do better than single villages with the same money? | **order, how often "
        "and by how much; not whether in your county** | both are run on the same draws, so errors of "
        f"level fall out; chance has a part in {chance:.0%} of what differs (see What decides) |"
    )
    ends = max(fate["rates"]["alliance_death"] for fate in results["fates"])
    lines.append(
        f"| Will this alliance last? | **no** | {ends:.0%} of alliances end in a year of the model, 4 to "
        "12% of cooperative bodies outside |"
    )
    return "\n".join(lines)


def because(may: bool | None, body: dict[str, Any]) -> str:
    """What a verdict rests on, in words."""
    inside = round(body["holds"] * body["rows"])
    held = f"{inside} of {body['rows']} figures never seen lie in the 90% band"
    if may is None:
        return f"{held}, too few for a verdict"
    skill = min(body["skill"].values())
    if may is False and skill > 0:
        return (
            f"{held}, but without figures whose reading was mended it knows no more than the naive"
        )
    better = f"{abs(skill):.0%} {'better' if skill > 0 else 'worse'}"
    rest = "than who knows only the region or the last value"
    return f"{held}, whose ends lie {body['width']:.1f} to 1 apart; at least {better} {rest}"


def mended(kind: str) -> str:
    """How many figures of a kind have no say, in words."""
    rows = [name for name, row in scores.rules()["row"].items() if row["kind"] == kind]
    count = sum(scores.mended(name) for name in rows)
    said = f"; {count} of them, whose reading was mended after a score was seen, have no say"
    return said if count else ""


def goals(results: dict[str, Any]) -> str:
    """What was wanted of the scores, and what came."""
    kinds = results["kinds"]["place"]
    lines = ["| wanted | came | reached |", "|---|---|---|"]
    for name in ("all", "income"):
        body = kinds[name]
        held = f"{body['holds']:.0%} ({body['holds_low']:.0%} to {body['holds_high']:.0%})"
        lines += [
            f"| 90% bands hold 80 to 95% of figures left out: {name} | {held} of {body['rows']} "
            f"| {tick(0.8 <= body['holds'] <= 0.95)} |",
            f"| median width under 8 to 1: {name} | {body['width']:.1f} to 1 "
            f"| {tick(body['width'] < 8)} |",
        ]
    for name in ("income", "jobs", "sizes", "survival"):
        body = kinds.get(name)
        if body is None:
            lines.append(
                f"| skill against both naive forecasters: {name} | no figure is left | no |"
            )
            continue
        skill = ", ".join(f"{body['skill'][who]:+.2f}" for who in scores.NAIVE)
        lines.append(
            f"| skill against both naive forecasters: {name} | {skill} "
            f"| {tick(results['asked'][name])} |"
        )
    for left, (apart, error) in results["gain of the fit"].items():
        lines.append(
            f"| posterior better than prior by log score, {left} left out | {apart:+.2f} a figure, "
            f"standard error {error:.2f} | {tick(apart > 2 * error)} |"
        )
    return "\n".join(lines)


def tick(reached: bool | None) -> str:
    """Whether it is reached, in a word."""
    return {True: "yes", False: "no", None: "too few figures"}[reached]


def second(folder: Path) -> str:
    """What a second seed of the fit said."""
    body = json.loads((folder / "second.json").read_text(encoding="utf-8"))
    sizes = " and ".join(f"{size:,.0f}" for size in body["effective_sample_sizes"])
    both = ", ".join(
        f"`{name}` ({' and '.join(f'{c:.2f}' for c in body['contraction'][name])})"
        for name in body["touched_by_both"]
    )
    single = ", ".join(
        f"`{name}` ({' and '.join(f'{c:.2f}' for c in body['contraction'][name])})"
        for name in body["touched_by_one"]
    )
    return (
        f"A second fit of {body['sets']:,} other sets with other luck (effective sample sizes {sizes}): "
        f"means lie {body['typical_in_prior_sds']:.3f} sds of the prior apart in the median and "
        f"{body['furthest_in_prior_sds']:.2f} at most (`{body['furthest']}`); "
        f"{body['beyond_two_errors']:.0%} of {body['uncertainties']} lie more than two standard errors "
        f"apart, where chance makes 5%. Touched by both, with the contraction of each: "
        f"{both or 'nothing'}. By one only: {single or 'nothing'}."
    )


def start_rows() -> str:
    """Where villages start, against what is reported."""
    lines = ["| quantity | reported | drawn |", "|---|---|---|"]
    lines += [f"| {what} | {stated} | {drawn} |" for what, stated, drawn in starts.rows()]
    return "\n".join(lines)


FROM = {"prior": "prior", "place": "fit without its place", "document": "fit without its document"}


def verdicts(results: dict[str, Any]) -> str:
    """Whether the model may be asked, by kind; then a row for each kind of quantity and where
    the forecast comes from."""
    lines = ["| kind | may it be asked? |", "|---|---|"]
    ask = {
        True: "yes",
        False: "no: no better than who knows next to nothing",
        None: "cannot be told: too few figures",
    }
    lines += [f"| {kind} | {ask[may]} |" for kind, may in results["asked"].items()]
    lines += [
        "",
        "| kind | draws from | figures | 90% band holds (95% interval) | width | says "
        "nothing | log score | interval score | CRPS | skill over the region's curve | "
        "over the last value |",
        "|---" * 11 + "|",
    ]
    for kind in results["kinds"]["prior"]:
        lines += [kind_row(kind, name, results["kinds"][part][kind]) for part, name in FROM.items()]
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


def figures(results: dict[str, Any], parts: dict[str, str]) -> str:
    """A row for each figure: stated, 90% of what each part (its name in the file -> its heading)
    says, and of the last part whether the figure lies inside."""
    rows = {
        part: {row["name"]: row for row in results["scores"] if row["part"] == part}
        for part in parts
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


def fates(results: dict[str, Any]) -> str:
    """A row for each praised alliance: how often it is whole and together, and the four rates."""
    lines = [
        "| alliance | years | whole: all runs | whole: runs that would be praised | "
        "together: all | together: praised | leave | go quiet | projects die | alliances "
        "end |",
        "|---" * 10 + "|",
    ]
    for result in results["fates"]:
        shares = (result[key] for key in ("whole", "whole_praised", "together", "together_praised"))
        rates = " | ".join(f"{result['rates'][rate]:.1%}" for rate in result["rates"])
        lines.append(
            f"| {LEFT[result['name']]} | {result['years']} | "
            f"{' | '.join(f'{s:.0%}' for s in shares)} | {rates} |"
        )
    return "\n".join(lines)


KINDS = {"same_quantity": "the same quantity", "analogy": "an analogy", "document": "documents"}


def decides() -> str:
    """A row for each of the most decisive uncertainties: its index, what it rests on and how
    nearly, and what would have to be measured."""
    quantities = decisive.known_quantities()
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
        quantity = quantities[name]
        said = shipped()["contraction"].get(name)
        contracted = "–" if said is None else f"{said:.2f}"
        stands = decisive.grounds(quantity, lambda word: KINDS.get(word, word))
        lines.append(
            f"| {quantity.en} (`{name}`) | {share} | {quantity.low:g} to {quantity.high:g} | {stands} | "
            f"{contracted} | {decisive.to_measure(name)} |"
        )
    return "\n".join(lines)


def results(folder: Path) -> dict[str, str]:
    """What a calibration found, by mark."""
    body = json.loads((folder / "validation.json").read_text(encoding="utf-8"))
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
            for left, (apart, error) in body["gain of the fit"].items()
        )
    )
    marks = {
        "trust": trust(body),
        "goals": goals(body),
        "starts": start_rows(),
        "fit": fit,
        "kinds": f"{verdicts(body)}\n\n{gain}.",
        "figures": figures(body, LEFT_OUT),
        "fates": fates(body),
    }
    if (folder / "second.json").exists():
        marks["second"] = second(folder)
    return marks


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
