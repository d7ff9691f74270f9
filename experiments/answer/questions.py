"""What to find out first, in words."""

from __future__ import annotations

from collections.abc import Mapping

from village_alliances.experiments.answer.amounts import amount, between, share
from village_alliances.experiments.answer.inquire import LEAST, Inquiry, Worth
from village_alliances.experiments.answer.lines import Line, labelled, opened
from village_alliances.wording import LANGUAGES, say

MOST = 2  # questions that are said beside an answer


def questions(found: Inquiry, most: int = MOST) -> tuple[Line, ...]:
    """What to find out first, at most `most` questions; one line that says why there is
    none where there is none."""
    if not found.worths:
        key = "no_choice" if found.runs >= LEAST else "too_few"
        return (
            Line(
                {lang: say(f"answer.questions.{key}", lang, runs=found.runs) for lang in LANGUAGES}
            ),
        )
    if not found.found:
        text = {
            lang: say("answer.questions.nothing", lang)
            + say("answer.questions.nothing_seen", lang, seen=amount(found.seen, lang))
            for lang in LANGUAGES
        }
        return (Line(text, {"seen": found.seen}),)
    return tuple(
        Line(
            {lang: _question(one, lang) for lang in LANGUAGES},
            {
                "name": one.unknown.name,
                "value": one.value,
                "low": one.low,
                "high": one.high,
                "changes": one.changes,
            },
        )
        for one in found.found[:most]
    )


def first_question(found: Inquiry, lang: str) -> str:
    """The most valuable question in one short line, with its label."""
    if found.found:
        one = found.found[0]
        told = say(
            "answer.questions.found_short",
            lang,
            title=one.unknown.title[lang],
            who=one.unknown.who[lang],
            amount=amount(one.value, lang),
        )
    elif found.worths:
        told = say("answer.questions.nothing", lang)
    else:
        told = questions(found)[0].text[lang]
    return labelled(say("answer.label.questions", lang), told, lang)


def inquired(
    found: Inquiry, whom: Mapping[str, str], title: Mapping[str, str], lang: str
) -> list[str]:
    """All that was asked: the choice without knowing more, every question that is more than noise
    with its parts, and the others. `title`: of the option that is chosen."""
    if not found.worths:
        return [questions(found)[0].text[lang]]
    said = [
        say(
            "answer.inquire.choice",
            lang,
            choice=title[lang],
            whom=whom[lang],
            amount=amount(found.perfect, lang),
        )
    ]
    asked = len(found.worths)
    if not found.found:
        said.append(
            say(
                "answer.inquire.nothing",
                lang,
                count=asked,
                runs=found.runs,
                seen=amount(found.seen, lang),
            )
        )
    else:
        said.append(say("answer.inquire.found", lang, count=len(found.found), asked=asked))
        said += [
            f"{place}. {_question(one, lang)}" for place, one in enumerate(found.found, start=1)
        ]
    rest = [one for one in found.worths if not one.found]
    if rest:
        said.append(say("answer.inquire.rest", lang))
        said += [
            f"- "
            f"{say('answer.inquire.row', lang, title=one.unknown.title[lang], who=one.unknown.who[lang])}"
            for one in rest
        ]
    return said


def _question(one: Worth, lang: str) -> str:
    told = _valued(one, "answer.questions.found", lang)
    for part in one.within[:1]:
        told += (" " if lang == "en" else "") + opened(
            _valued(part, "answer.inquire.within", lang), lang
        )
    return told


def _valued(one: Worth, key: str, lang: str) -> str:
    return say(
        key,
        lang,
        question=one.unknown.question[lang],
        who=one.unknown.who[lang],
        share=share(one.changes, lang),
        amount=amount(one.value, lang),
        spread=between(max(0.0, one.low), one.high, lang),
    )
