"""Who takes part: roles bound to an area, and what each may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from knowledge.units import Area


class Role(StrEnum):
    """Everyone is a household; the other roles are given by an invitation."""

    HOUSEHOLD = "household"
    VILLAGE_HEAD = "village_head"
    COMMUNE_OFFICER = "commune_officer"
    PROVINCE_OFFICER = "province_officer"
    ADMIN = "admin"


EVERYWHERE = Area()
RANK = {role: rank for rank, role in enumerate(Role)}
OFFICERS = (Role.COMMUNE_OFFICER, Role.PROVINCE_OFFICER)


@dataclass(frozen=True)
class Person:
    """Somebody who writes, by number. `locked` tells that the phone is shared and no PIN has been given yet.

    `name` is what an officer or village head is called by others ("chị Hoa"); households have none.
    """

    id: int
    role: Role = Role.HOUSEHOLD
    area: Area = EVERYWHERE
    name: str = ""
    shared_phone: bool = False
    locked: bool = False
    blocked_until: datetime | None = None

    @property
    def is_officer(self) -> bool:
        return self.role in OFFICERS

    @property
    def reports(self) -> bool:
        return self.role is Role.VILLAGE_HEAD

    def may_see(self, area: Area, owner: int) -> bool:
        """Whether this person may see a record of `area` that belongs to person `owner`. The administrator runs the
        machine and sees no records."""
        if owner == self.id:
            return True
        return self.role in (Role.VILLAGE_HEAD, *OFFICERS) and self.area.covers(area)

    def may_decide(self, area: Area, owner: int) -> bool:
        """Officers decide inside their area, never on what they have sent themselves."""
        return self.is_officer and self.area.covers(area) and owner != self.id

    def may_invite(self, role: Role, area: Area) -> bool:
        """Only roles below one's own, and only inside one's own area; the administrator anywhere."""
        if role is Role.HOUSEHOLD:
            return False
        if self.role is Role.ADMIN:
            return True
        return self.is_officer and RANK[role] < RANK[self.role] and self.area.covers(area)
