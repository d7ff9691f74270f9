"""The live model: one run of a scenario as a Mesa model, stepped by quarters."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import mesa
import numpy as np
from mesa.agent import AgentSet
from village_alliances.sim import quarter
from village_alliances.sim.agents import Alliance, Secretary, Village
from village_alliances.sim.building import build, products
from village_alliances.sim.ensemble import warm_up
from village_alliances.sim.history import Event, EventLog, History, Recorder, check_size, inputs_of
from village_alliances.sim.metrics import BY_NAME, INDEX, MAIN, NAMES
from village_alliances.sim.parameters import Mode
from village_alliances.sim.quarter import QUARTER, Rule
from village_alliances.sim.rules.recording import summarise
from village_alliances.sim.scenario import Scenario, load, quarter_name
from village_alliances.sim.society import FORMING, MERGED
from village_alliances.sim.strategy import Portfolio, Strategy


class Collector(mesa.DataCollector):
    """A DataCollector that collects after each quarter: by default the main outcomes, a row a quarter.

    Mesa 3.3's batch_run looks for agents' records one step early; here it finds the records of the same quarter as the model's.
    """

    def __init__(self, model_reporters: Mapping[str, Any] | None = None, **others: Any) -> None:
        """`model_reporters`: by name; None for the quarter's name and the main outcomes. `others`: as Mesa's DataCollector."""
        reporters = (
            {"quarter": "time_label"} | {name: name for name in MAIN}
            if model_reporters is None
            else model_reporters
        )
        super().__init__(model_reporters=reporters, **others)

    def collect(self, model: mesa.Model) -> None:
        """Collect what the reporters tell of the model now."""
        super().collect(model)
        if not hasattr(self, "_collection_steps"):
            for records in (self._agent_records, self._agenttype_records):
                if model.steps in records:
                    records[model.steps - 1] = records.pop(model.steps)


class AllianceModel(mesa.Model):
    """Villages of a scenario, allied by a strategy, quarter by quarter; bit for bit run `run` of an ensemble.

    Agents: `villages`, `secretaries`, `alliances` (views on the columns of `society`). `tick`: quarters done. `events`: what
    happened so far. The main outcomes of sim/metrics.py are properties; `outcome(name)` gives any of them.
    """

    def __init__(
        self,
        scenario: str | Path | Scenario = "jinxi",
        strategy: str | Strategy | Portfolio = "strong_leads_weak",
        luck_seed: int = 1,
        run: int = 0,
        levers: Mapping[str, float] | None = None,
        mode: Mode | None = None,
        years: int = 0,
        rules: Sequence[Rule] = QUARTER,
        *,
        fixed: Mapping[str, float] | None = None,
        log: bool = True,
        history: bool = False,
        datacollector: mesa.DataCollector | None = None,
        rng: int | None = None,
    ) -> None:
        """Build the society as it is before its first quarter.

        `scenario`: a name, a file or folder, or a Scenario. `strategy`: a name, a mix, a file, a Strategy or a Portfolio.
        `luck_seed` and `run` decide all luck, drawn parameters and blanks; `mode`: point, prior or posterior. `levers` and
        `fixed` (parameters): values by name. `years`: the horizon, else the scenario's. `rules`: what a quarter consists of, each
        `rule(society, tick)`; plain Python will do. `log`: keep events. `history`: keep every quarter (see `history`).
        `rng` seeds Mesa's own generators, which the model's rules do not use: vary `run`.
        Raises FileNotFoundError, TableError, StrategyError, KeyError and ValueError for what cannot be read or is out of bounds.
        """
        check_whole(luck_seed=luck_seed, run=run, years=years)
        super().__init__(rng=luck_seed if rng is None else rng)
        warm_up()
        self.setting = scenario if isinstance(scenario, Scenario) else load(scenario)
        self.portfolio = strategy if isinstance(strategy, Portfolio) else Portfolio(strategy)
        if history:
            check_size(self.setting, years)
        self.society = build(
            self.setting,
            self.portfolio,
            seed=luck_seed,
            runs=np.array([run], np.uint64),
            levers=levers,
            mode=mode,
            fixed=fixed,
            log=log or history,
            years=years,
        )
        self.rules = tuple(rules)
        self.tick = 0
        self.ticks = self.society.calendar.size
        self.products = products(self.setting)
        self.log = EventLog(self.setting, self.society)
        self.labels = self.log.labels
        self.events: list[Event] = []
        self.inputs = inputs_of(
            scenario,
            self.setting,
            self.portfolio,
            luck_seed,
            run,
            self.ticks // 4,
            levers,
            mode,
            fixed,
        )
        self._recorder = (
            Recorder(self.setting, self.portfolio, self.society, self.log, self.inputs)
            if history
            else None
        )
        self._outcomes: np.ndarray | None = None
        self._populate()
        self.datacollector = Collector() if datacollector is None else datacollector
        self.running = self.ticks > 0

    def step(self) -> None:
        """One quarter. At the horizon `running` is False, and a further step does nothing."""
        if self.tick >= self.ticks:
            return
        self._carry_out_rules()
        self._take_notes()
        self._follow_alliances()
        self._collect()
        self.running = self.tick < self.ticks

    def _carry_out_rules(self) -> None:
        self.log.new_quarter()
        quarter.step(self.society, self.tick, self.rules)
        self.tick += 1

    def _take_notes(self) -> None:
        happened = self.note_events()
        if self._recorder is not None:
            self._recorder.keep(self.society, self.tick - 1, happened)

    def _follow_alliances(self) -> None:
        """An agent for each alliance that has been founded; none for one that has ended."""
        records = self.society.a
        alive = (records.status >= FORMING) & (records.status <= MERGED)
        for slot, agent in list(self._alliances.items()):
            if not alive[slot] or records.number[slot] != agent.number:
                self._alliances.pop(slot).remove()
        for slot in np.flatnonzero(alive).tolist():
            if slot not in self._alliances:
                self._alliances[slot] = Alliance(self, slot)

    def _collect(self) -> None:
        self._outcomes = self._summary()
        self.datacollector.collect(self)
        self._outcomes = None

    # Agents

    def _populate(self) -> None:
        self.numbers = itertools.count(1)
        self._villages = [Village(self, at) for at in range(self.setting.size)]
        self._secretaries = [Secretary(self, at) for at in range(self.setting.size)]
        self._alliances: dict[int, Alliance] = {}
        self._by_name = {village.name: village for village in self._villages}
        Alliance(
            self, 0
        ).remove()  # so that agents_by_type knows the kind before the first founding
        self._follow_alliances()

    @property
    def villages(self) -> AgentSet:
        """All villages, in the order of place and name."""
        return self.agents_by_type[Village]

    @property
    def secretaries(self) -> AgentSet:
        """The secretary's seat of every village."""
        return self.agents_by_type[Secretary]

    @property
    def alliances(self) -> AgentSet:
        """The alliances that exist now."""
        return self.agents_by_type[Alliance]

    def village(self, name: str) -> Village:
        """A village by name; KeyError, with the names there are, for another."""
        if name not in self._by_name:
            raise KeyError(
                f"no village is called {name!r}; there are: {', '.join(itertools.islice(self._by_name, 12))} ..."
            )
        return self._by_name[name]

    def village_at(self, at: int) -> Village | None:
        """The village of a row; None for -1."""
        return self._villages[int(at)] if at >= 0 else None

    def secretary_at(self, at: int) -> Secretary:
        """The seat of the village of a row."""
        return self._secretaries[at]

    def alliance_at(self, slot: int) -> Alliance | None:
        """The alliance in a slot; None for -1."""
        return self._alliances.get(int(slot))

    # What happened, and what came of it

    @property
    def time_label(self) -> str:
        """The quarter that was done last, such as 2015Q2; before the first, the quarter before it."""
        return quarter_name(self.tick - 1, self.setting.start)

    def note_events(self) -> list[Event]:
        """Take what the rules have written since the last time into `events`."""
        happened = self.log.read(self.society)
        self.events += happened
        return happened

    def outcome(self, name: str) -> float:
        """An outcome of sim/metrics.py as it stands now. Raises KeyError for an unknown name."""
        values = self._summary() if self._outcomes is None else self._outcomes
        return float(values[INDEX[name]])

    def _summary(self) -> np.ndarray:
        society, out = self.society, np.zeros(len(NAMES))
        status = society.r.status.copy()
        incomes, heads = np.sort(society.v.collective_income), np.sort(society.v.villager_income)
        summarise(society, 0, 0, self.setting.size, incomes, heads, self.tick - 1, out)
        society.r.status[:] = status  # only the yearly record marks a run as failed
        return out

    @property
    def history(self) -> History | None:
        """Every quarter so far as tables, where the model was made with history=True; else None."""
        return None if self._recorder is None else self._recorder.history(self.society)

    # Mesa's ways

    @property
    def scenario(self) -> Any:
        """Not the villages' scenario: that is `setting`. Mesa 3.5 keeps an object of its own under this name."""
        raise AttributeError(
            "Mesa uses the name `scenario` for itself; the scenario of the villages is `model.setting`"
        )

    @scenario.setter
    def scenario(self, mesas_own: Any) -> None:
        """Mesa's own object is let go: its page would hand it back as the name of a scenario."""

    def close(self) -> None:
        """Free the society and the agents, also where somebody still holds the model. Nothing can be done with it afterwards."""
        self.running = False
        self.tick = self.ticks
        self.society = None
        self.remove_all_agents()
        getattr(mesa.Agent, "_ids", {}).pop(
            self, None
        )  # Mesa 3.3 counts there the agents of a user's own kinds, for ever
        self._villages, self._secretaries = [], []
        self._alliances, self._by_name = {}, {}
        self._recorder = None


def check_whole(**numbers: int) -> None:
    """ValueError, naming all that are wrong, where one of these is no whole number from 0 to 2**63 - 1."""
    wrong = [
        f"{name} {value!r}"
        for name, value in numbers.items()
        if not (isinstance(value, (int, np.integer)) and 0 <= value < 2**63)
    ]
    if wrong:
        raise ValueError(f"found {', '.join(wrong)}; expected whole numbers from 0 to 2**63 - 1")


def _outcome(name: str) -> property:
    known = BY_NAME[name]
    return property(
        lambda model: model.outcome(name), doc=f"{known.en} ({known.unit}), now / {known.zh}"
    )


for _name in MAIN:
    setattr(AllianceModel, _name, _outcome(_name))
