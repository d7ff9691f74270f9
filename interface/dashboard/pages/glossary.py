"""Every term that a planner meets on the page, in both languages, with what it means here."""

from __future__ import annotations

import solara
from village_alliances.interface.dashboard.parts import box, compact, html
from village_alliances.interface.dashboard.state import asked
from village_alliances.interface.dashboard.widgets import Sheet
from village_alliances.interface.dashboard.words import clean, markup, text
from village_alliances.wording import table


@solara.component
def Body() -> None:
    """The page of terms."""
    lang = asked.value.lang
    other = "en" if lang == "zh" else "zh"
    about = table("glossary.about")
    rows = [
        {
            "k": key,
            "t": f"{term['en']} {term['zh']} {about[key][lang]}".lower(),
            "c": [
                markup("b", clean(term[lang])) + markup("small", clean(term[other])),
                clean(about[key][lang]),
            ],
        }
        for key, term in table("glossary.term").items()
    ]
    html(clean(text("glossary.title", lang)), "h1")
    html(clean(text("glossary.why", lang)), "p", "lead")
    with box("section", "card"):
        Sheet(
            heads=[text("glossary.term", lang), text("glossary.about", lang)],
            rows=compact(rows),
            words={
                "search": text("glossary.search", lang),
                "more": text("evidence.more", lang),
                "label": text("glossary.title", lang),
            },
            whole=True,
        )
