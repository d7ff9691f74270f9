"""The front door: what scripts import. `python -m village_alliances` is the command.

>>> from village_alliances import compare, load, verdict
>>> compared = compare(load("jinxi"), ["none", "strong_leads_weak"], runs=100)
>>> print(verdict(compared, "en"))

Names are loaded when they are asked for, so that the import itself costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from village_alliances.experiments.compare import compare
    from village_alliances.experiments.export import write
    from village_alliances.experiments.fonts import use_font
    from village_alliances.experiments.propose import propose
    from village_alliances.experiments.propose.task import Task
    from village_alliances.experiments.swept import Swept, sweep
    from village_alliances.experiments.verdict import verdict
    from village_alliances.sim.ensemble import run_ensemble, run_together
    from village_alliances.sim.loading import load
    from village_alliances.sim.metrics import OUTCOMES
    from village_alliances.sim.model import AllianceModel
    from village_alliances.sim.own import State, outcome, writes
    from village_alliances.sim.quarter import QUARTER
    from village_alliances.sim.strategy import Portfolio, Strategy

__version__ = "0.2.0"
__all__ = [
    "OUTCOMES",
    "QUARTER",
    "AllianceModel",
    "Portfolio",
    "State",
    "Strategy",
    "Swept",
    "Task",
    "__version__",
    "compare",
    "load",
    "outcome",
    "propose",
    "run_ensemble",
    "run_together",
    "sweep",
    "use_font",
    "verdict",
    "write",
    "writes",
]

_CHECKOUT = Path(__file__).parents[1]
if (_CHECKOUT / "pyproject.toml").is_file() and (_CHECKOUT / "sim" / "__init__.py").is_file():
    __path__.append(str(_CHECKOUT))  # not installed, or editable: parts lie beside this folder

_HOME = {
    "OUTCOMES": "sim.metrics",
    "QUARTER": "sim.quarter",
    "AllianceModel": "sim.model",
    "Portfolio": "sim.strategy",
    "State": "sim.own",
    "Strategy": "sim.strategy",
    "compare": "experiments.compare",
    "load": "sim.loading",
    "outcome": "sim.own",
    "propose": "experiments.propose",
    "run_ensemble": "sim.ensemble",
    "run_together": "sim.ensemble",
    "Swept": "experiments.swept",
    "Task": "experiments.propose.task",
    "sweep": "experiments.swept",
    "use_font": "experiments.fonts",
    "verdict": "experiments.verdict",
    "write": "experiments.export",
    "writes": "sim.own",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"village_alliances has no {name!r}; it has: {', '.join(__all__)}")
    return getattr(import_module(f"village_alliances.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
