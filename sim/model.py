"""The live model: one run of a scenario as a Mesa model, stepped by quarters
beside the same run of `none`."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import mesa
import numpy as np
from mesa.agent import AgentSet
from village_alliances.sim.agents import Alliance, Firm, Secretary, Village
from village_alliances.sim.arguments import check, check_sizes, is_one_of, is_whole, nothing_called
from village_alliances.sim.asked import portfolio_in, types_of
from village_alliances.sim.building import Technology
from village_alliances.sim.events import Event, EventLog
from village_alliances.sim.history import History
from village_alliances.sim.loading import load
from village_alliances.sim.metrics import BY_NAME, MAIN
from village_alliances.sim.origin import in_memory, inputs_of
from village_alliances.sim.own import State, check_rules
from village_alliances.sim.pair import Pair
from village_alliances.sim.parameters import Mode
from village_alliances.sim.quarter import QUARTER, Rule
from village_alliances.sim.recorder import Recorder
from village_alliances.sim.rerun import check_size
from village_alliances.sim.rules.common import exists
from village_alliances.sim.rules.recording import ordered, summarise
from village_alliances.sim.scenario import Scenario, quarter_name
from village_alliances.sim.starting import products
from village_alliances.sim.strategy import Portfolio, Strategy
from village_alliances.sim.summary import Summarised
from village_alliances.sim.table.memory import shortly


class Collector(mesa.DataCollector):
    """A DataCollector of the start and each quarter: by default the quarter's
    name and the main outcomes.

    Mesa 3.3's batch_run looks for the records of a quarter one step early; there this keeps no row
    of the start, and records of agents where it looks for them.
    """

    def __init__(self, model_reporters: Mapping[str, Any] | None = None, **others: Any) -> None:
        """`model_reporters`: by name; None for the quarter's name and the main outcomes. `others`:
        as Mesa's DataCollector."""
        usual = {"quarter": "time_label"} | {name: name for name in MAIN}
        super().__init__(usual if model_reporters is None else model_reporters, **others)

    def collect(self, model: mesa.Model) -> None:
        """Collect what the reporters tell of the model now."""
        if hasattr(self, "_collection_steps") or _iteration() is None:
            super().collect(model)
            return
        if model.steps == 0:
            return
        super().collect(model)
        for records in (self._agent_records, self._agenttype_records):
            if model.steps in records:
                records[model.steps - 1] = records.pop(model.steps)


class AllianceModel(Summarised, mesa.Model):
    """Villages of a scenario, allied by a strategy, quarter by quarter; bit for bit
    run `run` of an ensemble.

    Agents: `villages`, `secretaries`, `alliances`, `firms` (views on the columns of `society`).
    `alone`: the society of the same run under `none`, stepped beside it, so that villages have a
    `gain`. `tick`: quarters done. `events`: what happened so far. The main outcomes are properties;
    `outcome(name)` gives any of sim/metrics.py.
    """

    def __init__(
        self,
        scenario: str | Path | Scenario = "jinxi",
        strategy: str | Strategy | Portfolio = "strong_leads_weak",
        luck_seed: int = 1,
        run: int | None = None,
        levers: Mapping[str, float] | None = None,
        mode: Mode | None = None,
        years: int = 0,
        rules: Sequence[Rule] = QUARTER,
        *,
        types: Technology | str | Path | None = None,
        fixed: Mapping[str, float] | None = None,
        log: bool = True,
        history: bool = False,
        datacollector: mesa.DataCollector | None = None,
        rng: int | None = None,
        **kwargs: Any,  # by this name Mesa's page knows it
    ) -> None:
        """Build the society as it is before its first quarter.

        `scenario`: a name, a file or folder, or a Scenario. `strategy`: a name, a file, a Strategy
        or a Portfolio. `luck_seed` and `run` decide all luck, drawn parameters and blanks (it is
        the `seed` of an ensemble; under that name Mesa would hand its own `rng` over); `mode`:
        point, prior or posterior. `levers` and `fixed` (parameters): values by name. `years`: the
        horizon, else the scenario's. `rules`: what a quarter consists of, each `rule(society,
        tick)`; plain Python will do, and acts on `alone` as well. `types`: project types, or a
        technology file. `log`: keep events and projects. `history`: keep every quarter (see
        `history`). `rng`: Mesa's way to vary replicates, a whole number taken as `run`. Raises
        FileNotFoundError, TableError, StrategyError, TechnologyError, KeyError, TypeError and
        ValueError for what cannot be read or is out of bounds.
        """
        refuse_others(kwargs)
        run = replicate(run, rng)
        check_whole(luck_seed=luck_seed, run=run, years=years)
        check(
            years=years,
            levers=levers,
            fixed=fixed,
            mode=mode,
            log=log,
            history=history,
            datacollector=datacollector,
        )
        check_sizes(1, levers=levers, fixed=fixed)
        rules = check_rules(rules)
        super().__init__(rng=np.random.SeedSequence([luck_seed, run]))
        self.luck_seed, self.run = luck_seed, run
        self.numbers = itertools.count(1)
        self.setting = scenario if isinstance(scenario, Scenario) else load(scenario)
        self.portfolio = portfolio_in(self.setting, strategy)
        if history:
            check_size(self.setting, years)
        self.types = types_of(types)
        self.pair = Pair(
            self.setting, self.portfolio, seed=luck_seed, run=run, levers=levers, mode=mode,
            fixed=fixed, types=self.types, years=years, log=log or history,
        )  # fmt: skip
        self.rules = rules
        self.ticks = self.pair.ticks
        self.products = products(self.setting)
        self.log = EventLog(self.pair)
        self.labels = self.log.labels
        self.events: list[Event] = []
        self.inputs = {
            **inputs_of(scenario, self.pair, luck_seed, run, levers, mode, fixed),
            **in_memory(scenario, strategy, types, rules),
        }
        self._recorder = Recorder(self.pair, self.log, self.inputs) if history else None
        self._outcomes: dict[str, float] | None = None
        self._populate()
        self.datacollector = Collector() if datacollector is None else datacollector
        self.running = self.ticks > 0
        self._collect()

    def in_short(self) -> str:
        """What is simulated, and how far."""
        return (
            f"{self.setting.name}, {self.portfolio.in_short()}, run {self.run}, "
            f"{self.setting.size} villages, quarter {self.tick} of {self.ticks}"
        )

    def step(self) -> None:
        """One quarter. At the horizon `running` is False, and a further step does nothing."""
        if self.tick >= self.ticks:
            return
        self.log.new_quarter()
        self.pair.step(self.rules)
        happened = self.note_events()
        if self._recorder is not None:
            self._recorder.keep(happened)
        self.follow()
        self._collect()
        self.running = self.tick < self.ticks

    def _collect(self) -> None:
        self._outcomes = self.outcomes()  # once for all reporters
        self.datacollector.collect(self)
        self._outcomes = None

    @property
    def society(self) -> Any:
        """The run under the strategy; None once the model is closed."""
        return self.pair.society if self.pair else None

    @property
    def alone(self) -> Any:
        """The same run under `none`; None once the model is closed."""
        return self.pair.alone if self.pair else None

    @property
    def tick(self) -> int:
        """Quarters done."""
        return self.pair.tick if self.pair else self.ticks

    # Agents

    def register_agent(self, agent: mesa.Agent) -> None:
        """One row of numbers for all kinds of agents, those of a user's own included."""
        super().register_agent(agent)
        agent.unique_id = next(self.numbers)
        getattr(mesa.Agent, "_ids", {}).pop(self, None)  # Mesa 3.3 would hold the model for ever

    def _populate(self) -> None:
        self.populating = True
        size = self.setting.size
        self._villages = [Village(self, i) for i in range(size)]
        self._secretaries = [Secretary(self, i) for i in range(size)]
        self._alliances: dict[int, Alliance] = {}
        self._firms: dict[int, Firm] = {}
        self._by_name = {village.name: village for village in self._villages}
        for kind in (Alliance, Firm):  # agents_by_type knows the kinds before the first comes
            mesa.Agent.remove(kind(self, 0))
        self.populating = False
        self.follow()

    def follow(self) -> None:
        """An agent for each alliance and firm that there is now; none for
        one that has ended or left."""
        self.populating = True
        records, firms = self.society.alliances, self.society.villages.firm
        slots = [slot for slot in range(records.size) if exists(records[slot])]
        for slot, agent in list(self._alliances.items()):
            if slot not in slots or records.number[slot] != agent.number:
                self._alliances.pop(slot).remove()
        for slot in slots:
            if slot not in self._alliances:
                self._alliances[slot] = Alliance(self, slot)
        for firm in [firm for firm in self._firms if firms[firm] == 0]:
            self._firms.pop(firm).remove()
        for firm in np.flatnonzero(firms == 1).tolist():
            if firm not in self._firms:
                self._firms[firm] = Firm(self, firm)
        self.populating = False

    def note_events(self) -> list[Event]:
        """Take what was written since the last time into `events`: by the rules, or by a
        hand between two quarters."""
        for ledger, society in zip(self.pair.ledgers, (self.society, self.alone), strict=False):
            if society.log_size[0] > ledger.read_to:
                ledger.catch_up(society, max(0, self.tick - 1))
        happened = self.log.read(self.pair)
        self.events += happened
        return happened

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

    @property
    def firms(self) -> AgentSet:
        """The firms with orders that there are now."""
        return self.agents_by_type[Firm]

    def village(self, name: str) -> Village:
        """A village by name; KeyError, with the nearest names, for another."""
        if not is_one_of(name, self._by_name):
            raise KeyError(nothing_called("village", name, self._by_name))
        return self._by_name[name]

    def village_at(self, index: int) -> Village | None:
        """The village of a row; None for -1."""
        return self._villages[int(index)] if index >= 0 else None

    def secretary_at(self, index: int) -> Secretary:
        """The seat of the village of a row."""
        return self._secretaries[index]

    def alliance_at(self, slot: int) -> Alliance | None:
        """The alliance in a slot; None for -1."""
        return self._alliances.get(int(slot))

    def firm_at(self, index: int) -> Firm | None:
        """The firm in the village of a row, if one is there."""
        return self._firms.get(int(index))

    # What came of it

    @property
    def time_label(self) -> str:
        """The quarter that was done last, such as 2015Q2; before the first, the quarter
        before it."""
        return quarter_name(self.tick - 1, self.setting.start)

    def outcome(self, name: str) -> float:
        """An outcome of sim/metrics.py as it stands now, gains over `alone` included. Raises
        KeyError for an unknown name."""
        if not is_one_of(name, BY_NAME):
            raise KeyError(nothing_called("outcome", name, BY_NAME))
        return (self._outcomes or self.outcomes())[name]

    def outcomes(self) -> dict[str, float]:
        """Every outcome of sim/metrics.py as it stands now."""
        levels = self._levels()
        return {name: float(levels[name][0, 0]) for name in BY_NAME} | {
            name: float(values[0]) for name, values in self.pair.gains().items()
        }

    def _levels(self) -> Any:
        """Levels now, in a record of their own: the yearly record is the rules', and only
        that marks a run as failed."""
        society = self.society
        kept, status = society.series, society.runs.status.copy()
        society.series = np.zeros((1, 1), kept.dtype).view(np.recarray)
        summarise(society, self.tick - 1, 0, *ordered(society))
        levels, society.series = society.series, kept
        society.runs.status[:] = status
        return levels

    @property
    def state(self) -> State:
        """The villages as they are now, (1, villages) each, for an outcome of one's
        own: `poor(model.state)[0]`."""
        year, alone, now = self.tick // 4, self.alone, self.society
        other = State(alone.villages, alone.accounts, 1, year)
        return State(now.villages, now.accounts, 1, year, other)

    @property
    def history(self) -> History | None:
        """Every quarter so far as tables, where the model was made with history=True; else None."""
        return None if self._recorder is None else self._recorder.history()

    # Mesa's ways

    @property
    def scenario(self) -> Any:
        """Not the villages' scenario: that is `setting`. Mesa 3.5 keeps an object of
        its own under this name."""
        raise AttributeError(
            "Mesa uses the name `scenario` for itself; the scenario of the villages is "
            "`model.setting`"
        )

    @scenario.setter
    def scenario(self, mesas_own: Any) -> None:
        """Mesa's own object is let go: its page would hand it back as the name of a scenario."""

    @property
    def grid(self) -> Any:
        """There is none: Mesa's components of a space ask for it, and are
        told what there is instead."""
        raise ValueError(
            "villages sit in no Mesa space, so a space component cannot show them: plot "
            "village.pos (x, y in km), or use "
            "the model's own page (alliances dashboard)"
        )

    def close(self) -> None:
        """Free the societies and the agents, also where somebody still holds the model. Nothing can
        be done with it afterwards."""
        self.running = False
        self.pair = None  # type: ignore[assignment]
        self.remove_all_agents()
        self._villages, self._secretaries = [], []
        self._alliances, self._firms, self._by_name = {}, {}, {}
        self._recorder = None


def refuse_others(others: Mapping[str, Any]) -> None:
    """TypeError for a keyword that there is not, with what to say in its place."""
    if "seed" in others:
        raise TypeError(
            "seed= is Mesa's own; say luck_seed= for other draws, or run= for a replicate"
        )
    if others:
        raise TypeError(f"AllianceModel takes no {', '.join(others)}")


def replicate(run: int | None, rng: int | None) -> int:
    """The run's number: Mesa's `rng` varies it where `run` is not said. ValueError where
    replicates would be copies."""
    if rng is not None:
        check_whole(rng=rng)
    if _iteration() and rng is None:
        raise ValueError(
            "batch_run(iterations=...) would repeat the same run: say parameters={'run': "
            "range(3)} instead"
        )
    if run is not None and rng is not None:
        raise ValueError("say run= or Mesa's rng=, not both: either is the number of the run")
    return run if run is not None else 0 if rng is None else rng


def _iteration() -> int | None:
    """Which iteration of Mesa's batch_run makes this model; None outside of it.
    Mesa does not tell a model."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name == "_model_run_func":
            return int(frame.f_locals.get("iteration", 0))
        frame = frame.f_back
    return None


def check_whole(**numbers: int) -> None:
    """ValueError, naming all that are wrong, where one of these is no whole
    number from 0 to 2**63 - 1."""
    wrong = [f"{name} {shortly(value)}" for name, value in numbers.items() if not is_whole(value)]
    if wrong:
        raise ValueError(f"found {', '.join(wrong)}; expected whole numbers from 0 to 2**63 - 1")


def _outcome(name: str) -> property:
    outcome = BY_NAME[name]
    return property(
        lambda model: model.outcome(name), doc=f"{outcome.en} ({outcome.unit}), now / {outcome.zh}"
    )


for _name in MAIN:
    setattr(AllianceModel, _name, _outcome(_name))
