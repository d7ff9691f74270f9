"""What a session has asked: one immutable value, which is also the page's address, and the way back
to what was asked before.

    question, ignored = read_query(query, "zh")

A link never breaks a page: what cannot be understood is left at its default and named in `ignored`.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

import solara
from village_alliances.interface.dashboard import session
from village_alliances.interface.dashboard.words import LANGS
from village_alliances.sim.problems import Text
from village_alliances.sim.worded import joined, worded

PAGES = ("compare", "propose", "live", "strategies", "sweep", "evidence", "glossary", "modellers")
DEFAULT_STRATEGIES = ("none", "strong_leads_weak", "industry_chain", "area_integration")
MOST_STRATEGIES = 8
MOST_YEARS = 20
MOST_BESIDE = 3  # questions that are answered beside the page's own
MOST_QUERY = 60_000  # characters of an address that are looked at
MOST_PARTS = 200  # strategies or settings of an address that are read one by one
MOST_WRITTEN = 4_000  # characters of one text in it
MOST_PARTITION = 20_000  # characters of a partition in it
MODES = ("", "point", "prior", "posterior")
KEEPS = ("", "existing", "fixed")  # today's alliances: free, where the search begins, untouched
OWN_TABLE = "table"  # the source of a question about the planner's own table
STEPS = {
    "grant_per_village": (0, 60_000, 120_000, 240_000),
    "grant_years": (2, 4, 8),
    "grant_weak_first": (0, 1, 2),
    "span": (4, 6, 9),
    "plenaries": (4, 12, 17),
    "returnee_pool": (0.5, 1, 2),
    "market_shock": (-0.6, -0.3, 0),
    "funding_cut_quarter": (-1, 4, 8),
}
"""Levers that a sweep of the form varies, and the values that it tries."""
NOT_ASKED = ("page", "lang", "name")  # where and how the question is looked at, no part of it
OF_A_TABLE = ("region", "start", "table")  # said of an own table alone


@dataclass(frozen=True)
class Asked:
    """One question and the place from which it is looked at. Defaults are left out of
    the address."""

    page: str = "compare"
    lang: str = "zh"
    name: str = ""  # under which a planner keeps it
    source: str = "jinxi"  # a shipped scenario, or OWN_TABLE
    region: str = "ningbo"  # of an own table
    start: int = 2024  # of an own table
    strategies: tuple[str, ...] = DEFAULT_STRATEGIES  # the first is the baseline
    years: int = 0  # 0: as the scenario says
    seed: int = 1
    mode: str = ""  # '': as shipped
    levers: tuple[tuple[str, float], ...] = ()
    outcome: str = "gain_weak"  # as the verdict
    left: str = "none"  # live: the first strategy
    right: str = "strong_leads_weak"
    run: int = 0  # live: which society
    vary: str = ""  # sweep: the lever that is varied; '': the first that the page offers
    runs: int = 200  # sweep: of each setting
    sweep: str = ""  # the sweep that is looked at
    objective: str = "weak_villages_50k"  # propose: what counts
    budget: int = -1  # propose, yuan; -1: as usual for so many villages
    most: int = 9  # propose: villages of an alliance
    radius: int = 8  # propose, km
    must: str = ""  # propose: groups of villages that must be together, as written
    never: str = ""
    keep: str = ""  # propose: what becomes of today's alliances, one of KEEPS
    stages: int = 0  # propose: 1 where pilots are weighed
    hunt: str = ""  # the search for a proposal that is looked at
    hand: str = ""  # its partition as changed by hand (hands.py); '': unchanged
    strategy: str = "strong_leads_weak"  # the strategies page's choice
    beside: str = ""  # other questions answered beside this one: their addresses, joined by '|'
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

    @property
    def baseless(self) -> tuple[str, ...]:
        """Parts that say nothing, because what they are about is absent."""
        of_a_table = OF_A_TABLE if self.source != OWN_TABLE else ()
        return of_a_table if self.hunt else (*of_a_table, "hand")

    def to_query(self) -> str:
        """The address's part after the question mark."""
        plain, baseless = Asked(), self.baseless
        query: dict[str, str] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if value == getattr(plain, field.name) and field.name != "lang":
                continue
            if field.name in baseless:
                continue
            if field.name == "levers":
                query["set"] = "~".join(f"{name}={number:.10g}" for name, number in value)
            elif field.name == "strategies":
                query["strategies"] = "~".join(value)
            else:
                query[field.name] = str(value)
        return urlencode(query)

    def questions_beside(self) -> tuple[Asked, ...]:
        """The questions to be answered beside this one, in its language."""
        questions = [
            read_query(question, self.lang, False)[0]
            for question in self.beside.split("|")
            if question
        ]
        return tuple(replace(question, lang=self.lang) for question in questions[:MOST_BESIDE])


def from_query(query: str, lang: str = "zh") -> Asked:
    """The question that an address asks; see `read_query`."""
    return read_query(query, lang)[0]


def read_query(query: str, lang: str = "zh", others: bool = True) -> tuple[Asked, tuple[Text, ...]]:
    """The question that an address asks, and whatever of it could not be understood, each with
    what was expected.

    Never raises: what cannot be understood is left at its default. `others`: whether questions
    beside it are read too.
    """
    if len(query or "") > MOST_QUERY:
        return Asked(lang=lang), (
            worded(
                "problems.page_state.whole_link_characters", count=len(query), most_query=MOST_QUERY
            ),
        )
    from village_alliances.interface.dashboard.institutions import shortest

    given, ignored = _each_once(parse_qsl(query or "", errors="replace"))
    if not others:
        given.pop("beside", "")
    accepted: dict[str, Any] = {}
    for name, (fits, expected) in _words().items():
        if name in given:
            if len(given[name]) <= MOST_QUERY and fits(given[name]):
                accepted[name] = given[name]
            else:
                expected = _expected_now(name, given[name]) or expected
                ignored.append(_left_out(name, given[name], expected))
    for name in {"left", "right", "strategy"} & set(accepted):
        accepted[name] = shortest(accepted[name])
    for name, (low, high) in WHOLE.items():
        if name in given:
            number = _whole(given[name])
            if number is not None and low <= number <= high:
                accepted[name] = number
            else:
                ignored.append(
                    _left_out(
                        name,
                        given[name],
                        worded("problems.page_state.whole_number", low=low, high=high),
                    )
                )
    if "strategies" in given:
        chosen, wrong = _strategies(given["strategies"])
        ignored += wrong
        if chosen:
            accepted["strategies"] = chosen
    if "set" in given:
        settings, wrong = _levers(given["set"])
        ignored += wrong
        if settings:
            accepted["levers"] = tuple(sorted(settings.items()))
    for address in filter(None, str(accepted.get("beside", "")).split("|")):
        ignored += read_query(address, lang, False)[1]
    names = {field.name for field in fields(Asked)} - {"levers"} | {"set"}
    unknown = [name for name in given if name not in names]
    ignored += [_left_out(name, given[name], _nothing_here) for name in unknown]
    baseless = [name for name in replace(Asked(lang=lang), **accepted).baseless if name in accepted]
    ignored += [_left_out(name, given[name], _about_another(name)) for name in baseless]
    accepted = {name: value for name, value in accepted.items() if name not in baseless}
    return replace(Asked(lang=lang), **accepted), tuple(ignored)


def _each_once(parts: list[tuple[str, str]], within: str = "") -> tuple[dict[str, str], list[Text]]:
    """What each name says, and what it said before: of several values the last one holds.
    `within`: what stands before the name where it is reported."""
    said = dict(parts)
    once = worded("problems.page_state.once")
    earlier = dict.fromkeys((name, value) for name, value in parts if value != said[name])
    return said, [_left_out(within + name, value, once) for name, value in earlier]


WHOLE = {
    "years": (0, MOST_YEARS),
    "seed": (0, 2**31),
    "run": (0, 10_000),
    "start": (1990, 2100),
    "runs": (50, 1000),
    "budget": (-1, 10**11),
    "most": (2, 15),
    "radius": (1, 40),
    "stages": (0, 1),
}
"""Whole numbers of an address, with their bounds."""


@cache
def _words() -> Mapping[str, tuple[Callable[[str], bool], Text]]:
    """Texts of an address: which fit, and what to say of those that do not."""
    from village_alliances.interface.dashboard import tables
    from village_alliances.interface.dashboard.institutions import is_strategy
    from village_alliances.interface.dashboard.places import smaller_than
    from village_alliances.sim.metrics import BY_NAME
    from village_alliances.sim.region import names as regions

    places = {place.name for place in smaller_than(tables.MOST_VILLAGES)}
    strategy = (is_strategy, worded("problems.page_state.name_strategy"))
    job = (
        lambda text: re.fullmatch("[0-9a-f]{1,40}", text) is not None,
        worded("problems.page_state.name_page_gave"),
    )
    written = (
        lambda text: len(text) <= MOST_WRITTEN,
        worded("problems.page_state.most_characters", most_written=MOST_WRITTEN),
    )
    return {
        "page": (PAGES.__contains__, _one_of(PAGES)),
        "lang": (LANGS.__contains__, _one_of(LANGS)),
        "name": (lambda text: len(text) <= 80, worded("problems.page_state.most_characters_2")),
        "source": (
            lambda text: text == OWN_TABLE or text in places,
            worded("problems.page_state.villages_come_page"),
        ),
        "region": (regions().__contains__, _one_of(regions())),
        "mode": (MODES.__contains__, _one_of(MODES[1:])),
        "keep": (KEEPS.__contains__, _one_of(KEEPS[1:])),
        "outcome": (BY_NAME.__contains__, worded("problems.page_state.name_outcome")),
        "vary": (STEPS.__contains__, _one_of(STEPS)),
        "left": strategy,
        "right": strategy,
        "strategy": strategy,
        "sweep": job,
        "hunt": job,
        "objective": (is_objective, worded("problems.page_state.objective_proposals")),
        "must": written,
        "never": written,
        "hand": (is_partition, worded("problems.page_state.partition_villages")),
        "beside": (
            lambda text: text.count("|") < MOST_BESIDE,
            worded("problems.page_state.most_questions", most_beside=MOST_BESIDE),
        ),
        "table": (
            lambda text: tables.unpack(text) is not None,
            worded("problems.page_state.village_table"),
        ),
    }


def is_partition(text: str) -> bool:
    """Whether a text could be a partition made by hand (hands.py); whether it fits a proposal
    is seen when it is read."""
    part = r"[0-9.]*(:[a-z0-9_]*:[0-9]{1,9})?"
    return len(text) <= MOST_PARTITION and re.fullmatch(f"({part}-)*{part}", text) is not None


def is_objective(text: str) -> bool:
    """Whether a text names an objective that proposals can be asked for."""
    from village_alliances.experiments.propose import objectives

    try:
        return len(text) <= 200 and bool(objectives.read_objective(text))
    except objectives.ObjectiveError:
        return False


_nothing_here = worded("problems.page_state.nothing_name")
RENAMED = {
    "border_agreement": worded("problems.page_state.new_name_agreement"),
    "gain_others": worded("problems.page_state.gain_members_gain"),
}
"""Settings and outcomes of links of before, and what stands in their place."""


def _expected_now(name: str, value: str) -> Text | None:
    """What is written today where a link of before says `value`; None where nothing better is
    known than for any other."""
    from village_alliances.interface.dashboard.institutions import problem_of

    return problem_of(value) if name in ("left", "right", "strategy") else RENAMED.get(value)


def _about_another(name: str) -> Text:
    """What must stand in an address for that part to say anything."""
    if name == "hand":
        return worded("problems.page_state.hunt_beside")
    return worded("problems.page_state.table_beside")


def _one_of(names: Any) -> Text:
    return worded("problems.page_state.one_of", names=joined(names))


def _left_out(name: str, value: str, expected: Text) -> Text:
    """What is said of a part of an address that was not understood. Long values are shortened."""
    name, value = (part if len(part) <= 40 else f"{part[:40]}…" for part in (name, value))
    return worded("problems.page_state.expected", name=name, value=value, expected=expected)


def _whole(text: str) -> int | None:
    """A whole number in plain digits; None for whatever else looks like one."""
    return int(text) if re.fullmatch("-?[0-9]{1,12}", text) else None


def _strategies(text: str) -> tuple[tuple[str, ...], list[Text]]:
    from village_alliances.interface.dashboard.institutions import problem_of, shortest

    named = [name for name in dict.fromkeys(text.split("~")) if name]
    names, unread = named[:MOST_PARTS], named[MOST_PARTS:]
    wrong = {name: expected for name in names if (expected := problem_of(name)) is not None}
    fine = list(dict.fromkeys(shortest(name) for name in names if name not in wrong))
    ignored = [_left_out("strategies", name, expected) for name, expected in wrong.items()]
    most = worded("problems.page_state.most_time", most_strategies=MOST_STRATEGIES)
    over = [*fine[MOST_STRATEGIES:], *(["~".join(unread)] if unread else [])]
    ignored += [_left_out("strategies", name, most) for name in over]
    return tuple(fine[:MOST_STRATEGIES]), ignored


def _levers(text: str) -> tuple[dict[str, float], list[Text]]:
    from village_alliances.sim.parameters import levers

    settings: dict[str, float] = {}
    parts = [part.partition("=") for part in text.split("~") if part]
    said, ignored = _each_once([(name, value) for name, _, value in parts[:MOST_PARTS]], "set ")
    if unread := "~".join("".join(part) for part in parts[MOST_PARTS:]):
        most = worded("problems.page_state.most_settings", most_parts=MOST_PARTS)
        ignored.append(_left_out("set", unread, most))
    for name, value in said.items():
        lever = levers().get(name)
        try:
            number = float(value) if value.isascii() else math.nan
        except ValueError:
            number = math.nan
        if lever is None:
            ignored.append(_left_out(f"set {name}", value, RENAMED.get(name, _nothing_here)))
        elif not lever.low <= number <= lever.high:
            bounds = worded("problems.page_state.number", low=lever.low, high=lever.high)
            ignored.append(_left_out(f"set {name}", value, bounds))
        else:
            settings[name] = number
    return settings, ignored


asked: solara.Reactive[Asked] = solara.reactive(Asked())
"""The question of this session (Solara keeps one value a session)."""

ignored_of_link: solara.Reactive[tuple[Text, ...]] = solara.reactive(())
"""What the newest link said that could not be understood."""


@dataclass(frozen=True)
class Before:
    """A state to which one can go back: the question, the table it is about, and project
    types of the county's own."""

    asked: Asked
    own: Any
    types: Any


def _now() -> Before:
    return Before(asked.value, session.own.value, session.types.value)


past: solara.Reactive[tuple[Before, ...]] = solara.reactive(())
"""What was asked before, the oldest first."""

undone: solara.Reactive[tuple[Before, ...]] = solara.reactive(())
"""What was taken back, the newest first."""

_moved: solara.Reactive[tuple[tuple[str, ...], float]] = solara.reactive(((), 0.0))
MOST_PAST = 100
ONE_MOVE = 1.5  # seconds: changes of the same setting that follow each other so quickly are one


def put(question: Asked, own: Any = None) -> None:
    """Ask another question; the one before can be had back. `own`: a table that comes with it."""
    old = _now()
    if own is not None:
        session.own.value = own
    moved = tuple(
        f.name
        for f in fields(Asked)
        if getattr(question, f.name) != getattr(old.asked, f.name) and f.name not in NOT_ASKED
    )
    if moved or (own is not None and own is not old.own):
        now, (last, moment) = time.monotonic(), _moved.value
        if moved != last or now - moment > ONE_MOVE or not past.value or own is not None:
            past.value = (*past.value, old)[-MOST_PAST:]
        _moved.value = (moved, now)
        undone.value = ()
        if question.name == old.asked.name and moved != ("beside",):
            question = replace(question, name="")  # it is no longer the question that was kept
    asked.set(question)


def ask(own: Any = None, **changes: Any) -> None:
    """Change the question."""
    put(replace(asked.value, **changes), own)


def use_types(types: Any) -> None:
    """Ask with project types of the county's own, or with the shipped ones (None)."""
    past.value = (*past.value, _now())[-MOST_PAST:]
    _moved.value, undone.value = ((), 0.0), ()
    session.types.value = types


def take_back() -> None:
    """Return to what was asked before, on the page that is open."""
    _step(past, undone, -1)


def take_again() -> None:
    """Ask again what was taken back."""
    _step(undone, past, 0)


def _step(
    source: solara.Reactive[tuple[Before, ...]],
    to: solara.Reactive[tuple[Before, ...]],
    position: int,
) -> None:
    if not source.value:
        return
    now = _now()
    value = source.value[position]
    source.value = source.value[:-1] if position else source.value[1:]
    to.value = (now, *to.value) if position else (*to.value, now)
    _moved.value = ((), 0.0)
    session.own.value, session.types.value = value.own, value.types
    asked.set(replace(value.asked, **{name: getattr(now.asked, name) for name in NOT_ASKED}))
