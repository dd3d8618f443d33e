"""A desk with nothing on it: for `donghanh ask`, where nobody is known and nothing is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from intents.announcements import Announcement, Audience, Delivery, Reach, Run
from intents.codes import new_code
from intents.people import Person
from intents.records import Case, CaseKind, Invitation, LocalAnswer, Overview, State, Switch, Tally
from knowledge.calendar import ZONE
from knowledge.units import Area


class NoDesk:
    """The `Desk` of a person nobody knows."""

    def __init__(self, today: date) -> None:
        self.now = datetime.combine(today, time(12), ZONE)
        self.person = Person(0)
        self.link = ""

    def fresh_code(self, prefix: str) -> str:
        return new_code(prefix)

    def case(self, code: str) -> Case | None:
        return None

    def waiting_for(self, confirm: str) -> Case | None:
        return None

    def mine(self, kind: CaseKind) -> Sequence[Case]:
        return ()

    def queue(
        self, kinds: Sequence[CaseKind], states: Sequence[State], village: str = "", limit: int = 10, skip: int = 0
    ) -> Sequence[Case]:
        return ()

    def queue_length(self, kinds: Sequence[CaseKind], states: Sequence[State], village: str = "") -> int:
        return 0

    def likely_same(self, kind: CaseKind, code: str, body: Mapping[str, Any], area: Area) -> Sequence[Case]:
        return ()

    def same_question(self, text: str, area: Area) -> Case | None:
        return None

    def askers(self, code: str) -> Sequence[int]:
        return ()

    def overview(self, area: Area | None = None, month: str = "") -> Overview:
        return Overview(0, 0, 0, Tally())

    def unvisited(self, months: int, limit: int = 10) -> Sequence[Case]:
        return ()

    def invitation(self, code: str) -> Invitation | None:
        return None

    def link_owner(self, code: str) -> int | None:
        return None

    def pin_matches(self, pin: str) -> bool:
        return False

    def switched_off(self, plan: str, question: str) -> Switch | None:
        return None

    def switches(self) -> Sequence[Switch]:
        return ()

    def local_answer(self, plan: str, question: str, area: Area) -> LocalAnswer | None:
        return None

    def held(self) -> Mapping[str, Any]:
        return {}

    def requests(self) -> Sequence[tuple[str, datetime, datetime]]:
        return ()

    def viewers(self, code: str) -> Sequence[tuple[str, str, datetime]]:
        return ()

    def history(self, code: str) -> Sequence[tuple[int, datetime, str]]:
        return ()

    def reach(self, audience: Audience) -> Reach:
        return Reach()

    def announcement(self, code: str) -> Announcement:
        return Announcement(code, Run.NONE)

    def announcements(self, limit: int = 8) -> Sequence[Case]:
        return ()

    def deliveries(self, code: str) -> Sequence[Delivery]:
        return ()

    def unreached(self, audience: Audience) -> Sequence[Delivery]:
        return ()

    def answered(self, message: str) -> Case | None:
        return None
