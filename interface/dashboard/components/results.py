"""The right side of the compare page: verdict, pictures, tables, and what can be taken away."""

from __future__ import annotations

import solara
from village_alliances.interface.dashboard import charts
from village_alliances.interface.dashboard.answers import (
    TRAJECTORIES,
    Answer,
    answered,
)
from village_alliances.interface.dashboard.components.courses import (
    Best,
    Differences,
    Trajectories,
    Weak,
)
from village_alliances.interface.dashboard.components.figures import Drawn, Figures
from village_alliances.interface.dashboard.components.keeping import Beside, Keeping
from village_alliances.interface.dashboard.components.money import Cost, Parts, Rivals, Who
from village_alliances.interface.dashboard.components.projects import Projects
from village_alliances.interface.dashboard.components.settings import InPrint
from village_alliances.interface.dashboard.components.verdict import Verdict
from village_alliances.interface.dashboard.components.villages import Villages
from village_alliances.interface.dashboard.parts import box, html
from village_alliances.interface.dashboard.state import asked
from village_alliances.interface.dashboard.words import clean, text


@solara.component
def Results(a: Answer, lang: str, outcome: str, busy: bool) -> None:
    """Everything that an answer says."""
    Verdict(a, lang, busy)
    InPrint(lang)
    Beside(asked.value, a, lang)
    drawn_outcome = outcome if outcome in answered(TRAJECTORIES) else "gain_weak"
    if outcome != drawn_outcome and outcome in TRAJECTORIES:
        html(
            clean(text("answer.no_skill", lang, outcome=charts.meaning(outcome, lang))), "p", "note"
        )
    with box("div", "grid"):
        with box("section", "card span-7"):
            Trajectories(a, lang, drawn_outcome)
        with box("section", "card span-5"):
            Differences(a, lang, drawn_outcome)
        with box("section", "card span-6"):
            Weak(a, lang)
        with box("section", "card span-6"):
            Best(a, lang, drawn_outcome)
        with box("section", "card span-6"):
            Who(a, lang)
        with box("section", "card span-6"):
            Cost(a, lang)
        with box("section", "card span-6"):
            Rivals(a, lang)
        with box("section", "card span-6"):
            Parts(a, lang)
        with box("section", "card span-12"):
            Projects(a, lang)
        with box("section", "card span-12 villages"):
            Villages(a, lang)
        with box("section", "card span-12"):
            Figures(a, lang)
        with box("section", "card span-12 noprint"):
            Keeping(asked.value, a, lang)
        with box("section", "card span-12"):
            Drawn(a, lang)
