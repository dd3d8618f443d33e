"""What phrases come to: roles, states, needs and channels of an audience, and what cannot go together."""

from __future__ import annotations

from intents.announcements import Audience
from intents.people import Role
from intents.slots.audience_phrases import Heard, Hit
from intents.slots.audience_words import in_words
from intents.wording import group
from knowledge.units import Area

STATES = {"registered": ("submitted", "approved", "returned")}
CHANNELS = {"zalo": ("zalo_oa", "zalo_bot")}
JOINS = frozenset((",", "+", "/", "va", "voi", "hoac", "hay", "cung"))
AGAINST = frozenset(("nhung", "ma"))
EITHER = frozenset(("hoac", "hay"))


class Said:
    """Roles, states, needs and channels as values, their labels, and units of what has to be given back after all."""

    def __init__(self, heard: Heard, allowed: tuple[Role, ...]) -> None:
        self.left_out: set[int] = set()
        self.heard = heard
        self.roles = self._roles(allowed)
        self.states, self.state_labels = self._states()
        self.channel_labels = self._labels_of("channel")
        self.channels = tuple(dict.fromkeys(name for one in self.channel_labels for name in CHANNELS.get(one, (one,))))
        self.labels: tuple[str, ...] = ()

    def _labels_of(self, name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(hit.label for hit in self.heard.hits if hit.table == name))

    def _roles(self, allowed: tuple[Role, ...]) -> tuple[Role, ...]:
        for hit in self.heard.hits:
            if hit.table == "role" and Role(hit.label) not in allowed:
                self.left_out |= set(range(hit.start, hit.end))
        return tuple(role for role in map(Role, self._labels_of("role")) if role in allowed)

    def _states(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """States listed are added; one that only describes the one before ("nhưng chưa được duyệt") narrows it."""
        states: tuple[str, ...] = ()
        labels: list[str] = []
        before: Hit | None = None
        for hit in [hit for hit in self.heard.hits if hit.table == "state"]:
            named = STATES.get(hit.label, (hit.label,))
            between = set(self.heard.text.words[before.end : hit.start]) if before else set()
            if before is None or (between & JOINS and not between & AGAINST):
                states, before = (*states, *(state for state in named if state not in states)), hit
                labels.append(hit.label)
            elif both := tuple(state for state in states if state in named):
                states, before = both, hit
                labels = [hit.label]
            else:
                self.left_out |= set(range(hit.start, hit.end))
        return states, tuple(dict.fromkeys(labels))

    def narrowed(self, base: Audience, area: Area) -> tuple[Audience, tuple[str, ...]]:
        """The base with what was said in place of what it had; roles that cannot be joined with it are told apart."""
        states, needs = self.states or base.registration, self.heard.needs or base.needs
        roles = self.roles or base.roles
        others = tuple(role for role in roles if role is not Role.HOUSEHOLD) if states or needs else ()
        apart = tuple(in_words(role.value) for role in others if role in self.roles)
        roles = (Role.HOUSEHOLD,) if states or needs else roles
        names = group("need")
        said = [in_words(role.value) for role in self.roles if role not in others and not (self.states or self.heard.needs)]
        said += [in_words(state) for state in self.state_labels]
        said += [in_words("needs", need=names[need]) for need in self.heard.needs]
        self.labels = (*said, *(in_words(channel) for channel in self.channel_labels))
        if sum(map(bool, (self.states, self.heard.needs, self.channels, others))) > 1 or (self.roles and self.channels):
            self._give_back_either()
        return Audience(area, roles, states, needs, self.channels or base.channels, base.same_as), apart

    def _give_back_either(self) -> None:
        """ "Hoặc" between two kinds of conditions: all conditions hold together, so that it cannot be done."""
        self.left_out |= {at for at, word in enumerate(self.heard.text.words[: self.heard.cut]) if word in EITHER and self._joins(at)}

    def _joins(self, at: int) -> bool:
        before = [hit.table for hit in self.heard.hits if hit.end <= at]
        after = [hit.table for hit in self.heard.hits if hit.start > at]
        return bool(before and after) and before[-1] != after[0] and not {"head", "everybody"} & {before[-1]}
