"""What all tests share: how deeply hypothesis searches, and a model that is compiled before the first test needs it."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import HealthCheck, Phase, settings

_SLOW_START = [
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
]  # the first example may meet rules that are not yet compiled

# `fast` looks at the same examples every time; `ci` looks at more, and at new ones: HYPOTHESIS_PROFILE=ci
_SEARCH = [Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink]
settings.register_profile(
    "fast",
    max_examples=40,
    deadline=None,
    derandomize=True,
    phases=_SEARCH,
    suppress_health_check=_SLOW_START,
)
settings.register_profile(
    "ci",
    max_examples=1000,
    deadline=None,
    print_blob=True,
    phases=_SEARCH,
    suppress_health_check=_SLOW_START,
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))


# A shell's background job ignores Ctrl-C, and so would every process that a test starts in it.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def compiled_model() -> None:
    """Every rule is compiled once this fixture is there."""
    from village_alliances.sim.ensemble import warm_up

    warm_up()
