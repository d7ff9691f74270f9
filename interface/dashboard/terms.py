"""Terms explained where they stand: the first time that a text says one, it tells what is meant
when one points at it or tabs to it."""

from __future__ import annotations

import re
from functools import cache

from village_alliances.interface.dashboard.words import clean, markup
from village_alliances.wording import table


@cache
def terms(lang: str) -> dict[str, str]:
    """Every term of a language with what it means, in the order of the file."""
    about = table("glossary.about")
    return {term[lang]: about[key][lang] for key, term in table("glossary.term").items()}


@cache
def _pattern(lang: str) -> re.Pattern[str]:
    longest_first = sorted(terms(lang), key=len, reverse=True)
    alternatives = "|".join(re.escape(term) for term in longest_first)
    return re.compile(
        rf"\b(?:{alternatives})(?:s|es)?\b" if lang == "en" else alternatives, re.IGNORECASE
    )


def explained(text: str, lang: str) -> str:
    """The text as safe markup, each term of the glossary marked once with what it means."""
    meanings = {term.lower(): about for term, about in terms(lang).items()}
    lines: set[str] = set()
    out, end = "", 0
    for match in _pattern(lang).finditer(text):
        word = match[0].lower()
        term = next((w for w in (word, word[:-1], word[:-2]) if w in meanings), "")
        if not term or term in lines:
            continue
        lines.add(term)
        about = meanings[term]
        marked = markup("dfn", clean(match[0]), "term", tabindex="0", title=about, data_about=about)
        out += clean(text[end : match.start()]) + marked
        end = match.end()
    return out + clean(text[end:])
