"""Options that several commands share, and their reading: everything that is wrong is
said at once."""

from __future__ import annotations

import difflib
import os
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from village_alliances.interface.ranges import in_words
from village_alliances.sim.problems import Text
from village_alliances.sim.worded import joined, worded
from village_alliances.wording import say

if TYPE_CHECKING:
    from village_alliances.sim.own import OwnOutcome
    from village_alliances.sim.parameters import Quantity
    from village_alliances.sim.problems import Problem
    from village_alliances.sim.scenario import Scenario
    from village_alliances.sim.technology import ProjectType

MODES = ("point", "prior", "posterior")
MOST_YEARS, MOST_RUNS, MOST_THREADS = 100, 10_000_000, 256
BEST_SEED = 2**63 - 1
NAMES_SHOWN = 40  # of what may stand in a place
FEW_YUAN = 1000.0  # so little public money is asked back


class BadInput(ValueError):
    """Everything that is wrong with a command line. `advice`: what to do, said last."""

    def __init__(self, problems: Sequence[Text], advice: Text | None = None) -> None:
        super().__init__("; ".join(problems))
        self.problems = list(problems)
        self.advice = advice

    def message(self, lang: str) -> str:
        """All problems in `lang`, a line each, then the advice."""
        lines = [problem.lang(lang) for problem in self.problems]
        if len(lines) > 1:
            lines = [
                say("cli.problems", lang, count=len(lines)),
                *(f"  {line}" for line in lines),
            ]
        return "\n".join([*lines, *([self.advice.lang(lang)] if self.advice else [])])


def add_table(parser: ArgumentParser, lang: str, optional: bool = False) -> None:
    """TABLE, --region, --start, --years, --sheet, --column."""
    parser.add_argument(
        "table",
        metavar="TABLE",
        nargs="?" if optional else None,
        help=say("cli.option.table", lang),
    )
    for name in ("region", "start", "years"):
        parser.add_argument(
            f"--{name}", default="", metavar=name[0].upper(), help=say(f"cli.option.{name}", lang)
        )
    parser.add_argument("--sheet", default="", metavar="NAME", help=say("cli.option.sheet", lang))
    parser.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="HEADING=FIELD",
        help=say("cli.option.column", lang),
    )


def add_luck(parser: ArgumentParser, lang: str) -> None:
    """--seed, --mode, --lever."""
    parser.add_argument("--seed", default="1", metavar="K", help=say("cli.option.seed", lang))
    parser.add_argument(
        "--mode", default="", metavar="|".join(MODES), help=say("cli.option.mode", lang)
    )
    parser.add_argument(
        "--lever",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=say("cli.option.lever", lang),
    )


def add_json(parser: ArgumentParser, lang: str) -> None:
    """--json."""
    parser.add_argument("--json", action="store_true", help=say("cli.option.json", lang))


def add_workers(parser: ArgumentParser, lang: str) -> None:
    """--workers."""
    parser.add_argument("--workers", default="", metavar="N", help=say("cli.option.workers", lang))


def add_out(parser: ArgumentParser, lang: str, usual: str, key: str = "cli.option.out") -> None:
    """--out, with the folder that is usual; `key`: what it says of itself."""
    parser.add_argument("--out", default="", metavar="DIR", help=say(key, lang, default=usual))


def add_technology(parser: ArgumentParser, lang: str) -> None:
    """--technology."""
    parser.add_argument(
        "--technology", default="", metavar="FILE", help=say("cli.option.technology", lang)
    )


def add_single_run(parser: ArgumentParser, lang: str, strategy: str, usual: str) -> None:
    """--strategy, --technology, --run, luck, --out with the folder that is usual, --json: what a
    command asks for that tells a single run."""
    text = say("cli.option.strategy", lang, default=strategy)
    parser.add_argument("--strategy", default=strategy, metavar="S", help=text)
    add_technology(parser, lang)
    parser.add_argument(
        "--run", default="0", metavar="R", dest="number", help=say("cli.option.run", lang)
    )
    add_luck(parser, lang)
    add_out(parser, lang, usual)
    add_json(parser, lang)


class Reader:
    """Reads the options of one command line. Problems gather in `problems`;
    `done()` raises them together."""

    def __init__(self, options: Namespace) -> None:
        self.options = options
        self.problems: list[Text] = []
        self.cells: list[Problem] = []  # of the table, one by one
        self.warnings: list[str] = []

    def done(self) -> None:
        """Raise BadInput if anything was wrong."""
        if self.problems:
            raise BadInput(self.problems)

    def wrong(self, text: Text) -> None:
        """Note a problem."""
        self.problems.append(text)

    def whole(self, name: str, low: int, high: int, blank: int = 0) -> int:
        """A whole number within bounds; `blank` where the option was not given."""
        text = str(getattr(self.options, name)).strip()
        if not text:
            return blank
        try:
            value = int(text.replace("_", ""))
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            self.wrong(
                worded(
                    "problems.asked.whole_number_from", name=name, text=text, low=low, high=high
                ),
            )
            return low
        return value

    def share(self, name: str) -> float:
        """A number above 0 and up to 1."""
        text = str(getattr(self.options, name)).strip()
        try:
            value = float(text)
        except ValueError:
            value = 0.0
        if not 0 < value <= 1:
            self.wrong(
                worded("problems.asked.share", name=name, text=text),
            )
            return 1.0
        return value

    def mode(self) -> Any:
        """--mode, None where it was not given."""
        from village_alliances.sim.parameters import POSTERIOR

        text = self.options.mode
        own = os.environ.get("VILLAGE_ALLIANCES_POSTERIOR")
        if own and not POSTERIOR.exists():
            self.wrong(
                worded("problems.asked.village_alliances_posterior_file", own=own),
            )
        if text and text not in MODES:
            self.wrong(
                worded("problems.asked.parameters", text=text, modes=joined(MODES)),
            )
        elif text == "posterior" and not POSTERIOR.exists():
            self.wrong(
                worded("problems.asked.parameters_posterior_calibration_shipped"),
            )
        elif (text or "posterior") == "posterior" and POSTERIOR.exists():
            self._posterior()
        return text or None

    def _posterior(self) -> None:
        """Note what is wrong with the posterior that would be drawn from."""
        from village_alliances.sim import posterior
        from village_alliances.sim.problems import TableError

        try:
            posterior.checked()
        except TableError as error:
            self.wrong(Text(error.message("en"), error.message("zh")))

    def scenario(self) -> Scenario | None:
        """The TABLE with --region, --start, --years; None if it cannot be read
        (the problems are noted)."""
        from village_alliances.sim import loading, region
        from village_alliances.sim.files import there
        from village_alliances.sim.problems import TableError

        source, place = str(self.options.table), str(self.options.region).strip()
        start, years = self.whole("start", 1978, 2100), self.whole("years", 1, MOST_YEARS)
        if place and place not in region.names():
            self.wrong(
                worded("problems.asked.region", place=place, regions=joined(region.names())),
            )
            place = ""
        shipped = loading.names()
        path = Path(source)
        if source not in shipped and not there(path):
            near = difflib.get_close_matches(source, shipped, 3) or shipped
            self.wrong(
                worded(
                    "problems.asked.neither_scenario_nor_file", source=source, near=joined(near)
                ),
            )
            return None
        if source not in shipped and path.is_dir() and not (path / "scenario.toml").exists():
            self.wrong(
                worded("problems.asked.scenario_folder_holds_scenario", source=source),
            )
            return None
        try:
            scenario = loading.load(
                source,
                region=place,
                start=start,
                years=years,
                sheet=str(getattr(self.options, "sheet", "")),
                columns=self.columns(),
            )
        except TableError as error:
            self.problems.append(Text(error.message("en"), error.message("zh")))
            self.cells = error.problems
            return None
        if (source in shipped or path.is_dir()) and (place or start):
            self.warnings.append(say("cli.own_only", self.options.lang, name=scenario.name))
        if self.options.command != "check":  # which lists them all
            self._show_questions(scenario, source)
        return scenario

    def _show_questions(self, scenario: Scenario, source: str) -> None:
        """Say on the error stream how much of the table is doubtful, and the first of it."""
        from village_alliances.interface import terminal
        from village_alliances.interface.cli import complain

        doubts = scenario.table.warnings if scenario.table else []
        asked = [doubt for doubt in doubts if getattr(doubt, "severity", "") == "ask"]
        if asked:
            lang = self.options.lang
            first = asked[0].lang(lang)
            text = say("cli.questions", lang, count=len(asked), first=first, table=source)
            complain(terminal.wrap(text))

    def technology(self) -> str | None:
        """--technology: a file of project types that can be used, None where it was not given;
        all that is wrong is noted."""
        from village_alliances.sim import technology

        path = str(self.options.technology).strip()
        if not path:
            return None
        try:
            technology.read(Path(path))
        except technology.TechnologyError as error:
            messages = (error.message(lang).split("\n") for lang in ("en", "zh"))
            for en, zh in zip(*messages, strict=True):
                self.wrong(worded("problems.inputs.technology", problem=Text(en, zh)))
        return path

    def types(self) -> tuple[ProjectType, ...]:
        """The project types of --technology; none where it was not given or cannot be used."""
        from village_alliances.sim.technology import read

        problems, path = len(self.problems), self.technology()
        return read(Path(path)) if path and len(self.problems) == problems else ()

    def columns(self) -> dict[str, str]:
        """--column HEADING=FIELD: what a heading of the own table means;
        fields in English or Chinese."""
        from village_alliances.sim.fields import FIELDS

        names = {word: field.name for field in FIELDS for word in (field.name, field.zh)}
        columns = {}
        for text in getattr(self.options, "column", []):
            heading, _, name = text.replace("＝", "=").rpartition("=")
            if heading.strip() and name.strip() in names:
                columns[heading.strip()] = names[name.strip()]
                continue
            near = difflib.get_close_matches(name.strip(), names, 3) or [f.name for f in FIELDS]
            self.wrong(
                worded("problems.asked.column_heading_field_field", text=text, near=joined(near)),
            )
        return columns

    def levers(self) -> dict[str, float]:
        """--lever name=value, checked against bounds; 万 and 亿 are understood."""
        from village_alliances.sim.parameters import levers

        ranges = {name: (lever, lever.low, lever.high) for name, lever in levers().items()}
        return self.named("lever", ranges)

    def fixed(self, types: str | None) -> dict[str, float]:
        """--parameter name=value: parameters and numbers of project types, within what
        is possible."""
        from village_alliances.sim.parameters import parameters
        from village_alliances.sim.technology import TechnologyError, read
        from village_alliances.sim.uncertain import numbers_of_types

        try:
            known_types = read(Path(types) if types else None)
        except TechnologyError:  # said where the file is read
            known_types = read(None)
        every = {**parameters(), **numbers_of_types(known_types)}
        return self.named(
            "parameter", {name: (quantity, *quantity.bounds) for name, quantity in every.items()}
        )

    def named(
        self, option: str, ranges: Mapping[str, tuple[Quantity, float, float]]
    ) -> dict[str, float]:
        """--OPTION name=value of known quantities, each between two bounds."""
        from village_alliances.experiments.requirement import figure_of

        values = {}
        for text in getattr(self.options, option):
            name, equals, value = (part.strip() for part in text.replace("＝", "=").partition("="))
            if not equals or name not in ranges:
                near = difflib.get_close_matches(name, ranges, 3) or list(ranges)[:NAMES_SHOWN]
                self.wrong(
                    worded(
                        "problems.asked.name_value_name_among",
                        option=option,
                        text=text,
                        near=joined(near),
                    ),
                )
                continue
            quantity, low, high = ranges[name]
            try:
                number = figure_of(value)
            except ValueError:
                number = float("nan")
            if option == "lever" and quantity.unit.startswith("yuan"):
                self.in_yuan(f"{option} {name}", value, number)
            if not low <= number <= high:
                span = Text(*(in_words(quantity, low, high, lang) for lang in ("en", "zh")))
                self.wrong(
                    worded(
                        "problems.asked.bounds", option=option, name=name, value=value, span=span
                    ),
                )
                continue
            values[name] = number
        return values

    def in_yuan(self, name: str, text: str, value: float) -> None:
        """Ask back where public money reads as a few yuan: whoever counts in 万 writes 100 for a
        million."""
        if 0 < value < FEW_YUAN and text.strip().replace(".", "", 1).isdecimal():
            self.wrong(worded("problems.asked.few_yuan", name=name, text=text.strip()))

    def outcomes(self) -> dict[str, OwnOutcome]:
        """--outcomes: a Python file of outcomes of one's own; what is wrong with it is noted."""
        from village_alliances.sim.own import outcomes_of
        from village_alliances.sim.problems import TableError

        path = str(self.options.outcomes).strip()
        try:
            return outcomes_of(path or None)
        except TableError as error:
            self.problems.append(Text(error.message("en"), error.message("zh")))
        except ValueError as error:
            self.wrong(worded("problems.asked.outcomes", error=error))
        return {}

    def rivals(self) -> tuple[str, ...]:
        """--rivals in the order of RIVALS, all where none is named; --no-rivals for none."""
        from village_alliances.sim.rivals import RIVALS

        named = [] if self.options.no_rivals else self.options.rivals.split(",")
        names = [name.strip() for name in named if name.strip()]
        for name in names:
            if name not in RIVALS:
                self.wrong(worded("problems.asked.rival", name=name, there_are=joined(RIVALS)))
        if self.options.no_rivals or names:
            return tuple(name for name in RIVALS if name in names)
        return RIVALS

    def strategies(self, text: str, scenario: Scenario | None) -> list[str]:
        """Strategies as `experiments.compare` takes them, each looked at;
        twice the same is a problem."""
        lines, seen = [], set()
        for part in split_strategies(text):
            label = self.strategy(part, scenario)
            if not label:
                continue
            if label in seen:
                self.wrong(worded("problems.asked.strategy_named_twice", label=label))
            seen.add(label)
            lines.append(called(part))
        if not lines and not self.problems:
            self.wrong(worded("problems.asked.strategies_name_least_strategy"))
        return lines

    def strategy(self, text: str, scenario: Scenario | None) -> str:
        """The label of one strategy, '' if it cannot be read (the problem is noted)."""
        from village_alliances.sim import strategy

        name = called(text)
        try:
            if name == strategy.DOCUMENTED:
                if scenario is None:
                    return name
                from village_alliances.sim.scenario import documented

                documented(scenario)
                return name
            return strategy.read_strategy(name).name
        except strategy.StrategyError as error:
            self.problems.append(Text(error.message("en"), error.message("zh")))
            return ""

    def requirements(self) -> Any:
        """--require."""
        return self.bounds(self.options.require)

    def bounds(self, text: str) -> Any:
        """Bounds on outcomes, such as gain_mean<=0."""
        from village_alliances.experiments.requirement import RequirementError, requirements

        try:
            return requirements(text)
        except RequirementError as error:
            self.problems += error.problems
            return ()

    def folder(self, default: str) -> Path:
        """--out, made if need be, so that a run is not lost for want of a place to write."""
        out = Path(self.options.out or default)
        self.writable(out, "--out")
        return out

    def writable(self, folder: Path, option: str) -> None:
        """Note where a folder that an option writes to cannot be written to. Not looked
        at after other problems."""
        if self.problems:
            return
        from village_alliances.sim.files import CannotWrite, can_write

        try:
            can_write(folder)
        except CannotWrite as error:
            self.wrong(Text(f"{option} {error.message('en')}", f"{option} {error.message('zh')}"))


def called(text: str) -> str:
    """The name of a shipped strategy that somebody wrote by its Chinese or English title;
    else the text as it stands."""
    from village_alliances.sim import strategy

    for name in strategy.names():
        if text.strip().casefold() in {
            title.casefold() for title in strategy.shipped(name).title.values()
        }:
            return name
    return text.strip()


def split_strategies(text: str) -> list[str]:
    """The strategies of a list: separated by semicolons where there is one, else by commas. A
    file's name may hold a colon."""
    text = text.replace("；", ";").replace("，", ",").replace("：", ":")
    parts = text.split(";" if ";" in text else ",")
    return [part.strip() for part in parts if part.strip()]
