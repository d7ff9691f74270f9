"""One run of an ensemble again, with everything kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from village_alliances.sim import loading
from village_alliances.sim.arguments import check, check_sizes
from village_alliances.sim.asked import portfolio_in, types_of
from village_alliances.sim.building import Technology
from village_alliances.sim.events import EventLog
from village_alliances.sim.history import History
from village_alliances.sim.origin import in_memory, inputs_of
from village_alliances.sim.own import check_rules
from village_alliances.sim.pair import Pair
from village_alliances.sim.parameters import Mode
from village_alliances.sim.quarter import QUARTER, Rule
from village_alliances.sim.recorder import Recorder
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.strategy import Portfolio, Strategy

ROWS_MOST = 2_000_000  # villages x quarters that are kept: about a gigabyte


def check_size(setting: Scenario, years: int) -> None:
    """ValueError where a run has too many villages and quarters to keep them one by one."""
    quarters = 4 * (years or setting.years)
    if setting.size * (quarters + 1) > ROWS_MOST:
        raise ValueError(
            f"{setting.size} villages over {quarters} quarters are too many to keep one "
            f"by one: use an ensemble"
        )


def record_run(
    source: str | Path | Scenario,
    strategy: str | Strategy | Portfolio = "strong_leads_weak",
    seed: int = 1,
    run: int = 0,
    years: int = 0,
    levers: Mapping[str, float] | None = None,
    mode: Mode | None = None,
    fixed: Mapping[str, float] | None = None,
    rules: Sequence[Rule] = QUARTER,
    types: Technology | str | Path | None = None,
) -> History:
    """Run number `run` of an ensemble again, and keep everything: the same bits as in the
    ensemble and in AllianceModel.

    `source`: a scenario, or what `sim.loading.load` takes. `years`: the horizon, else the
    scenario's. `levers` and `fixed` (parameters) by name. `mode`: point, prior or posterior.
    `types`: project types, or a technology file. Raises what `load`, `sim.strategy.read_strategy`,
    `technology.read` and `build` raise.
    """
    check(seed=seed, run=run, years=years, levers=levers, mode=mode, fixed=fixed)
    check_sizes(1, levers=levers, fixed=fixed)
    rules = check_rules(rules)
    setting = source if isinstance(source, Scenario) else loading.load(source)
    portfolio = portfolio_in(setting, strategy)
    check_size(setting, years)
    pair = Pair(
        setting, portfolio, seed=seed, run=run, levers=levers, mode=mode, fixed=fixed,
        types=types_of(types), years=years,
    )  # fmt: skip
    log = EventLog(pair)
    objects = in_memory(source, strategy, types, rules)
    inputs = {**inputs_of(source, pair, seed, run, levers, mode, fixed), **objects}
    recorder = Recorder(pair, log, inputs)
    while pair.tick < pair.ticks:
        log.new_quarter()
        pair.step(rules)
        recorder.keep(log.read(pair))
    return recorder.history()
