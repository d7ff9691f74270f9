"""Which strategy a table is about: the choice above it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from village_alliances.interface.dashboard.answers import Answer
from village_alliances.interface.dashboard.widgets import Choice
from village_alliances.interface.dashboard.words import pick, text


def choose_strategy(
    a: Answer, listed: Sequence[str], chosen: str, choose: Callable[[str], None], lang: str
) -> None:
    """The strategies of an answer that are `listed`, by title, with the one that is shown."""
    items = [{"value": s, "text": pick(a.titles[s], lang)} for s in listed]
    Choice(
        label=text("answer.projects_of", lang),
        value=chosen,
        groups=[{"label": "", "items": items}],
        event_chosen=choose,
    )
