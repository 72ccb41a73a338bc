"""An event loop whose clock jumps to the next timer when there is nothing else to do."""

import asyncio
import selectors
from datetime import UTC, datetime, timedelta


class _JumpingSelector(selectors.SelectSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None):
        events = super().select(0)
        if not events and timeout is None:
            raise AssertionError("the loop waits for something that can never happen")
        if not events and timeout is not None and timeout > 0:
            self.now += timeout
        return events


class JumpingLoop(asyncio.SelectorEventLoop):
    """Time passes in it only by waiting, and then at once."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        self._began = datetime.now(UTC).replace(microsecond=0)
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now

    def clock(self) -> datetime:
        """The moment on the calendar that the loop's time stands for."""
        return self._began + timedelta(seconds=self._jumping.now)
