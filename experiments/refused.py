"""What a study answers where it cannot do what is asked."""

from __future__ import annotations

from village_alliances.sim.problems import Text


class Refused(ValueError):
    """Something that cannot be done as asked, with the way to go on. `message(lang)` says
    it in English or Chinese."""

    def __init__(self, text: Text) -> None:
        super().__init__(text)

    def __str__(self) -> str:
        return str(self.args[0])

    def message(self, lang: str = "en") -> str:
        """The message in `lang`, "en" or "zh"."""
        return self.args[0].lang(lang)
