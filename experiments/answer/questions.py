"""What to find out first, in words."""

from __future__ import annotations

from collections.abc import Mapping

from village_alliances.experiments.answer.amounts import amount, between, share
from village_alliances.experiments.answer.inquire import LEAST, Inquiry, Worth
from village_alliances.experiments.answer.lines import Line, opened
from village_alliances.wording import LANGUAGES, say, titled

MOST = 2  # questions that are said beside an answer


def questions(inquiry: Inquiry, most: int = MOST) -> tuple[Line, ...]:
    """What to find out first, at most `most` questions; one line that says why there is
    none where there is none."""
    if not inquiry.worths:
        key = "no_choice" if inquiry.runs >= LEAST else "too_few"
        return (
            Line(
                {
                    lang: say(f"answer.questions.{key}", lang, runs=inquiry.runs)
                    for lang in LANGUAGES
                }
            ),
        )
    if not inquiry.worthwhile:
        text = {
            lang: say("answer.questions.nothing", lang)
            + say("answer.questions.nothing_seen", lang, seen=amount(inquiry.seen, lang))
            for lang in LANGUAGES
        }
        return (Line(text, {"seen": inquiry.seen}),)
    return tuple(
        Line(
            {lang: _question(question, lang) for lang in LANGUAGES},
            {
                "name": question.unknown.name,
                "value": question.value,
                "low": question.low,
                "high": question.high,
                "changes": question.changes,
            },
        )
        for question in inquiry.worthwhile[:most]
    )


def first_question(inquiry: Inquiry, lang: str) -> str:
    """The most valuable question in one short line, with its label."""
    if inquiry.worthwhile:
        first = inquiry.worthwhile[0]
        text = say(
            "answer.questions.found_short",
            lang,
            title=first.unknown.title[lang],
            who=first.unknown.who[lang],
            amount=amount(first.value, lang),
        )
    elif inquiry.worths:
        text = say("answer.questions.nothing", lang)
    else:
        text = questions(inquiry)[0].text[lang]
    return titled(say("answer.label.questions", lang), lang, text)


def inquired(
    inquiry: Inquiry, whom: Mapping[str, str], title: Mapping[str, str], lang: str
) -> list[str]:
    """All that was asked: the choice without knowing more, every question that is more than noise
    with its parts, and the others. `title`: of the option that is chosen."""
    if not inquiry.worths:
        return [questions(inquiry)[0].text[lang]]
    lines = [
        say(
            "answer.inquire.choice",
            lang,
            choice=title[lang],
            whom=whom[lang],
            amount=amount(inquiry.perfect, lang),
        )
    ]
    asked = len(inquiry.worths)
    if not inquiry.worthwhile:
        lines.append(
            say(
                "answer.inquire.nothing",
                lang,
                count=asked,
                runs=inquiry.runs,
                seen=amount(inquiry.seen, lang),
            )
        )
    else:
        lines.append(say("answer.inquire.found", lang, count=len(inquiry.worthwhile), asked=asked))
        lines += [
            f"{place}. {_question(question, lang)}"
            for place, question in enumerate(inquiry.worthwhile, start=1)
        ]
    rest = [worth for worth in inquiry.worths if not worth.beyond_noise]
    if rest:
        lines.append(say("answer.inquire.rest", lang))
        lines += [
            f"- "
            f"{say('answer.inquire.row', lang, title=question.unknown.title[lang], who=question.unknown.who[lang])}"
            for question in rest
        ]
    return lines


def _question(worth: Worth, lang: str) -> str:
    text = _valued(worth, "answer.questions.found", lang)
    for part in worth.within[:1]:
        text += (" " if lang == "en" else "") + opened(
            _valued(part, "answer.inquire.within", lang), lang
        )
    return text


def _valued(worth: Worth, key: str, lang: str) -> str:
    return say(
        key,
        lang,
        question=worth.unknown.question[lang],
        who=worth.unknown.who[lang],
        share=share(worth.changes, lang, LEAST),
        amount=amount(worth.value, lang),
        spread=between(max(0.0, worth.low), worth.high, lang),
    )
