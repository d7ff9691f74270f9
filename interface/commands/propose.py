"""`alliances propose TABLE`: which villages should ally with which, how, and with what money."""

from __future__ import annotations

import contextlib
import json
import re
import shlex
import signal
import threading
import time
from argparse import ArgumentParser, Namespace
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from village_alliances.interface import inputs, terminal
from village_alliances.interface.cli import FINE, INTERRUPTED, complain, terminated_like_interrupted
from village_alliances.wording import say
from village_alliances.wording.numbers import number, percent, quantity, scale

if TYPE_CHECKING:
    from village_alliances.experiments.propose.answer import Proposal
    from village_alliances.experiments.propose.search import Step
    from village_alliances.experiments.propose.task import Task
    from village_alliances.sim.problems import Text
    from village_alliances.sim.scenario import Scenario
    from village_alliances.sim.technology import ProjectType

OBJECTIVE, SIZE, RADIUS = "weak_villages_50k", "2-9", "8"
ROUNDS, FRESH = "3", "200"
CHECKPOINT = "search.npz"
SHOWN = 40  # alliances printed
PAUSE = 10.0  # seconds between lines that say that work goes on
NAMED = 10  # villages in a sentence
_SIZE = re.compile(r"(\d+)\s*[-–—~至到]\s*(\d+)")
_KM = re.compile(r"(\d+(?:\.\d+)?)\s*(?:km|公里|千米)?")


def arguments(parser: ArgumentParser, lang: str) -> None:
    """TABLE, what to attain with what money, what an alliance may be, how long to search, where to write."""
    from village_alliances.experiments.propose.objectives import PARTS

    names = ", ".join(PARTS)
    inputs.add_table(parser, lang)
    parser.add_argument(
        "--objective", default=OBJECTIVE, metavar="O", help=_help("objective", lang, names=names)
    )
    for name, default, metavar in (
        ("budget", "", "YUAN"),
        ("size", SIZE, "A-B"),
        ("radius", RADIUS, "KM"),
        ("strategies", "", "A,B"),
        ("grants", "", "A,B"),
    ):
        parser.add_argument(f"--{name}", default=default, metavar=metavar, help=_help(name, lang))
    for name in ("must", "never"):
        parser.add_argument(
            f"--{name}", action="append", default=[], metavar="A,B", help=_help(name, lang)
        )
    parser.add_argument(
        "--keep", choices=("existing",), default="", metavar="existing", help=_help("keep", lang)
    )
    parser.add_argument("--allow-unstable", action="store_true", help=_help("allow_unstable", lang))
    inputs.add_technology(parser, lang)
    inputs.add_luck(parser, lang)
    parser.add_argument(
        "--effort", default="", metavar="N", help=_help("effort", lang, default=ROUNDS)
    )
    parser.add_argument("--minutes", default="", metavar="M", help=_help("minutes", lang))
    parser.add_argument(
        "--runs", default=FRESH, metavar="N", help=_help("runs", lang, default=FRESH)
    )
    parser.add_argument("--workers", default="", metavar="N", help=say("cli.option.workers", lang))
    parser.add_argument(
        "--out",
        default="",
        metavar="DIR",
        help=say("cli.option.out", lang, default="out/TABLE-proposal"),
    )
    inputs.add_json(parser, lang)


def _help(name: str, lang: str, **values: str) -> str:
    return say(f"propose.option.{name}", lang, **values)


def run(options: Namespace) -> int:
    """Search, measure, write the files, print the answer."""
    with terminated_like_interrupted():
        return _run(options)


def _run(options: Namespace) -> int:
    lang = options.lang
    reader = inputs.Reader(options)
    scenario = reader.scenario()
    task = _task(reader, scenario) if scenario is not None else None
    rounds, runs = reader.whole("effort", 1, 1000), reader.whole("runs", 20, 100_000)
    threads, minutes = (
        reader.whole("workers", 1, inputs.MOST_THREADS),
        _figure(reader, "minutes", 0.0),
    )
    out = reader.folder(f"out/{scenario.name if scenario else 'table'}-proposal")
    if task is not None:
        _no_other_search(reader, out, task)
    reader.done()
    assert scenario is not None and task is not None
    from village_alliances.experiments.propose import propose
    from village_alliances.experiments.propose.county import Stopped
    from village_alliances.experiments.propose.notes import PLACES_ONLY, says_nothing_but_places
    from village_alliances.sim.ensemble import warm_up

    warm_up(lambda text: terminal.notice(text.split(" / ")[-1 if lang == "zh" else 0]))
    if says_nothing_but_places(task):
        terminal.notice(say("propose.places_only", lang, note=PLACES_ONLY[lang]))
    began = time.monotonic()
    with _Stop(lang) as stop:
        tell = _Told(lang)
        try:
            found = propose(
                task,
                rounds=rounds,
                fresh_runs=runs,
                threads=threads,
                checkpoint=out / CHECKPOINT,
                stop=stop.asked,
                enough=(lambda: time.monotonic() - began > 60 * minutes) if minutes else None,
                say=tell,
                measuring=tell.measuring,
            )
        except Stopped:
            complain(say("propose.too_early", lang))
            return INTERRUPTED
    from village_alliances.experiments.propose import report

    files = report.write(
        found, scenario, out, lang, command(options), beside=answer_files(found, scenario)
    )
    if options.json:
        print(found.json(), end="")
    else:
        print("\n".join(lines(found, scenario, lang)))
        named = [path.relative_to(out).as_posix() for path in files if path.parent == out] + [
            "figures/"
        ]
        print(
            "\n"
            + terminal.wrap(f"{say('cli.files', lang, folder=out)} {terminal.listed(named, lang)}")
        )
    return INTERRUPTED if found.hunt.stopped else FINE


# What was asked


def _task(reader: inputs.Reader, scenario: Scenario) -> Task | None:
    """The question of a command line; what cannot be read is noted. None if there is something wrong."""
    from village_alliances.experiments.propose.task import MUST, NEVER, SIZES, Task, problems
    from village_alliances.experiments.propose.task import RADIUS as KM
    from village_alliances.sim.problems import Text

    options = reader.options
    before = len(reader.problems)
    size = _SIZE.fullmatch(options.size.strip())
    if size is None:
        reader.wrong(
            f"--size: found '{options.size}'; expected two numbers such as 2-9",
            f"--size：发现“{options.size}”；应为两个数，如 2-9",
        )
    radius = _KM.fullmatch(options.radius.strip().lower())
    if radius is None:
        reader.wrong(
            f"--radius: found '{options.radius}'; expected kilometres such as 8 or 8km",
            f"--radius：发现“{options.radius}”；应为公里数，如 8 或 8km",
        )
    strategies = reader.strategies(options.strategies, scenario) if options.strategies else []
    grants = _figures(reader, "grants")
    must, never = _groups(reader, "must", MUST, scenario), _groups(reader, "never", NEVER, scenario)
    budget, levers, mode, seed = (
        _figure(reader, "budget", -1.0),
        reader.levers(),
        reader.mode(),
        reader.whole("seed", 0, inputs.BEST_SEED),
    )
    low, high = (int(size[1]), int(size[2])) if size else SIZES
    task = Task(
        scenario,
        options.objective,
        0.0,
        low=low,
        high=high,
        radius=float(radius[1]) if radius else KM,
        strategies=tuple(strategies),
        grants=tuple(grants),
        must=must,
        never=never,
        keep=bool(options.keep),
        allow_unstable=options.allow_unstable,
        seed=seed,
        mode=mode,
        levers=levers,
        types=_types(reader),
    )
    if len(reader.problems) > before and any("strateg" in problem for problem in reader.problems):
        return None
    task = task.within(budget if budget >= 0 else task.usual_budget)
    reader.problems += [Text(str(p), p.lang("zh")) for p in problems(task)]
    return task if len(reader.problems) == before else None


def _types(reader: inputs.Reader) -> tuple[ProjectType, ...]:
    """The project types of --technology, where it is given and can be used."""
    from village_alliances.sim.technology import read

    problems, path = len(reader.problems), reader.technology()
    return read(Path(path)) if path and len(reader.problems) == problems else ()


def _no_other_search(reader: inputs.Reader, out: Path, task: Task) -> None:
    """Note where the folder holds the unfinished search of another question: it would be lost."""
    from village_alliances.experiments.propose.memory import question_of

    checkpoint, answer = out / CHECKPOINT, out / "proposal.json"
    if not checkpoint.exists() or question_of(checkpoint) in ("", task.id):
        return
    if (
        not answer.exists()
        or answer.stat().st_mtime < checkpoint.stat().st_mtime
        or _stopped(answer)
    ):
        reader.wrong(
            f"--out {out}: holds the unfinished search of another question (other villages, conditions, money or seed); "
            f"name another folder, or delete {checkpoint.name} there to give that search up",
            f"--out {out}：其中有另一问题（村、条件、资金或种子不同）未完成的搜索；请换一个文件夹，或删除其中的 {checkpoint.name} 以放弃该搜索",
        )


def _stopped(answer: Path) -> bool:
    """Whether this proposal.json is that of a search that was stopped."""
    try:
        return bool(json.loads(answer.read_text(encoding="utf-8"))["hunt"]["stopped"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _figure(reader: inputs.Reader, name: str, blank: float) -> float:
    from village_alliances.experiments.requirement import figure_of

    text = str(getattr(reader.options, name)).strip()
    if not text:
        return blank
    try:
        value = figure_of(text)
    except ValueError:
        value = -1.0
    if not value >= 0:
        reader.wrong(
            f"--{name}: found '{text}'; expected a number, 0 or more",
            f"--{name}：发现“{text}”；应为不小于 0 的数",
        )
    return max(value, 0.0)


def _figures(reader: inputs.Reader, name: str) -> list[float]:
    from village_alliances.experiments.requirement import figure_of

    found = []
    for part in filter(
        None, (p.strip() for p in re.split("[,，、;；]", str(getattr(reader.options, name))))
    ):
        try:
            found.append(figure_of(part))
        except ValueError:
            reader.wrong(
                f"--{name}: found '{part}'; expected a number", f"--{name}：发现“{part}”；应为数字"
            )
    return found


def _groups(
    reader: inputs.Reader, name: str, said: Text, scenario: Scenario
) -> tuple[tuple[int, ...], ...]:
    """The groups of villages of an option that may be repeated; names that are not clear are noted."""
    from village_alliances.experiments.propose.task import groups_of

    found: list[tuple[int, ...]] = []
    for text in getattr(reader.options, name):
        groups, problems = groups_of(scenario, text, said)
        found += groups
        reader.problems += problems
    return tuple(found)


# While it runs


class _Stop:
    """Ctrl-C or a polite kill once: stop and keep the best so far; twice: leave at once."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.pressed = False

    def asked(self) -> bool:
        """Whether somebody wants it to stop."""
        return self.pressed

    def __enter__(self) -> _Stop:
        self.before: dict[int, Any] = {}
        if threading.current_thread() is threading.main_thread():
            self.before = {
                which: signal.signal(which, self._press)
                for which in (signal.SIGINT, signal.SIGTERM)
            }
        return self

    def __exit__(self, *_: object) -> None:
        for which, before in self.before.items():
            signal.signal(which, before)

    def _press(self, which: int, frame: FrameType | None) -> None:
        if self.pressed:
            raise KeyboardInterrupt
        self.pressed = True
        with contextlib.suppress(RuntimeError):  # it came while another line was being written
            complain(say("propose.stop_once", self.lang))


class _Told:
    """How the search goes, a line now and then on the error stream."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.first = True
        self.last = time.monotonic()
        self.done = -1

    def __call__(self, step: Step) -> None:
        """A step of the search."""
        if step.choice is None:
            if self._long_ago():
                self._note(
                    "probing", simulated=f"{step.simulated:,}", seconds=f"{step.seconds:.0f}"
                )
        elif self.first:
            self.first = False
            self._note("first", seconds=f"{step.seconds:.0f}", alliances=_allied(step))
        else:
            left = step.seconds / max(1, step.round) * max(0, step.rounds - step.round)
            self._note(
                "round", round=step.round, rounds=step.rounds, simulated=f"{step.simulated:,}",
                alliances=_allied(step), left=f"{left:.0f}",
            )  # fmt: skip

    def measuring(self, done: int, total: int) -> None:
        """A step of the measuring."""
        if done != self.done or self._long_ago():
            self.done = done
            self._note("measuring", done=done, total=total)

    def _long_ago(self) -> bool:
        return time.monotonic() - self.last >= PAUSE

    def _note(self, key: str, **values: Any) -> None:
        self.last = time.monotonic()
        terminal.notice(say(f"propose.{key}", self.lang, **values))


def _allied(step: Step) -> int:
    """Alliances of the best choice so far, villages funded singly aside."""
    return sum(len(c.members) > 1 for c in step.choice.candidates) if step.choice else 0


# The answer


def answer_files(p: Proposal, scenario: Scenario) -> dict[str, Any]:
    """proposal.csv (a row a village), alliances.csv, alternatives.toml and proposal.json, as `write_together` takes them."""
    import pandas as pd
    from village_alliances.experiments.files import write_csv

    home: dict[int, Any] = {m.position: (a, m) for a in p.alliances for m in a.members}
    home |= {one.position: (None, one) for one in p.funded}
    rows = []
    for site, shares in zip(p.sites, p.ensemble.villages, strict=True):
        a, m = home.get(site.position, (None, None))
        rows.append(
            {
                "village": site.village,
                "township": site.township,
                "alliance": site.alliance or "",
                "name": a.name["zh"] if a else "",
                "leads": m.leads if a else "",
                "strategy": a.strategy if a else "",
                "grant": (a.grant if a else site.grant) if m else "",
                "gain_mean": m.gain.mean if m else "",
                "gain_p05": m.gain.low if m else "",
                "gain_p95": m.gain.high if m else "",
                "loses": m.loses if m else "",
                "weak_alone": m.weak_alone if m else "",
                "weak": m.weak if m else "",
                "leaves": m.leaves if a else "",
                "quiet": m.quiet if a else "",
                "allied_share": shares.allied,
                "funded_share": shares.funded,
                "alone_share": shares.alone,
                "leads_share": shares.leads,
                "lon": site.lon,
                "lat": site.lat,
            }
        )
    groups = [
        {
            "alliance": a.number,
            "name": a.name["zh"],
            "members": "、".join(m.village for m in a.members),
            "lead": a.lead,
            "lead_share": a.lead_share,
            "strategy": a.strategy,
            "grant": a.grant,
            "years": p.years,
            "promised": a.cost,
            "paid_mean": a.spent.mean,
            "gain_mean": a.gain.mean,
            "gain_p05": a.gain.low,
            "gain_p95": a.gain.high,
            "any_loses": a.any_loses,
            "any_left": a.any_left,
            "any_quiet": a.any_quiet,
            "broken": a.broken,
            "together": a.together,
            "next_strategy": a.next_strategy.strategy if a.next_strategy else "",
            "next_better": 1 - a.next_strategy.better if a.next_strategy else "",
        }
        for a in p.alliances
    ]
    pairs = [
        {"village": one.villages[0], "other": one.villages[1], "together": one.share}
        for one in p.ensemble.pairs
    ]
    return {
        "proposal.csv": partial(write_csv, pd.DataFrame(rows)),
        "alliances.csv": partial(write_csv, pd.DataFrame(groups, columns=GROUP_COLUMNS)),
        "pairs.csv": partial(
            write_csv, pd.DataFrame(pairs, columns=["village", "other", "together"])
        ),
        "alternatives.toml": alternatives(p).encode(),
        "proposal.json": p.json().encode(),
    }


GROUP_COLUMNS = [
    "alliance", "name", "members", "lead", "lead_share", "strategy", "grant", "years", "promised", "paid_mean",
    "gain_mean", "gain_p05", "gain_p95", "any_loses", "any_left", "any_quiet", "broken", "together", "next_strategy",
    "next_better",
]  # fmt: skip


def alternatives(p: Proposal) -> str:
    """The alliances of the proposal and of near-best plans that differ, as `alliances compare --alternatives` reads them.

    Villages that are funded singly are no alliances and stand in proposal.csv.
    """
    from village_alliances.experiments.alternatives import text_of

    ours = [
        {"members": [m.village for m in a.members], "strategy": a.strategy, "grant": a.grant}
        for a in p.alliances
    ]
    parts = [("proposal", p.proposal.title, ours)]
    for at, other in enumerate(p.ensemble.alternatives, 1):
        allied = [one for one in other.plan if len(one["members"]) > 1]
        parts.append((f"other-{at}", other.measured.title, allied))
    return text_of(parts)


def command(options: Namespace) -> str:
    """The command that gives this proposal again."""
    words = ["alliances", "propose", options.table]
    for name in (
        "region",
        "start",
        "years",
        "objective",
        "budget",
        "size",
        "radius",
        "strategies",
        "grants",
        "technology",
        "keep",
        "seed",
        "parameters",
        "effort",
        "runs",
    ):
        if value := str(getattr(options, name) or ""):
            words += [f"--{name}", value]
    for name in ("must", "never", "lever"):
        for value in getattr(options, name):
            words += [f"--{name}", value]
    return shlex.join([*words, *(["--allow-unstable"] if options.allow_unstable else [])])


def lines(p: Proposal, scenario: Scenario, lang: str) -> list[str]:
    """The answer as it stands on the terminal."""
    last = scenario.start + scenario.years - 1
    title = scenario.title[lang]
    found = [
        terminal.wrap(
            say(
                "propose.header",
                lang,
                title=title,
                villages=scenario.size,
                first=scenario.start,
                last=last,
                objective=p.objective[lang],
                budget=quantity(p.budget, "yuan", lang),
                years=f"{p.years:g}",
                seed=p.question["seed"],
            )
        ),
        "",
    ]
    from village_alliances.experiments.propose import report

    found.append(terminal.wrap(report.summary(p, scenario, lang)))
    if p.alliances:
        found += ["", terminal.titled(say("propose.alliances", lang), lang), _alliances(p, lang)]
    if p.funded:
        found += ["", terminal.titled(say("propose.funded", lang), lang), _funded(p, lang)]
    found += [
        "",
        terminal.wrap(terminal.titled(say("propose.against", lang), lang)),
        _against(p, lang),
    ]
    for key, told in (("shared", report.shared(p, lang)), ("losers", report.losing(p, lang))):
        found += ["", terminal.titled(say(f"propose.{key}", lang), lang)]
        found += [terminal.wrap(f"- {text}") for text in told]
    h = p.hunt
    found += [
        "",
        terminal.wrap(
            say(
                "propose.search",
                lang,
                searched=_plain(h.in_search, p, lang),
                fresh=_plain(h.fresh, p, lang),
                error=_plain(h.fresh_error, p, lang),
                optimism=_plain(h.optimism, p, lang),
                gap=percent(h.gap),
            )
        ),
    ]
    found += [
        terminal.wrap(terminal.titled(say("propose.notes", lang), lang, note[lang]))
        for note in p.notes
    ]
    return found


def _plain(value: float, p: Proposal, lang: str) -> str:
    return quantity(value, p.unit, lang) if p.unit.startswith("yuan") else f"{value:.3g}"


def _alliances(p: Proposal, lang: str) -> str:
    by, word = scale([a.gain.high for a in p.alliances], "yuan/year", lang)
    money, said = scale([a.grant for a in p.alliances], "yuan", lang)
    heads = {
        key: say(f"propose.column.{key}", lang)
        for key in ("members", "strategy", "grant", "gain", "risk", "together")
    }
    rows: list[tuple[str, ...]] = [
        (
            "",
            heads["members"],
            heads["strategy"],
            f"{heads['grant']} ({said})",
            f"{heads['gain']} ({word})",
            heads["risk"],
            heads["together"],
        )
    ]
    for a in p.alliances[:SHOWN]:
        names = [a.lead, *(m.village for m in a.members if m.village != a.lead)]
        gain = f"{number(a.gain.mean, 'yuan/year', by=by)} [{number(a.gain.low, 'yuan/year', by=by)}, {number(a.gain.high, 'yuan/year', by=by)}]"
        rows.append(
            (
                str(a.number),
                terminal.listed(names, lang),
                a.title[lang],
                number(a.grant, "yuan", by=money),
                gain,
                percent(a.any_loses),
                percent(a.together),
            )
        )
    return terminal.table(rows, ">" + "<<>" + "<>>") + ("\n  …" if len(p.alliances) > SHOWN else "")


def _funded(p: Proposal, lang: str) -> str:
    shown = sorted(p.funded, key=lambda one: (-one.cost, one.position))
    by, word = scale([one.gain.high for one in shown], "yuan/year", lang)
    head = {
        key: say(f"propose.column.{key}", lang)
        for key in ("village", "grant_each", "promised", "gain_one")
    }
    rows: list[tuple[str, ...]] = [
        (head["village"], head["grant_each"], head["promised"], f"{head['gain_one']} ({word})")
    ]
    for one in shown[:SHOWN]:
        low, mean, high = (
            number(v, "yuan/year", by=by) for v in (one.gain.low, one.gain.mean, one.gain.high)
        )
        money = (quantity(v, "yuan", lang) for v in (one.grant, one.cost))
        rows.append((one.village, *money, f"{mean} [{low}, {high}]"))
    return terminal.table(rows, "<>><") + ("\n  …" if len(shown) > SHOWN else "")


def _against(p: Proposal, lang: str) -> str:
    shown = [p.proposal, *sorted(p.rivals, key=lambda r: -r.objective.gain.mean)]
    unit = p.unit if p.unit.startswith("yuan") else ""
    by, word = scale([m.objective.gain.high for m in shown], unit, lang)

    def figure(value: float) -> str:
        return number(value, unit, by=by) if unit else f"{value:.3g}"

    head = [
        say(f"propose.column.{key}", lang)
        for key in ("way", "money", "brings", "difference", "better")
    ]
    rows = [tuple(head[:2] + [f"{head[2]} ({word})" if unit else head[2]] + head[3:])]
    for m in shown:
        gain, less = m.objective.gain, m.objective.difference
        cells = [
            m.title[lang],
            quantity(m.cost.mean, "yuan", lang),
            f"{figure(gain.mean)} [{figure(gain.low)}, {figure(gain.high)}]",
        ]
        cells += (
            ["", ""]
            if m is p.proposal
            else [
                f"{figure(less.mean)} [{figure(less.low)}, {figure(less.high)}]",
                percent(m.objective.better),
            ]
        )
        rows.append(tuple(cells))
    return terminal.table(rows, "<><<>", 2)
