"""How fast a channel may be written to: never more in any window than its rates allow, announcements at most their share."""

from __future__ import annotations

from collections import deque
from math import ceil, floor, inf

from bot.channels.protocol import Rates
from storage.outbox import ANNOUNCED, TALK

LONGEST_WINDOW = 10  # seconds
PATIENCE = 60.0  # seconds a silent chat is remembered
LONGEST_CLOSED = 86_400.0
FLOOD = 5  # people told to wait within a second, and FLOOD_SHARE of those written to: then it is the whole channel that has to
FLOOD_SHARE = 0.25
NEARLY = 1e-6  # 66.67 times three is 200 messages, not 199


class Pace:
    """The times of what was sent lately on one channel, in seconds of the sender's clock.

    A window of several seconds keeps the rate exactly; within it no second takes more than one second's messages.
    """

    def __init__(self, rates: Rates) -> None:
        self.rates = rates
        self.window = _window(rates)
        both = (rates.overall, rates.overall * rates.share)
        self.most = (max(1, floor(both[0] * self.window + NEARLY)), max(1, floor(both[1] * self.window + NEARLY)))
        self._limits = ((1, (ceil(both[0] - NEARLY), ceil(both[1] - NEARLY))), (self.window, self.most))
        self._sent: tuple[deque[float], deque[float]] = (deque(), deque())  # all together; announcements
        self._next: dict[str, float] = {}
        self._groups: dict[str, deque[float]] = {}
        self._told: deque[float] = deque()
        self._latest = -inf
        self.closed_until = 0.0

    def room(self, lane: int, now: float) -> int:
        """How many messages of a lane may leave now."""
        self._follow(now)
        if now < self.closed_until:
            return 0
        for times in self._sent:
            while times and times[0] <= now - self.window:
                times.popleft()
        lanes = (TALK,) if lane == TALK else (TALK, ANNOUNCED)
        return min(most[one] - _since(self._sent[one], now - seconds) for one in lanes for seconds, most in self._limits)

    def wait(self, now: float) -> float:
        """Seconds until there may be room again for what has none now."""
        self._follow(now)
        if now < self.closed_until:
            return self.closed_until - now
        everything, announced = [
            max(max(times[-most[lane]] + seconds - now, 0.0) if len(times) >= most[lane] else 0.0 for seconds, most in self._limits)
            for lane, times in enumerate(self._sent)
        ]
        return max(everything or announced, 0.0)  # while nothing at all may leave, no announcement may

    def busy(self, now: float) -> set[str]:
        """The accounts that have to wait: written to a moment ago, or a group that has had its share."""
        self._follow(now)
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
        self._follow(now)
        self._sent[TALK].append(now)
        if lane != TALK:
            self._sent[ANNOUNCED].append(now)
        self._next[key] = now + 1 / self.rates.one
        if key.startswith("-"):
            self._groups.setdefault(key, deque()).append(now)

    def told_to_wait(self, seconds: float, now: float, *, everyone: bool) -> None:
        """The platform said wait: this person only, or everyone, or so many people in a second that everyone is meant."""
        self._follow(now)
        self._told.append(now)
        while self._told and self._told[0] <= now - 1:
            self._told.popleft()
        lately = sum(at > now - 1 for at in self._sent[0])
        if everyone or len(self._told) >= max(FLOOD, FLOOD_SHARE * lately):
            self.close(seconds, now)

    def close(self, seconds: float, now: float) -> None:
        self._follow(now)
        self.closed_until = max(self.closed_until, now + min(seconds, LONGEST_CLOSED))

    def _follow(self, now: float) -> None:
        """A clock that is set back takes what was noted by it along: an hour that comes twice is not waited for."""
        if (back := self._latest - now) > 0:
            for times in (*self._sent, *self._groups.values(), self._told):
                moved = [at - back for at in times]
                times.clear()
                times.extend(moved)
            self._next = {key: at - back for key, at in self._next.items()}
            self.closed_until -= back
        self._latest = now


def _since(times: deque[float], start: float) -> int:
    """How many of the times, which are in order, lie after `start`."""
    count = 0
    for at in reversed(times):
        if at <= start:
            break
        count += 1
    return count


def _window(rates: Rates) -> int:
    """Seconds in which both rates are whole numbers of messages, as nearly as may be: 66.67 a second are 200 in three. Where less
    than one message leaves in the longest window, it is as long as one message takes."""
    both = (rates.overall, rates.overall * rates.share)
    if both[0] * LONGEST_WINDOW < 1:
        return ceil(1 / both[0] - NEARLY)

    def lost(window: int) -> float:
        return round(sum(1 - floor(rate * window + NEARLY) / (rate * window) for rate in both), 3)

    return min(range(1, LONGEST_WINDOW + 1), key=lost)
