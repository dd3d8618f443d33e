"""How fast a channel may be written to: never more in any window than its rates allow, announcements at most their share."""

from __future__ import annotations

from collections import deque

from bot.channels.protocol import Rates
from storage.outbox import TALK

LONGEST_WINDOW = 10  # seconds
PATIENCE = 60.0  # seconds a silent chat is remembered
FLOOD = 5  # people told to wait within a second: then it is the whole channel that has to


class Pace:
    """The times of what was sent lately on one channel, in seconds of the sender's clock."""

    def __init__(self, rates: Rates) -> None:
        self.rates = rates
        self.window = _window(rates)
        self.most = (round(rates.overall * self.window), max(1, round(rates.overall * rates.share * self.window)))
        self._sent: tuple[deque[float], deque[float]] = (deque(), deque())  # all together; announcements
        self._next: dict[str, float] = {}
        self._groups: dict[str, deque[float]] = {}
        self._told: deque[float] = deque()
        self.closed_until = 0.0

    def room(self, lane: int, now: float) -> int:
        """How many messages of a lane may leave now."""
        if now < self.closed_until:
            return 0
        for times in self._sent:
            while times and times[0] <= now - self.window:
                times.popleft()
        room = self.most[0] - len(self._sent[0])
        return room if lane == TALK else min(room, self.most[1] - len(self._sent[1]))

    def wait(self, now: float) -> float:
        """Seconds until there may be room again for what has none now."""
        if now < self.closed_until:
            return self.closed_until - now
        full = [times[0] + self.window - now for times, most in zip(self._sent, self.most, strict=True) if len(times) >= most]
        return max(min(full, default=0.0), 0.0)

    def busy(self, now: float) -> set[str]:
        """The accounts that have to wait: written to a moment ago, or a group that has had its share."""
        self._next = {key: at for key, at in self._next.items() if at > now}
        for key, times in list(self._groups.items()):
            while times and times[0] <= now - PATIENCE:
                times.popleft()
            if not times:
                del self._groups[key]
        full = {key for key, times in self._groups.items() if len(times) >= self.rates.group_minute}
        return full | set(self._next)

    def sent(self, lane: int, key: str, now: float) -> None:
        """Notes a message that leaves now."""
        self._sent[0].append(now)
        if lane != TALK:
            self._sent[1].append(now)
        self._next[key] = now + 1 / self.rates.one
        if key.startswith("-"):
            self._groups.setdefault(key, deque()).append(now)

    def told_to_wait(self, seconds: float, now: float, *, everyone: bool) -> None:
        """The platform said wait: this person only, or everyone, or so many people in a second that everyone is meant."""
        self._told.append(now)
        while self._told and self._told[0] <= now - 1:
            self._told.popleft()
        if everyone or len(self._told) >= FLOOD:
            self.close(seconds, now)

    def close(self, seconds: float, now: float) -> None:
        self.closed_until = max(self.closed_until, now + seconds)


def _window(rates: Rates) -> int:
    """Seconds in which both rates are whole numbers of messages, as nearly as may be: 66.67 a second are 200 in three."""
    both = (rates.overall, rates.overall * rates.share)
    return min(range(1, LONGEST_WINDOW + 1), key=lambda window: round(sum(abs(rate * window - round(rate * window)) for rate in both), 3))
