"""What a turn may read of what is kept: the `Desk` of the dialogue on a database connection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from rapidfuzz import fuzz
from sqlalchemy import ColumnElement, Connection, and_, func, not_, or_, select

from intents.announcements import Announcement, Audience, Delivery, Reach
from intents.codes import new_code
from intents.duplicates import HOUSEHOLD, hashes_of
from intents.people import Person, Role
from intents.records import Case, CaseKind, Invitation, LocalAnswer, Overview, State, Switch, Tally
from knowledge.units import Area
from knowledge.vietnamese import read
from storage import announcements, audiences, cases, pins
from storage.schema import (
    ACTIVITY,
    ASKER,
    AUDIT,
    CASE,
    CONSENT,
    DATA_REQUEST,
    HASH,
    HELPED,
    INVITATION,
    LINK,
    LOCAL_ANSWER,
    PERSON,
    SWITCH,
    VERSION,
)
from storage.vault import Vault

SAME_QUESTION = 92  # RapidFuzz ratio of the folded words, on questions of one area; the officer sees both texts
ASKED_LATELY = timedelta(days=60)
VERIFIED = (State.VERIFIED.value, State.APPROVED.value)
SENT = (State.SUBMITTED.value, State.RETURNED.value, *VERIFIED)


class DatabaseDesk:
    """One person's view of the records during one turn."""

    def __init__(
        self, connection: Connection, vault: Vault, person: Person, at: datetime, templates: frozenset[str] = frozenset(), link: str = ""
    ) -> None:
        self.connection, self.vault, self.person, self.now = connection, vault, person, at
        self.templates, self.link = templates, link

    def fresh_code(self, prefix: str) -> str:
        while self.case(code := new_code(prefix)) is not None:
            pass
        return code

    def case(self, code: str) -> Case | None:
        """Any case by its code; who may see it is the dialogue's question. Its row is locked, for what may follow."""
        return cases.find(self.connection, self.vault, code, lock=True)

    def waiting_for(self, confirm: str) -> Case | None:
        """The registration that waits for a household to confirm it with this code."""
        value = self.vault.hash("confirm", confirm)
        named = CASE.c.id.in_(select(HASH.c.case_id).where(HASH.c.name == "confirm", HASH.c.value == value))
        waiting = next(iter(self._cases(named, CASE.c.state == State.WAITING.value)), None)
        locked = self.case(waiting.code) if waiting else None  # somebody else may have confirmed it meanwhile
        return locked if locked and locked.state is State.WAITING else None

    def mine(self, kind: CaseKind) -> Sequence[Case]:
        own = or_(CASE.c.owner_id == self.person.id, CASE.c.subject_id == self.person.id)
        return self._cases(own, CASE.c.kind == kind.value, newest=True, limit=20)

    def queue(
        self, kinds: Sequence[CaseKind], states: Sequence[State], village: str = "", limit: int = 10, skip: int = 0
    ) -> Sequence[Case]:
        return self._cases(self._queued(kinds, states, village), limit=limit, skip=skip)

    def queue_length(self, kinds: Sequence[CaseKind], states: Sequence[State], village: str = "") -> int:
        return int(self.connection.execute(select(func.count()).select_from(CASE).where(self._queued(kinds, states, village))).scalar_one())

    def _queued(self, kinds: Sequence[CaseKind], states: Sequence[State], village: str) -> ColumnElement[bool]:
        area = self.person.area
        if village:
            area = Area(area.province, area.commune, village, area.former)
        wanted = and_(CASE.c.kind.in_([kind.value for kind in kinds]), CASE.c.state.in_([state.value for state in states]))
        return and_(cases.seen_by(self.vault, self.person), cases.within(self.vault, area), wanted)

    def _cases(self, *conditions: ColumnElement[bool], newest: bool = False, limit: int = 10, skip: int = 0) -> list[Case]:
        order = (CASE.c.id.desc(),) if newest else (CASE.c.due_at, CASE.c.id)
        rows = self.connection.execute(select(CASE).where(*conditions).order_by(*order).limit(limit).offset(skip)).all()
        return [cases.read(self.connection, self.vault, row) for row in rows]

    def likely_same(self, kind: CaseKind, code: str, body: Mapping[str, Any], area: Area) -> Sequence[Case]:
        return cases.likely_same(self.connection, self.vault, kind, code, hashes_of(kind, body, area))

    def same_question(self, text: str, area: Area) -> Case | None:
        """A question of the same commune, asked lately, in nearly the same words and with the same figures."""
        said = read(text)
        conditions = (CASE.c.kind == CaseKind.QUESTION.value, CASE.c.created_at > self.now - ASKED_LATELY)
        for case in self._cases(*conditions, cases.within(self.vault, Area(area.province, area.commune)), newest=True, limit=200):
            other = read(str(case.body.get("text", "")))
            figures = [[word for word in words.plain if any(map(str.isdigit, word))] for words in (said, other)]
            if (
                figures[0] == figures[1]
                and fuzz.ratio(said.line, other.line) >= SAME_QUESTION
                and case.state in (State.SUBMITTED, State.ANSWERED)
            ):
                return case
        return None

    def askers(self, code: str) -> Sequence[int]:
        query = select(ASKER.c.person_id).join(CASE, CASE.c.id == ASKER.c.case_id).where(CASE.c.code == code)
        return [int(number) for number in self.connection.execute(query).scalars()]

    # -- numbers ---------------------------------------------------------------------------------------------------------

    def overview(self, area: Area | None = None, month: str = "") -> Overview:
        """The numbers of what the person sees, narrowed to an area inside it and to a month ("2026-11") of the activities."""
        here = and_(cases.seen_by(self.vault, self.person), cases.within(self.vault, area or Area()))
        query = select(CASE.c.state, func.count()).where(here, CASE.c.kind == CaseKind.REGISTRATION.value).group_by(CASE.c.state)
        states: dict[str, int] = {state: count for state, count in self.connection.execute(query).all()}
        gone = (State.WITHDRAWN.value, State.WAITING.value)
        counted = and_(here, ACTIVITY.c.month == month) if month else here
        months = [(str(row[0]), tally) for row, tally in self._tallies(ACTIVITY.c.month, counted)]
        villages = [(self._village_of(row[1]), tally) for row, tally in self._tallies(CASE.c.village_hash, counted)]
        return Overview(
            sum(count for state, count in states.items() if state not in gone),
            states.get(State.APPROVED.value, 0) + states.get(State.EXITED.value, 0),
            states.get(State.EXITED.value, 0),
            next((tally for _, tally in self._tallies(None, counted)), Tally()),
            sorted(villages),
            sorted(months),
        )

    def _tallies(self, by: Any, here: ColumnElement[bool]) -> list[tuple[Any, Tally]]:
        """The three numbers of the reports meant, grouped by a column (None: all together)."""
        seen = and_(here, CASE.c.kind == CaseKind.REPORT.value, CASE.c.state.in_(SENT))
        group = by if by is not None else func.coalesce(None, "")
        columns = [group, func.max(CASE.c.id)]
        for states in (SENT, VERIFIED, (State.APPROVED.value,)):
            columns.append(func.count(CASE.c.id).filter(and_(CASE.c.state.in_(states), ACTIVITY.c.counted)))
        for states in (SENT, VERIFIED, (State.APPROVED.value,)):
            columns.append(func.coalesce(func.sum(ACTIVITY.c.amount_vnd).filter(and_(CASE.c.state.in_(states), ACTIVITY.c.counted)), 0))
        columns.append(func.count(CASE.c.id).filter(not_(ACTIVITY.c.counted)))
        query = select(*columns).select_from(CASE.join(ACTIVITY, ACTIVITY.c.case_id == CASE.c.id)).where(seen)
        rows = self.connection.execute(query.group_by(by) if by is not None else query).all()
        return [(row, Tally(*(int(value) for value in row[2:]))) for row in rows if row[1] is not None]

    def _village_of(self, number: int) -> str:
        row = self.connection.execute(select(CASE).where(CASE.c.id == number)).one()
        return cases.read(self.connection, self.vault, row).area.village

    def unvisited(self, months: int, limit: int = 10) -> Sequence[Case]:
        """Registered households that no verified report of the last `months` months names."""
        other = CASE.alias()
        first = self.now.date().replace(day=1)
        for _ in range(months - 1):
            first = (first - timedelta(days=1)).replace(day=1)
        live = [State.SUBMITTED.value, State.APPROVED.value, State.EXITED.value, State.RETURNED.value]
        visited = (
            select(HASH.c.case_id)
            .join(HELPED, HELPED.c.household == HASH.c.value)
            .join(other, other.c.id == HELPED.c.case_id)
            .where(HASH.c.name == HOUSEHOLD, HELPED.c.month >= first.strftime("%Y-%m"), other.c.state.in_(VERIFIED))
        )
        seen = and_(cases.seen_by(self.vault, self.person), CASE.c.kind == CaseKind.REGISTRATION.value, CASE.c.state.in_(live))
        return self._cases(seen, CASE.c.id.not_in(visited), limit=limit)

    # -- codes, switches, answers ------------------------------------------------------------------------------------------

    def invitation(self, code: str) -> Invitation | None:
        which = INVITATION.c.code_hash == self.vault.hash("invitation", code)
        row = self.connection.execute(select(INVITATION).where(which).with_for_update()).one_or_none()
        if row is None:
            return None
        state = "revoked" if row.revoked_at else "used" if row.used_by else "open" if row.expires_at > self.now else "expired"
        return Invitation(Role(row.role), Area(row.province, row.commune, row.village, row.former), row.issued_by, row.expires_at, state)

    def link_owner(self, code: str) -> int | None:
        which = LINK.c.code_hash == self.vault.hash("link", code)
        row = self.connection.execute(select(LINK).where(which).with_for_update()).one_or_none()
        return int(row.person_id) if row is not None and row.used_at is None and row.expires_at > self.now else None

    def pin_matches(self, pin: str) -> bool:
        kept = self.connection.execute(select(PERSON.c.pin_hash).where(PERSON.c.id == self.person.id)).scalar_one()
        return pins.matches(pin, kept)

    def switched_off(self, plan: str, question: str) -> Switch | None:
        return next((one for one in self.switches() if (one.plan, one.question) == (plan, question)), None)

    def switches(self) -> Sequence[Switch]:
        query = select(SWITCH, PERSON.c.name).join(PERSON, PERSON.c.id == SWITCH.c.by_id)
        rows = self.connection.execute(query).all()
        return [Switch(row.plan, row.question, (self.vault.open(row.name) or "") if row.name else "", row.at, row.reason) for row in rows]

    def local_answer(self, plan: str, question: str, area: Area) -> LocalAnswer | None:
        """The approved answer of the nearest area that covers the person's."""
        rows = self.connection.execute(select(LOCAL_ANSWER).where(LOCAL_ANSWER.c.plan == plan, LOCAL_ANSWER.c.question == question)).all()
        found = [LocalAnswer(row.answer, row.source, _day(row.approved_on), Area(row.province, row.commune)) for row in rows]
        near = [one for one in found if one.area.covers(area)]
        return max(near, key=lambda one: len(one.area.commune) > 0, default=None)

    # -- what is held about the person ---------------------------------------------------------------------------------------

    def held(self) -> Mapping[str, Any]:
        """Everything kept about the person, for "Dữ liệu của tôi" and its export."""
        kinds = (CaseKind.REGISTRATION, CaseKind.REPORT, CaseKind.QUESTION, CaseKind.FLAG)
        consents = self.connection.execute(select(CONSENT).where(CONSENT.c.person_id == self.person.id).order_by(CONSENT.c.id)).all()
        return {
            "vai_tro": self.person.role.value,
            "noi": self.person.area.label if self.person.role is not Role.HOUSEHOLD else "",
            "ten": self.person.name,
            "may_dung_chung": self.person.shared_phone,
            "ho_so": [_case_json(case) for kind in kinds for case in self.mine(kind)],
            "dong_y": [
                {"muc_dich": row.purpose, "phien_ban": row.version, "noi_dung": row.wording, "luc": row.given_at.isoformat(), "rut_luc": row.withdrawn_at.isoformat() if row.withdrawn_at else None}
                for row in consents
            ],
            "yeu_cau": [{"viec": what, "luc": asked.isoformat(), "han": due.isoformat()} for what, asked, due in self._requests(DATA_REQUEST.c.person_id == self.person.id)],
        }  # fmt: skip

    def requests(self) -> Sequence[tuple[str, datetime, datetime]]:
        """Open requests under the data law: for an officer those of the area, otherwise the person's own; nearest deadline first."""
        if not self.person.is_officer:
            return self._requests(DATA_REQUEST.c.person_id == self.person.id)
        province, commune, _, _ = self.person.area.keys
        here = DATA_REQUEST.c.province_key == province
        return self._requests(and_(here, DATA_REQUEST.c.commune_key == commune) if commune else here)

    def _requests(self, condition: ColumnElement[bool]) -> list[tuple[str, datetime, datetime]]:
        query = select(DATA_REQUEST).where(DATA_REQUEST.c.done_at.is_(None), condition).order_by(DATA_REQUEST.c.due_at)
        return [(str(self.vault.open(row.what) or ""), row.asked_at, row.due_at) for row in self.connection.execute(query).all()]

    def viewers(self, code: str) -> Sequence[tuple[str, str, datetime]]:
        """Who has looked at a case, from the audit: name, role and when, the latest first."""
        query = (
            select(AUDIT.c.at, PERSON.c.name, PERSON.c.role)
            .join(PERSON, PERSON.c.id == AUDIT.c.actor)
            .where(AUDIT.c.action == "view", AUDIT.c.target == code)
            .order_by(AUDIT.c.id.desc())
            .limit(10)
        )
        rows = self.connection.execute(query).all()
        return [((self.vault.open(row.name) or "") if row.name else "", row.role, row.at) for row in rows]

    def history(self, code: str) -> Sequence[tuple[int, datetime, str]]:
        """The versions of a case before the present one: number, until when, state."""
        query = select(VERSION).join(CASE, CASE.c.id == VERSION.c.case_id).where(CASE.c.code == code).order_by(VERSION.c.version)
        return [(row.version, row.at, row.state) for row in self.connection.execute(query).all()]

    # -- announcements -------------------------------------------------------------------------------------------------------

    def reach(self, audience: Audience) -> Reach:
        """Whom the audience reaches now."""
        return audiences.reach(self.connection, self.vault, audience, self.now, self.templates)

    def unreached(self, audience: Audience) -> Sequence[Delivery]:
        return audiences.unreached(self.connection, self.vault, audience, self.now, self.templates)

    def announcement(self, code: str) -> Announcement:
        return announcements.standing(self.connection, code, self.now)

    def announcements(self, limit: int = 8) -> Sequence[Case]:
        """The announcements of the officer's area, the latest first."""
        here = and_(cases.seen_by(self.vault, self.person), CASE.c.kind == CaseKind.ANNOUNCEMENT.value)
        return self._cases(here, newest=True, limit=limit)

    def deliveries(self, code: str) -> Sequence[Delivery]:
        case = cases.find(self.connection, self.vault, code)
        return announcements.deliveries(self.connection, self.vault, case) if case else ()

    def answered(self, message: str) -> Case | None:
        """The announcement that came to this person as the platform's message `message`."""
        code = announcements.answered(self.connection, self.person.id, message)
        return cases.find(self.connection, self.vault, code) if code else None


def _case_json(case: Case) -> dict[str, Any]:
    return {
        "ma": case.code,
        "loai": case.kind.value,
        "trang_thai": case.state.value,
        "noi": case.area.label,
        "noi_dung": dict(case.body),
        "gui_luc": case.created_at.isoformat(),
        "phien_ban": case.version,
        "ghi_chu": case.note,
    }


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))
