"""One run of a strategy beside the same run of `none`: built together, stepped together, compared
village by village. `Pair` is what the live model and the history of a run are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from village_alliances.sim import quarter, technology
from village_alliances.sim.building import Technology, build
from village_alliances.sim.ensemble import warm_up
from village_alliances.sim.ledger import Ledger
from village_alliances.sim.metrics import paired
from village_alliances.sim.parameters import Mode
from village_alliances.sim.play import snapshot
from village_alliances.sim.quarter import QUARTER, Rule
from village_alliances.sim.scenario import Scenario
from village_alliances.sim.strategy import NONE, Portfolio


class Pair:
    """`society`: the run under a strategy; `alone`: the same run under `none`;
    each a block of one run.

    `tick`: quarters done, of `ticks`. `types`: the project types. `ledgers`: every project of
    either society, in this order, where `log` was asked for; else nothing.
    """

    def __init__(
        self,
        setting: Scenario,
        portfolio: Portfolio,
        *,
        seed: int = 1,
        run: int = 0,
        levers: Mapping[str, float] | None = None,
        mode: Mode | None = None,
        fixed: Mapping[str, float] | None = None,
        types: Technology | None = None,
        years: int = 0,
        log: bool = True,
    ) -> None:
        """Build both. Options are those of `building.build`, for run number `run`."""
        warm_up()
        self.setting, self.portfolio = setting, portfolio
        self.types = types or technology.shipped()
        options: dict[str, Any] = {
            "seed": seed, "runs": np.array([run], np.uint64), "levers": levers, "mode": mode,
            "fixed": fixed, "types": self.types, "years": years, "log": log,
        }  # fmt: skip
        self.society: Any = build(setting, portfolio, **options)
        self.alone: Any = build(setting, Portfolio(NONE), **options)
        self.ledgers: tuple[Ledger, ...] = (Ledger(self.society), Ledger(self.alone)) if log else ()
        self.tick = 0
        self.ticks = int(self.society.calendar.size)

    def step(self, rules: Sequence[Rule] = QUARTER) -> None:
        """Carry both through one quarter; gains enter the society's yearly record."""
        for i, society in enumerate((self.society, self.alone)):
            if self.ledgers:
                ledger = self.ledgers[i]
                quarter.step(society, self.tick, ledger.watching(rules))
                ledger.close(society, self.tick)
            else:
                quarter.step(society, self.tick, rules)
        self.tick += 1
        if self.tick % 4 == 0:
            for name, values in self.gains().items():
                self.society.series[name][0, self.tick // 4] = values[0]

    def gains(self) -> dict[str, np.ndarray]:
        """Every gain of metrics.GAINS as it stands now, (1,) each."""
        start = self.society.villages.start_income[None]
        return paired(snapshot(self.society), snapshot(self.alone), start)
