"""What of a comparison no command can name: objects that a script made or changed, files that say
something else by now, choices for which a command has no option.

Each is held against what the command's own words would give: a name or a file is read again, and
counts only where that is what was run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from village_alliances.experiments import alternatives
from village_alliances.experiments.inputs import portfolio_fingerprint, technology_fingerprint
from village_alliances.experiments.specs import labelled, title_of
from village_alliances.sim.asked import types_of
from village_alliances.sim.origin import unchanged
from village_alliances.sim.own import outcomes_of, own_rules
from village_alliances.sim.problems import TableError
from village_alliances.sim.rivals import RIVALS

if TYPE_CHECKING:
    from village_alliances.experiments.comparison import Comparison

T = TypeVar("T")


def unnamed(c: Comparison) -> list[str]:
    """Every such thing, a line each; none where the command gives this comparison again."""
    return [
        *([] if unchanged(c.scenario) else [f"villages {c.scenario.name}"]),
        *(f"strategy {label}" for label in c.strategies if not _is_named(c, label)),
        *([] if _stand_in_order(c) else ["order of strategies"]),
        *([] if _types_are_named(c) else ["technology"]),
        *([] if _outcomes_are_named(c) else [f"outcome {name}" for name in c.own]),
        *(f"rule {name}" for name in own_rules(c.rules)),
        *([] if _rivals_are_named(c) else [f"rivals {', '.join(c.named_rivals)}"]),
    ]


def _is_named(c: Comparison, label: str) -> bool:
    """Whether the strategy is what its name, or its file, says."""
    if label in c.partitions:
        return _is_partition_of_file(c, label)
    text = c.files[label]["path"] if label in c.files else label
    by_label = _read(lambda: labelled([text], c.scenario)) or {}
    if [*by_label] != [label]:
        return False
    portfolio = by_label[label]
    same = portfolio_fingerprint(portfolio) == portfolio_fingerprint(c.ensembles[label].portfolio)
    return same and title_of(label, portfolio, text) == c.titles[label]


def _is_partition_of_file(c: Comparison, label: str) -> bool:
    """Whether a partition is what its file says, and all that the file says is here: a command
    takes one file, and all of it."""
    paths = {c.files[other]["path"] if other in c.files else "" for other in c.partitions}
    if len(paths) != 1 or not (path := paths.pop()):
        return False
    read = _read(lambda: alternatives.load(path, c.scenario, c.levers)) or []
    if [part.name for part in read] != c.partitions:
        return False
    part, ensemble = read[c.partitions.index(label)], c.ensembles[label]
    return (
        part.given == ensemble.scenario.given
        and not ensemble.scenario.grouped
        and part.title == c.titles[label]
        and portfolio_fingerprint(part.portfolio) == portfolio_fingerprint(ensemble.portfolio)
    )


def _stand_in_order(c: Comparison) -> bool:
    """Whether partitions stand behind at least one strategy, as a command has them."""
    named = [label for label in c.strategies if label not in c.partitions]
    return bool(named) and c.strategies == [*named, *c.partitions]


def _types_are_named(c: Comparison) -> bool:
    path = c.technology.get("path")
    types = _read(lambda: types_of(path)) or ()
    return technology_fingerprint(types) == technology_fingerprint(c.types) and (
        [kind.title for kind in types] == [kind.title for kind in c.types]
    )


def _outcomes_are_named(c: Comparison) -> bool:
    """Whether outcomes of one's own are those of one file, all of them."""
    paths = {outcome.path for outcome in c.own.values()}
    if not c.own:
        return True
    if len(paths) != 1 or not (path := paths.pop()):
        return False
    of_file = _read(lambda: outcomes_of(path)) or {}
    return [(name, own.fingerprint) for name, own in of_file.items()] == [
        (name, own.fingerprint) for name, own in c.own.items()
    ]


def _rivals_are_named(c: Comparison) -> bool:
    """Whether rivals stand in the order in which a command has them."""
    return all([*rivals] == [r for r in RIVALS if r in rivals] for rivals in c.rivals.values())


def _read(again: Callable[[], T]) -> T | None:
    """What a name or a file says now; None where it cannot be read."""
    try:
        return again()
    except (OSError, ValueError, KeyError, TableError):
        return None
