"""A line of the answer, and the answer as its lines."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from village_alliances.calibration.asked import refused
from village_alliances.wording import joined, say, titled

LINES = ("effect", "sets", "cost", "sure")


@dataclass(frozen=True)
class Line:
    """One line of the answer in every language, with the figures that it is made of."""

    text: Mapping[str, str]
    figures: Mapping[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {**self.text, **finite(self.figures)}


@dataclass(frozen=True)
class AnswerText:
    """What is read: headline, effect, sets, cost, sure, and the questions to find out first (in
    words, most valuable first)."""

    headline: Line
    lines: Mapping[str, Line]
    questions: tuple[Line, ...] = ()

    def text(self, lang: str) -> str:
        """All in one paragraph."""
        return joined(self.sentences(lang), lang)

    def sentences(self, lang: str) -> list[str]:
        """That only order and differences may be read, where the calibration denies the model skill
        on incomes; the headline; then every line that there is with its label: `Effect: ...`,
        `效果：...`."""
        first = [say("answer.order_only", lang)] if "income" in refused() else []
        return [*first, self.headline.text[lang]] + [
            titled(say(f"answer.label.{name}", lang), lang, line.text[lang])
            for name, line in self.lines.items()
        ]

    def first(self, lang: str) -> list[str]:
        """What to find out first, one string a question, the first with its label."""
        label = say("answer.label.questions", lang)
        texts = [question.text[lang] for question in self.questions]
        return [titled(label, lang, texts[0]), *texts[1:]] if texts else []

    def plain(self) -> dict[str, Any]:
        """As JSON holds it: whether only order and differences may be read, headline, effect, sets,
        cost, sure, questions; None for a line that there is not."""
        return {
            "order_only": "income" in refused(),
            "headline": self.headline.plain(),
            **{name: self.lines[name].plain() if name in self.lines else None for name in LINES},
            "questions": [question.plain() for question in self.questions],
        }


def opened(text: str, lang: str) -> str:
    return text[:1].upper() + text[1:] if lang == "en" else text


def finite(value: Any) -> Any:
    """Plain values with None for what is no number."""
    if isinstance(value, Mapping):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
