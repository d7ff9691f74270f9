"""Tables of a comparison on the terminal: outcomes, rivals, projects, parts of the gain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from village_alliances.interface import terminal
from village_alliances.wording import bracketed, closed, grouped, listed, say, table, titled
from village_alliances.wording.numbers import number, percent, quantities, quantity, roughly, scale

if TYPE_CHECKING:
    import pandas as pd
    from village_alliances.experiments.comparison import Comparison
    from village_alliances.sim.metrics import Outcome

PROJECTS_SHOWN = 5  # of a strategy


def outcomes(c: Comparison, lang: str) -> str:
    """Main outcomes, a block each: level by strategy, paired difference to the baseline, mean
    difference with its error, share better."""
    from village_alliances.calibration.asked import difference_is_told, level_is_told
    from village_alliances.sim.metrics import MAIN

    errors = c.precision.set_index(["strategy", "outcome"])
    head = (
        "",
        say("cli.compare.level", lang),
        say("cli.compare.difference", lang, baseline=c.title(c.baseline, lang)),
        say("cli.compare.mean_difference", lang),
        say("cli.compare.error", lang),
        say("cli.compare.better", lang),
    )
    rows: list[tuple[str, ...]] = [head]
    for name in (*MAIN, *c.own):
        outcome = c.about(name)
        block = c.table[c.table.outcome == name]
        by, word = scale([*block["median"], *block.p05, *block.p95], outcome.unit, lang)
        title = _with_unit(outcome_title(outcome, lang), word, lang)
        if not difference_is_told(name):
            rows.append((say("cli.compare.not_told", lang, outcome=title), "", "", "", "", ""))
            continue
        rows.append((title, "", "", "", "", ""))
        by_difference, smaller = scale(
            [*block.diff_median, *block.diff_p05, *block.diff_p95], outcome.unit, lang
        )
        unit = "" if by_difference == by else smaller.partition("/")[0]
        for row in block.itertuples():
            level = _spread(row.median, row.p05, row.p95, outcome.unit, by, lang, signed=False)
            if not level_is_told(name):
                level = "–"
            if row.strategy == c.baseline:
                rows.append(
                    (
                        f"  {c.title(row.strategy, lang)}",
                        level,
                        say("cli.compare.baseline", lang),
                        "",
                        "",
                        "",
                    )
                )
                continue
            row_errors = errors.loc[(row.strategy, name)]
            same = (row.median, row.p05, row.p95) == (row.diff_median, row.diff_p05, row.diff_p95)
            beside = f" {unit}" if unit else ""
            spread = _spread(
                row.diff_median,
                row.diff_p05,
                row.diff_p95,
                outcome.unit,
                by_difference,
                lang,
                signed=True,
                word=unit,
            )
            rows.append(
                (
                    f"  {c.title(row.strategy, lang)}",
                    level,
                    say("cli.compare.same", lang) if same else spread,
                    _fine(
                        row_errors.mean_difference, outcome.unit, by_difference, lang, signed=True
                    )
                    + beside,
                    _fine(row_errors.se_mean, outcome.unit, by_difference, lang) + beside,
                    percent(row.p_better),
                )
            )
    return _blocks(rows)


def outcome_title(outcome: Outcome, lang: str) -> str:
    """What an outcome is, said so that it stands by itself."""
    alone = table("cli.compare.outcome").get(outcome.name)
    return alone[lang] if alone else outcome.zh if lang == "zh" else outcome.en


def _with_unit(label: str, word: str, lang: str) -> str:
    if not word or (lang == "en" and word in label):
        return label
    return f"{label}（{word}）" if lang == "zh" else f"{label}, {word}"


def _blocks(rows: Sequence[tuple[str, ...]]) -> str:
    """Rows as a table whose one-cell rows do not widen the first column."""
    cells = [row if any(row[1:]) else ("", *row[1:]) for row in rows]
    lines = terminal.table(cells, "<<<>>>").split("\n")
    return "\n".join(
        line if any(row[1:]) else row[0] for row, line in zip(rows, lines, strict=True)
    )


def _spread(
    median: float,
    low: float,
    high: float,
    unit: str,
    by: float,
    lang: str,
    *,
    signed: bool,
    word: str = "",
) -> str:
    middle, *ends = (
        number(value, unit, lang, signed=signed, by=by) for value in (median, low, high)
    )
    return f"{middle} {word}".rstrip() + f" [{ends[0]}, {ends[1]}]"


def _fine(value: float, unit: str, by: float, lang: str, *, signed: bool = False) -> str:
    """A mean or an error: counts with two decimals, for means are rarely whole; shares
    with four."""
    if unit.startswith("yuan"):
        return number(value, unit, lang, signed=signed, by=by)
    decimals = 4 if unit in ("0..1", "nats") else 2
    return grouped(value, lang, f"{'+' if signed else ''}.{decimals}f")


def rivals(c: Comparison, lang: str) -> str:
    """Each strategy against each use of the same money: paired difference of the gain of weak
    villages, and share of runs better."""
    from village_alliances.experiments.answer.evidence import OUTCOME

    against = c.against[c.against.outcome == OUTCOME]
    by, word = scale(
        [*against.diff_median, *against.diff_p05, *against.diff_p95], "yuan/year", lang
    )
    short = say(f"cli.compare.short.{OUTCOME}", lang)
    rows: list[tuple[str, ...]] = [
        ("", _with_unit(short, word, lang), say("cli.compare.better", lang))
    ]
    for label in dict.fromkeys(against.strategy):
        rows.append((f"  {c.title(label, lang)}", "", ""))
        for row in against[against.strategy == label].itertuples():
            spread = _spread(
                row.diff_median, row.diff_p05, row.diff_p95, "yuan/year", by, lang, signed=True
            )
            name = say(f"compare.rival.{row.rival}", lang)
            rows.append((f"    {name}", spread, percent(row.p_better)))
    return terminal.table(rows, "<<>")


def projects(c: Comparison, lang: str) -> str:
    """What alliances begin, the most often begun first; nothing where nobody allies."""
    from village_alliances.experiments.answer.comparison import BEGUN, projects_of

    again = {label for _, *others in c.same for label in others}
    suffix = "_zh" if lang == "zh" else ""
    keys = ("begun", "price", "yearly", "jobs")
    rows: list[tuple[str, ...]] = [("", *(say(f"report.column.{key}", lang) for key in keys))]
    for label in c.strategies:
        if label in again or c.ensembles[label].portfolio.idle:
            continue
        by_strategy = projects_of(c, label)
        by_strategy = by_strategy[by_strategy["begun"] >= BEGUN].sort_values(
            "begun", ascending=False
        )
        if len(by_strategy):
            rows.append((f"  {c.title(label, lang)}", "", "", "", ""))
        often = by_strategy.head(PROJECTS_SHOWN)
        money = (quantities(often[name], "yuan", lang) for name in ("cost", "yearly"))
        for row, cost, yearly in zip(often.to_dict("records"), *money, strict=True):
            jobs = "-" if row["jobs"] != row["jobs"] else f"{row['jobs']:.0f}"
            name = f"    {row[f'title{suffix}']}"
            rows.append((name, percent(row["begun"]), cost, yearly, jobs))
    return terminal.table(rows, "<>>>>") if len(rows) > 1 else ""


def satisfied(c: Comparison, lang: str) -> str:
    """Requirements by strategy."""
    from village_alliances.sim.metrics import BY_NAME

    assert c.satisfied is not None
    wide = c.satisfied.pivot(index="requirement", columns="strategy", values="share")
    words = {
        str(r): f"{outcome_title(BY_NAME[r.outcome], lang)} {r.sign_in_words} "
        f"{quantity(r.value, BY_NAME[r.outcome].unit, lang)}"
        for r in c.require
    }
    words["all"] = say("cli.compare.all_of_them", lang)
    rows = [("", *(c.title(label, lang) for label in c.strategies))]
    rows += [
        (f"  {word}", *(percent(float(wide.loc[key, label])) for label in c.strategies))
        for key, word in words.items()
    ]
    return terminal.table(rows, "<" + ">" * len(c.strategies))


def parts(c: Comparison, lang: str) -> str:
    """Where the gain of weak villages comes from, by strategy: mean with its error."""
    return _by_strategy(c, c.parts, lambda row: say(f"compare.part.{row.part}", lang), lang)


def institutions(c: Comparison, lang: str) -> str:
    """What institutions add over the plainest ones, by strategy: mean with its error."""
    from village_alliances.experiments.wording import choice

    def named(row: Any) -> str:
        name = say(f"compare.institution.{row.institution}", lang)
        value = choice(row.institution, row.value, lang)
        return titled(name, lang, value) if value else name

    return _by_strategy(c, c.institutions, named, lang)


def _by_strategy(
    c: Comparison, frame: pd.DataFrame | None, named: Callable[[Any], str], lang: str
) -> str:
    """A line for each row of `frame` under its strategy: what `named` calls it, mean and error."""
    assert frame is not None
    rows: list[tuple[str, ...]] = []
    for label in dict.fromkeys(frame.strategy):
        rows.append((f"  {c.title(label, lang)}", "", ""))
        for row in frame[frame.strategy == label].itertuples():
            rows.append((f"    {named(row)}", *_mean_and_error(row.mean, row.error, lang)))
    return terminal.table(rows, "<><")


def _mean_and_error(mean: float, error: float, lang: str) -> tuple[str, str]:
    """A mean and its standard error; no mean that is within two of them, for as
    much is found by chance."""
    clear = abs(mean) > 2 * error
    words = (
        quantity(mean, "yuan/year", lang, signed=True)
        if clear
        else say("cli.compare.unclear", lang)
    )
    return words, bracketed(f"±{quantity(error, 'yuan', lang)}", lang).strip()


def runs_needed(c: Comparison, lang: str) -> str:
    """How many runs would know the verdict's difference better, where that is more than
    were run."""
    from village_alliances.experiments.answer.evidence import OUTCOME
    from village_alliances.sim.metrics import BY_NAME

    frame: pd.DataFrame = c.precision[
        (c.precision.outcome == OUTCOME) & (c.precision.runs_needed > c.runs)
    ]
    if frame.empty:
        return ""
    worst = frame.loc[frame.runs_needed.idxmax()]
    share = percent(float(worst.within / abs(worst.mean_difference)))
    label = outcome_title(BY_NAME[OUTCOME], lang)
    runs = roughly(worst.runs_needed, lang)
    return closed(say("cli.compare.runs_needed", lang, outcome=label, share=share, runs=runs))


def drawn(c: Comparison, lang: str) -> str:
    """The columns of the village table that each run fills anew."""
    from village_alliances.experiments.imputation import column_title

    texts = []
    for row in c.imputed.itertuples():
        if row.known == c.scenario.size:
            continue
        bounded = say("cli.compare.bounded", lang, bounded=row.bounded) if row.bounded else ""
        total = (
            say("cli.compare.total", lang, total=number(row.total, "", lang))
            if row.total == row.total
            else ""
        )
        title = column_title(row.column, lang)
        texts.append(
            say(
                "cli.compare.partly",
                lang,
                column=title,
                drawn=row.drawn,
                size=c.scenario.size,
                bounded=bounded,
                total=total,
            )
        )
    return listed(texts, lang) or say("compare.verdict.nothing", lang)
