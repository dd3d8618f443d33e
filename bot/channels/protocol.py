"""What a channel is: its JSON becomes events, a part of a message leaves, and what became of it is told.

Adding a channel is one module that offers a `Channel` and one line in `bot.channels.table`. Nothing here decides; what an
outcome leads to (again later, given up, unknown) is the sender's matter.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from intents.messages import Choice, Incoming

# -- what comes in ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Heard:
    """A person's message. `photos` are what `Channel.fetch` takes to bring the pictures that belong to it."""

    incoming: Incoming
    photos: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gone:
    """The person cannot be written to any more; `why` is "blocked" or "left"."""

    key: str
    why: str


@dataclass(frozen=True)
class Back:
    """The person can be written to again (follows, unblocks)."""

    key: str


@dataclass(frozen=True)
class Reacted:
    """A reaction to one of our messages; `to` is the platform's id of it, `icon` "" where it was taken back."""

    key: str
    message: str
    to: str
    icon: str


@dataclass(frozen=True)
class Aside:
    """Words said to the bot where others read along (a group): answered with `text` only, never with personal data."""

    key: str
    message: str
    text: str


@dataclass(frozen=True)
class HumanReplied:
    """An officer has answered the person by the platform's own chat tool."""

    key: str
    message: str
    text: str


@dataclass(frozen=True)
class Ignored:
    """Nothing for us; `what` is one of a few fixed words, for the metrics (never anything a person wrote)."""

    what: str


Event = Heard | Gone | Back | Reacted | Aside | HumanReplied | Ignored


class Malformed(Exception):
    """The body is not what the platform sends; the message says what is wrong without quoting it."""


class Refused(Exception):
    """The request does not prove that it comes from the platform."""


class FetchFailed(Exception):
    """A picture could not be brought; `again` tells whether it is worth another try."""

    def __init__(self, why: str, *, again: bool = True) -> None:
        super().__init__(why)
        self.again = again


# -- what goes out ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class File:
    """A file that goes with a message, as bytes; `media` is its MIME type."""

    name: str
    content: bytes
    media: str


@dataclass(frozen=True)
class Part:
    """One message of the platform: text within its limit, or a file (with `text` as its caption).

    The text numbers the choices already; `choices` are there for channels with buttons. `tag` names the outbox row: a
    button gives back `button(tag, number)`, so that a button of an old message is known as old.
    `contact` asks for the person's phone number where the platform can.
    """

    text: str
    choices: tuple[Choice, ...] = ()
    tag: str = ""
    file: File | None = None
    contact: bool = False


def button(tag: str, number: int) -> str:
    """What a button gives back: the row and the number of the choice (from 1), at most 64 bytes; `Incoming.pressed` takes it."""
    return f"{tag}.{number}"


@dataclass(frozen=True)
class Limits:
    """`characters` of one message; most `buttons`; `files` are the MIME types that can be sent (empty: none)."""

    characters: int
    buttons: int = 0
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rates:
    """Messages a second over all, a second to one person, a minute to one group; announcements use at most `share` of the first."""

    overall: float
    one: float = 1.0
    group_minute: float = 20.0
    share: float = 0.8


class Reason(StrEnum):
    """Why a message did not arrive; the words for people are in intents/wording (group "delivery")."""

    BLOCKED = "blocked"  # the person blocked the bot
    LEFT = "left"  # not a follower, account gone, chat not found
    WINDOW = "window"  # outside the time in which the platform lets us write
    WRONG_NUMBER = "wrong_number"  # no such user or phone
    REFUSED = "refused"  # the person refuses this kind of message
    QUOTA = "quota"  # the platform's or the package's quota is used up
    LOCKED = "locked"  # a shared phone that is locked: only that there is news was said
    RATE = "rate"  # too fast
    BROKEN = "broken"  # the platform does not work (5xx, no connection, nonsense)
    BAD_REQUEST = "bad_request"  # our request was wrong: a bug, or too long
    ACCOUNT = "account"  # our own account there: token, package, permission; a person must mend it


@dataclass(frozen=True)
class Sent:
    """It has arrived at the platform; `message` is the platform's id of it ("" where it gives none)."""

    message: str = ""


@dataclass(frozen=True)
class Later:
    """Surely not sent, and worth another try after `seconds` (None: the sender chooses). `everyone`: the whole channel has to
    wait, not this person only."""

    reason: Reason
    seconds: float | None = None
    everyone: bool = False
    detail: str = ""


@dataclass(frozen=True)
class Never:
    """Surely not sent, and no other try would help. `detail` is for the log: a code, no personal data."""

    reason: Reason
    detail: str = ""


@dataclass(frozen=True)
class Unknown:
    """It may or may not have been sent (no answer in time, connection lost after the request, 5xx)."""

    reason: Reason = Reason.BROKEN
    detail: str = ""


@dataclass(frozen=True)
class NeedsPerson:
    """Surely not sent; nothing can be sent on this channel before somebody mends it (dead token, package, permission).
    `detail` says in Vietnamese what to do; the administrators are told once."""

    detail: str
    reason: Reason = Reason.ACCOUNT


Outcome = Sent | Later | Never | Unknown | NeedsPerson


# -- the channel -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Finding:
    """One line of `donghanh channels check`: whether it is well, and in Vietnamese what was found and what to do."""

    well: bool
    text: str


@dataclass(frozen=True)
class Setting:
    """One setting of a channel. `how` says in Vietnamese how to get it; `pattern` is what it must match (a regular expression);
    `default` is used where it is empty; a channel is configured once its `needed` settings are there."""

    name: str
    how: str
    pattern: str = ".+"
    secret: bool = False
    needed: bool = True
    default: str = ""


class Channel(Protocol):
    """One platform. All methods may be called at the same time from one event loop; `read` and `prove` are quick and pure."""

    name: str
    limits: Limits
    rates: Rates
    webhook: bool  # updates are pushed to /webhook/<name>; otherwise `poll` asks for them

    def prove(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises Refused unless the request comes from the platform. `headers` by lower-case name. Compares in constant time."""

    def read(self, body: Any) -> Sequence[Event]:
        """The events of one update (a JSON value). Raises Malformed."""

    def poll(self) -> AsyncIterator[Any]:
        """Updates one by one (JSON values); asking for the next confirms the one before, so that none is lost."""

    async def fetch(self, photo: str) -> bytes:
        """A picture, at most storage.photos.MOST_BYTES long. Raises FetchFailed."""

    async def send(self, key: str, part: Part) -> Outcome:
        """Sends one message. Never raises for what the platform or the network does."""

    async def recall(self, key: str, message: str) -> Outcome:
        """Takes a sent message back; Never where the platform cannot."""

    def reachable(self, key: str, silent_for: float) -> Reason | None:
        """Whether a person who wrote last `silent_for` seconds ago may be written to now; the reason why not, or None."""

    async def started(self) -> None:
        """Called once before the first send or update: opens connections, sets the webhook. Raises bot.settings.SettingsError."""

    async def stopped(self) -> None:
        """Closes connections."""

    async def check(self) -> list[Finding]:
        """Asks the platform who we are, where its webhook points, and how the token is."""


Environment = Mapping[str, str]
Make = Callable[[Environment], Channel]
