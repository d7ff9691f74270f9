"""What a session has asked: all of it in one immutable value, which is also the page's address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import parse_qs, urlencode

import solara
from village_alliances.interface.dashboard.words import LANGS

PAGES = ("compare", "propose", "live", "strategies", "sweep", "evidence", "modellers")
DEFAULT_STRATEGIES = ("none", "strong_leads_weak", "industry_chain", "cross_border")
MOST_STRATEGIES = 8
MOST_YEARS = 20
MODES = ("", "point", "prior", "posterior")
OWN_TABLE = "table"  # the source of a question about the planner's own table


@dataclass(frozen=True)
class Asked:
    """One question and the place from which it is looked at. Defaults are left out of the address."""

    page: str = "compare"
    lang: str = "zh"
    source: str = "jinxi"  # a shipped scenario, or OWN_TABLE
    region: str = "ningbo"  # of an own table
    start: int = 2024  # of an own table
    strategies: tuple[str, ...] = DEFAULT_STRATEGIES  # the first is the baseline
    years: int = 0  # 0: as the scenario says
    seed: int = 1
    mode: str = ""  # '': as shipped
    levers: tuple[tuple[str, float], ...] = ()
    outcome: str = "gain_weak"  # as the verdict
    left: str = "none"  # live: the strategy on the left
    right: str = "strong_leads_weak"
    run: int = 0  # live: which society
    sweep: str = ""  # the sweep that is looked at
    hunt: str = ""  # the search for a proposal that is looked at
    strategy: str = "strong_leads_weak"  # the strategies page's choice
    table: str = ""  # an own table, packed (tables.pack); '' where it is too large for an address

    def lever(self, name: str, default: float) -> float:
        """The value of a lever, or `default`."""
        return dict(self.levers).get(name, default)

    def with_lever(self, name: str, value: float, default: float) -> Asked:
        """The same question with another value of a lever; a default is not written down."""
        others = [(n, v) for n, v in self.levers if n != name]
        return replace(
            self, levers=tuple(sorted([*others, (name, value)] if value != default else others))
        )

    def to_query(self) -> str:
        """The address's part after the question mark."""
        plain = Asked()
        said: dict[str, str] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if value == getattr(plain, field.name) and field.name != "lang":
                continue
            if field.name == "levers":
                said["set"] = "~".join(f"{name}={number:g}" for name, number in value)
            elif field.name == "strategies":
                said["strategies"] = "~".join(value)
            else:
                said[field.name] = str(value)
        return urlencode(said)


def from_query(query: str, lang: str = "zh") -> Asked:
    """The question that an address asks. What cannot be understood is left at its default: a link never breaks a page."""
    from village_alliances.interface.dashboard.mixes import is_strategy
    from village_alliances.interface.dashboard.places import smaller_than
    from village_alliances.interface.dashboard.tables import MOST_VILLAGES
    from village_alliances.sim.metrics import BY_NAME
    from village_alliances.sim.parameters import levers
    from village_alliances.sim.region import names as regions

    given = {name: values[-1] for name, values in parse_qs(query or "", max_num_fields=40).items()}
    plain = Asked(lang=lang)
    accepted: dict[str, Any] = {}
    words: dict[str, Callable[[str], bool]] = {
        "page": PAGES.__contains__,
        "lang": LANGS.__contains__,
        "source": lambda text: (
            text == OWN_TABLE or text in {place.name for place in smaller_than(MOST_VILLAGES)}
        ),
        "region": lambda text: text in regions(),
        "mode": MODES.__contains__,
        "outcome": BY_NAME.__contains__,
        "left": is_strategy,
        "right": is_strategy,
        "strategy": is_strategy,
        "sweep": lambda text: text.isalnum() and len(text) < 40,
        "hunt": lambda text: text.isalnum() and len(text) < 40,
        "table": lambda text: len(text) < 20_000,
    }
    for name, fits in words.items():
        if name in given and fits(given[name]):
            accepted[name] = given[name]
    for name, low, high in (
        ("years", 0, MOST_YEARS),
        ("seed", 0, 2**31),
        ("run", 0, 10_000),
        ("start", 1990, 2100),
    ):
        if name in given and given[name].isdigit() and low <= int(given[name]) <= high:
            accepted[name] = int(given[name])
    chosen = tuple(
        dict.fromkeys(s for s in given.get("strategies", "").split("~") if s and is_strategy(s))
    )
    if chosen:
        accepted["strategies"] = chosen[:MOST_STRATEGIES]
    settings = {}
    for part in given.get("set", "").split("~"):
        name, _, value = part.partition("=")
        lever = levers().get(name)
        try:
            settings[name] = float(value)
        except ValueError:
            continue
        if lever is None or not lever.low <= settings[name] <= lever.high:
            del settings[name]
    if settings:
        accepted["levers"] = tuple(sorted(settings.items()))
    return replace(plain, **accepted)


asked: solara.Reactive[Asked] = solara.reactive(Asked())
"""The question of this session (Solara keeps one value a session)."""


def ask(**changes: Any) -> None:
    """Change the question."""
    asked.set(replace(asked.value, **changes))
