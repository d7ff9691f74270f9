"""Comparing: what `compare` and `inquire` ask alike, and the runs that answer it."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from village_alliances.interface import inputs, terminal
from village_alliances.wording import say

if TYPE_CHECKING:
    from village_alliances.experiments.comparison import Comparison
    from village_alliances.sim.scenario import Scenario

STRATEGIES = "none,strong_leads_weak,industry_chain,area_integration"


def add_question(parser: ArgumentParser, lang: str, runs: str) -> None:
    """TABLE, --strategies, --runs, luck, project types."""
    inputs.add_table(parser, lang)
    parser.add_argument(
        "--strategies",
        default="",
        metavar="A,B",
        help=say("cli.option.strategies", lang, default=STRATEGIES),
    )
    parser.add_argument(
        "--runs", default=runs, metavar="N", help=say("cli.option.runs", lang, default=runs)
    )
    inputs.add_luck(parser, lang)
    inputs.add_technology(parser, lang)


def settings(reader: inputs.Reader) -> dict[str, Any]:
    """Runs, luck, levers, project types and threads, as `compare` takes them."""
    return {
        "runs": reader.whole("runs", 1, inputs.MOST_RUNS),
        "seed": reader.whole("seed", 0, inputs.BEST_SEED),
        "mode": reader.mode(),
        "levers": reader.levers(),
        "types": reader.technology(),
        "threads": reader.whole("workers", 1, inputs.MOST_THREADS),
    }


def simulated(
    scenario: Scenario, strategies: Sequence[Any], lang: str, **question: Any
) -> Comparison:
    """The comparison; how far it is stands on the error stream."""
    from village_alliances.experiments.compare import compare

    terminal.compile_once(lang)
    with terminal.Progress(lang) as progress:
        return compare(scenario, strategies, progress=progress, **question)
