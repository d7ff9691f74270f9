"""The queue of visitors: small questions at once, large ones in turn. No browser is needed."""

from __future__ import annotations

import threading
import time

import pytest

pytest.importorskip(
    "solara", reason='the dashboard is not installed (pip install "village-alliances[dashboard]")'
)

from village_alliances.interface.dashboard import turns
from village_alliances.interface.dashboard.pages.compare import in_words
from village_alliances.interface.dashboard.turns import LIGHT, Turns
from village_alliances.interface.dashboard.words import text

LARGE = 50 * LIGHT


class Worker(threading.Thread):
    """Takes a turn and holds it until it is let go."""

    def __init__(self, queue: Turns, visitor: str, work: int, log: list[str]) -> None:
        super().__init__(daemon=True)
        self.queue, self.visitor, self.work, self.log = queue, visitor, work, log
        self.let_go, self.holds = threading.Event(), threading.Event()
        self.places: list[tuple[int, float]] = []
        self.start()
        time.sleep(0.05)

    def run(self) -> None:
        say = lambda place, seconds: self.places.append((place, seconds))  # noqa: E731
        with self.queue.take(self.visitor, self.work, say):
            self.log.append(self.visitor)
            self.holds.set()
            self.let_go.wait(10)


def test_large_questions_take_turns_between_visitors() -> None:
    queue, log = Turns(2), []
    asked = [Worker(queue, name, LARGE, log) for name in ("a", "a", "a", "b", "c")]
    for _ in asked:
        time.sleep(0.05)
        held = [
            visitor for visitor in asked if visitor.holds.is_set() and not visitor.let_go.is_set()
        ]
        assert len(held) == 1, "one large question at a time"
        held[0].let_go.set()
        held[0].join(5)
        time.sleep(0.3)
    assert log == ["a", "b", "c", "a", "a"]


def test_a_small_question_passes_large_ones() -> None:
    queue, log = Turns(2), []
    large = [Worker(queue, name, LARGE, log) for name in ("a", "b")]
    small = Worker(queue, "c", LIGHT, log)
    assert small.holds.wait(1)
    for value in (small, *large):
        value.let_go.set()


def test_who_waits_hears_place_and_time() -> None:
    queue, log = Turns(2), []
    asked = [Worker(queue, name, LARGE, log) for name in ("a", "b", "c")]
    time.sleep(0.3)
    assert asked[2].places[-1][0] == 2 and asked[1].places[-1][0] == 1
    assert asked[2].places[-1][1] == pytest.approx(2 * LARGE / turns.USUAL_PACE)
    for visitor in asked:
        visitor.let_go.set()


def test_a_large_piece_pauses_for_a_small_one_and_not_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "MOST_PAUSE", 0.4)
    queue, log = Turns(2), []
    small = Worker(queue, "c", 1, log)
    begun = time.monotonic()
    queue.make_way()
    assert 0.3 < time.monotonic() - begun < 2
    threading.Timer(0.1, small.let_go.set).start()
    begun = time.monotonic()
    queue.make_way()
    assert time.monotonic() - begun < 0.35


def test_a_question_that_nobody_wants_leaves_the_queue() -> None:
    class Gone(Exception):
        pass

    def still() -> None:
        raise Gone

    queue, log = Turns(1), []
    first = Worker(queue, "a", LARGE, log)
    with pytest.raises(Gone), queue.take("b", LARGE, still=still):
        pass
    first.let_go.set()
    last = Worker(queue, "b", LARGE, log)
    assert last.holds.wait(1)
    last.let_go.set()


def test_what_a_link_may_ask_has_a_limit() -> None:
    from village_alliances.interface.dashboard import answers, desk, stored
    from village_alliances.interface.dashboard.state import Asked, from_query
    from village_alliances.sim.strategy import names

    largest = from_query(f"source=zibo&years=20&strategies={'~'.join(names()[:8])}")
    scenario = answers.scenario_of(largest, None)
    assert scenario is not None
    assert desk.too_large(answers.request_of(largest, None), scenario) >= 2
    plain = answers.scenario_of(Asked(), None)
    assert plain is not None and not desk.too_large(stored.default_question(), plain)
    county = Asked(source="fenghua")
    of_county = answers.scenario_of(county, None)
    assert of_county is not None
    assert not desk.too_large(answers.request_of(county, None), of_county)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("runs", [1, 2, 8, 99, 100, 500, 5000])
def test_no_number_of_runs_makes_certain(lang: str, runs: int) -> None:
    from village_alliances.interface.dashboard.words import share

    for part in (0.0, 1.0):
        said = share(part, runs, lang)
        assert said not in ("0%", "100%")
        assert str(runs) in said if runs < 100 else said in (">99%", "<1%")


@pytest.mark.parametrize(
    ("queue", "lang", "said"),
    [
        ((3, 1500.4), "en", "your place in the queue is 3, about 1,500 seconds"),
        ((3, 1500.4), "zh", "您排在第 3 位，约需 1500 秒"),
        ((1, 0.2), "en", "your place in the queue is 1, about 1 seconds"),
        ((1, 0.2), "zh", "您排在第 1 位，约需 1 秒"),
    ],
)
def test_who_waits_reads_place_and_time(queue: tuple[int, float], lang: str, said: str) -> None:
    sentence = in_words(queue, lang)
    assert said in sentence and "{" not in sentence


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_who_does_not_wait_reads_of_no_queue(lang: str) -> None:
    sentence = in_words((0, 0.0), lang)
    assert sentence == text("answer.new_question", lang)
    assert not any(figure in sentence for figure in ("queue", "第", "排"))
