"""What stands between marks in docs/validation.md: `python docs/validation.py` writes the rules
of calibration/scoring.toml there, `python docs/validation.py DIR` also what `alliances calibrate
--out DIR` found, what `python -m village_alliances.calibration.second DIR` and `python -m
village_alliances.calibration.width DIR` wrote there, and where villages start. What a planner needs
of it goes into docs/zh/validation.md in Chinese."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from village_alliances.calibration import decisive, evidence, scores, starts, width
from village_alliances.calibration.fit import shipped
from village_alliances.sim.loading import load
from village_alliances.wording import say

LEFT_OUT = {
    "prior": "90% of the prior",
    "place left out": "without its place",
    "document left out": "without its document",
}
PAGE = Path(__file__).parent / "validation.md"
IN_CHINESE = PAGE.parent / "zh" / "validation.md"


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


def trust(results: dict[str, Any], lang: str = "en") -> str:
    """A row for each question that a planner has: may it be asked, and what that rests on."""
    words = partial(say, lang=lang)
    rows = [tuple(words(f"calibrate.trust.head_{head}") for head in ("question", "may", "why"))]
    for kind, may in results["asked"].items():
        body = results["kinds"]["place"].get(kind)
        why = words("calibrate.trust.unscored")
        if body is not None:
            why = because(may, body, words) + mended(kind, words)
        verdict = f"**{words(f'calibrate.trust.may_{VERDICTS[may]}')}**"
        rows.append((words(f"calibrate.trust.{kind}"), verdict, why))
    chance = f"{decisive.stored()[decisive.CHANCE][0]:.0%}"
    deaths = [fate["rates"]["alliance_death"] for fate in results["fates"]]
    least, most = f"{min(deaths):.0%}", f"{max(deaths):.0%}"
    for question, may, why in (
        ("better", "order", words("calibrate.trust.paired", chance=chance)),
        ("last", "no", words("calibrate.trust.ends", least=least, most=most)),
    ):
        verdict = f"**{words(f'calibrate.trust.may_{may}')}**"
        rows.append((words(f"calibrate.trust.{question}"), verdict, why))
    return table(rows)


VERDICTS = {True: "yes", False: "no", None: "unknown"}
WordedFor = Callable[..., str]


def table(rows: list[tuple[str, ...]]) -> str:
    """Rows, the first of them headings, as Markdown has them."""
    heads, *others = (f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([heads, "|---" * len(rows[0]) + "|", *others])


def because(may: bool | None, body: dict[str, Any], words: WordedFor) -> str:
    """What a verdict rests on, in words."""
    inside = round(body["holds"] * body["rows"])
    held = words("calibrate.trust.held", inside=inside, rows=body["rows"])
    if may is None:
        return words("calibrate.trust.few", held=held)
    skill = min(body["skill"].values())
    if may is False and skill > 0:
        return words("calibrate.trust.without_mended", held=held)
    verdict = "skilled" if skill > 0 else "unskilled"
    width = f"{body['width']:.1f}"
    return words(f"calibrate.trust.{verdict}", held=held, width=width, share=f"{abs(skill):.0%}")


def mended(kind: str, words: WordedFor) -> str:
    """How many figures of a kind have no say, in words."""
    rows = [name for name, row in scores.rules()["row"].items() if row["kind"] == kind]
    count = sum(scores.mended(name) for name in rows)
    return words("calibrate.trust.mended", count=count) if count else ""


PARTS = ("granted", "parameters", "region", "luck")


def widths(folder: Path, results: dict[str, Any], lang: str = "en") -> str:
    """Where the width of bands comes from: a sentence, then a row for each figure."""
    words = partial(say, lang=lang)
    body = json.loads((folder / width.FILE).read_text(encoding="utf-8"))
    scored = {row["name"]: row for row in results["scores"] if row["part"] == "place left out"}

    def to_one(value: float) -> str:
        return words("calibrate.trust.to_one", width=f"{value:.1f}")

    whole = results["kinds"]["place"]["all"]["width"]
    said = words(
        "calibrate.trust.widths",
        scored=f"{whole:.1f}",
        whole=f"{body['medians']['whole']:.1f}",
        aim=f"{width.AIM:g}",
        granted=f"{body['medians']['granted alone']:.1f}",
        silent=f"{max(row['silent'] for row in scored.values()):.0%}",
        **{
            f"without_{part}": f"{body['medians'][f'without {part}']:.1f}"
            for part in ("granted", "parameters", "luck")
        },
    )
    heads = ("figure", "scored", "silent", "speaks", *PARTS)
    rows = [tuple(words(f"calibrate.trust.head_{head}") for head in heads)]
    for name, each in body["parts"].items():
        row, title = scored[name], words(f"dashboard.predicted.{name}")
        shares = (f"{each[part] / sum(each[of] for of in PARTS):.0%}" for part in PARTS)
        speaks = to_one(each["width"])
        rows.append((title, to_one(row["width"]), f"{row['silent']:.0%}", speaks, *shares))
    median = words("calibrate.trust.median", rows=len(scored))
    rows.append((f"**{median}**", to_one(whole), "", to_one(body["medians"]["whole"]), *[""] * 4))
    without = [to_one(body["medians"][f"without {part}"]) for part in PARTS]
    rows.append((f"**{words('calibrate.trust.left_out')}**", "", "", "", *without))
    return f"{said}\n\n{table(rows)}"


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


def fates(results: dict[str, Any], lang: str = "en") -> str:
    """A row for each praised alliance: how often it is whole and together, and the four rates."""
    shares = ("whole", "whole_praised", "together", "together_praised")
    rates = ("leaving", "going_quiet", "project_death", "alliance_death")
    heads = ("alliance", "years", *shares, *rates)
    rows = [tuple(say(f"calibrate.trust.head_{head}", lang) for head in heads)]
    for fate in results["fates"]:
        name = load(fate["name"]).title[lang]
        parts = [f"{fate[share]:.0%}" for share in shares]
        rows.append(
            (name, str(fate["years"]), *parts, *(f"{fate['rates'][rate]:.1%}" for rate in rates))
        )
    return table(rows)


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


def decides_in_chinese() -> str:
    """`decides` without ranges and contraction, in Chinese."""
    quantities, words = decisive.known_quantities(), partial(say, lang="zh")
    heads = ("calibrate.head_name", "calibrate.head_share", "calibrate.head_kind")
    rows = [tuple(words(f"calibrate.{head}") for head in (*heads, "trust.head_measure"))]
    for name, (total, low, high) in decisive.stored().items():
        share = f"{total:.0%}（{low:.0%}–{high:.0%}）"
        if name == decisive.CHANCE:
            rows.append((words("calibrate.calibrate.chance"), share, "", ""))
            continue
        stands = decisive.grounds(
            quantities[name], lambda word: words(f"calibrate.calibrate.kind_{word}")
        )
        stands = stands.replace(", ", "、").replace(" (", "（").replace(")", "）")
        rows.append((quantities[name].zh, share, stands, decisive.to_measure(name).lang("zh")))
    return table(rows)


def in_chinese(page: str, folder: Path | None = None) -> str:
    """The Chinese page with what decides, and what a calibration in `folder` found, between
    their marks."""
    page = between(page, "decides", decides_in_chinese())
    if folder:
        body = json.loads((folder / "validation.json").read_text(encoding="utf-8"))
        page = between(page, "trust", trust(body, "zh"))
        page = between(page, "fates", fates(body, "zh"))
        if (folder / width.FILE).exists():
            page = between(page, "widths", widths(folder, body, "zh"))
    return page


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
    if (folder / width.FILE).exists():
        marks["widths"] = widths(folder, body)
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
    for path, made in ((PAGE, filled), (IN_CHINESE, in_chinese)):
        path.write_text(made(path.read_text(encoding="utf-8"), where), encoding="utf-8")
