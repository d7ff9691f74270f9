"""What all tests share: how deeply hypothesis searches, and a model that is compiled before
the first test needs it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.chrome import ARGS, CHROME

_SLOW_START = [
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
]  # the first example may meet rules that are not yet compiled

# `quick` looks at the same few examples every time, `ci` at more of them; `soak` at many new ones:
# HYPOTHESIS_PROFILE=soak
_SEARCH = [Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink]
settings.register_profile(
    "quick",
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=_SEARCH,
    suppress_health_check=_SLOW_START,
)
settings.register_profile("ci", settings.get_profile("quick"), max_examples=20)
settings.register_profile(
    "soak",
    max_examples=1000,
    deadline=None,
    print_blob=True,
    phases=_SEARCH,
    suppress_health_check=_SLOW_START,
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


# A shell's background job ignores Ctrl-C, and so would every process that a test starts in it.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def compiled_model() -> None:
    """Every rule is compiled once this fixture is there."""
    from village_alliances.sim.ensemble import warm_up

    warm_up()


@pytest.fixture
def without_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures take most of a comparison's or a proposal's time; that they are written is the
    matter of tests/experiments."""
    from village_alliances.experiments import plots
    from village_alliances.experiments.propose import report

    monkeypatch.setattr(plots, "figures", lambda c, lang: {})
    monkeypatch.setattr(report, "pictures", lambda p, scenario, lang: {})


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Chromium, once for all tests: Playwright starts only once in a process."""
    sync = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed (pip install playwright)"
    )
    if not CHROME:
        pytest.skip("no chromium was found: apt-get install -y chromium, or set CHROMIUM=/path")
    with sync.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROME, args=ARGS.split())
        yield started
        started.close()
