"""A plugin of pytest: what a thread of an executor does takes up to a tenth of a second longer, as on a busy machine.

Which of two things in the loop comes first must not depend on it: scripts/test -p tests.slow_threads tests/speech
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
import random
import time
from typing import Final

import pytest

_LONGEST_PAUSE_S: Final = 0.05


def pytest_configure() -> None:
    """Slow all executors down; Home Assistant's own is one of them."""
    submit = ThreadPoolExecutor.submit

    def submit_slow[**P, T](
        executor: ThreadPoolExecutor, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> Future[T]:
        def slowly() -> T:
            _pause()
            try:
                return work(*args, **kwargs)
            finally:
                _pause()

        return submit(executor, slowly)

    pytest.MonkeyPatch().setattr(ThreadPoolExecutor, "submit", submit_slow)


def _pause() -> None:
    time.sleep(random.uniform(0, _LONGEST_PAUSE_S))  # noqa: S311 - no secret
