"""What a session holds beside its question: its table, the trouble with it, and the newest answer.
Gone when the tab closes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import solara

if TYPE_CHECKING:
    from village_alliances.interface.dashboard.answers import Answer
    from village_alliances.interface.dashboard.tables import Brought, OwnTable, Refusal
    from village_alliances.interface.dashboard.technologies import Types

own: solara.Reactive[OwnTable | None] = solara.reactive(None)
"""The planner's table, once it could be read."""

brought: solara.Reactive[Brought | None] = solara.reactive(None)
"""The upload that was brought last, so that it can be read in another sheet or with
other columns."""

refused: solara.Reactive[Refusal | None] = solara.reactive(None)
"""What is wrong with the table that was brought last."""

types: solara.Reactive[Types | None] = solara.reactive(None)
"""The county's own project types, where a technology file was brought."""

answer: solara.Reactive[Answer | None] = solara.reactive(None)
"""The newest answer, perhaps of an older question while a new one is computed."""

pending: solara.Reactive[bool] = solara.reactive(False)
"""Whether a question is being answered."""

lost: solara.Reactive[str] = solara.reactive("")
"""Reference in the log of a question that could not be answered."""

queue: solara.Reactive[tuple[int, float]] = solara.reactive((0, 0.0))
"""Place in the queue (0: none) and the seconds before the turn, while other visitors come first."""
