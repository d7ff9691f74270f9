"""A sweep on many machines: an executor on the workers of a Dask scheduler."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from concurrent.futures import Executor

from village_alliances.experiments.refused import Refused
from village_alliances.sim.worded import worded


@contextlib.contextmanager
def dask_executor(address: str, patience: str = "20s") -> Iterator[tuple[Executor, int]]:
    """An executor on the workers of a Dask scheduler, and how many tasks they can take at once.

    Raises Refused if `distributed` is not installed, or nobody answers at the address.
    """
    try:
        from distributed import Client
    except ImportError as error:
        hint = 'pip install "village-alliances[dask]"'
        raise Refused(worded("problems.sweep.dask_installed", hint=hint)) from error
    logging.getLogger("distributed").setLevel(
        logging.CRITICAL
    )  # pages of its alarms would bury our one line

    class ImpatientClient(Client):
        """A client that does not wait for a scheduler when it is dropped because none answered."""

        def __del__(self) -> None:
            if self.status == "running":
                super().__del__()

    try:
        client = ImpatientClient(address, timeout=patience, set_as_default=False)
    except (
        Exception
    ) as error:  # a bad address, nobody there, somebody else there, keys that are missing
        raise Refused(
            worded("problems.sweep.dask_scheduler_answers", address=address, error=error),
        ) from error
    try:
        yield client.get_executor(pure=False), max(16, 2 * sum(client.nthreads().values()))
    finally:
        client.close(timeout=5)
