"""Which strategy a table is about: the choice above it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from village_alliances.interface.dashboard.answers import Answer
from village_alliances.interface.dashboard.widgets import Choice
from village_alliances.interface.dashboard.words import pick, text


def choose_strategy(
    a: Answer, listed: Sequence[str], chosen: str, choose: Callable[[str], None], lang: str
) -> str:
    """The strategies of an answer that are `listed`, by title, to choose from; the one that is
    shown: the first until another is `chosen`."""
    label = chosen if chosen in listed else listed[0]
    items = [{"value": s, "text": pick(a.titles[s], lang)} for s in listed]
    Choice(
        label=text("answer.projects_of", lang),
        value=label,
        groups=[{"label": "", "items": items}],
        event_chosen=choose,
    )
    return label
