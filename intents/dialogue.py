"""One turn of the conversation, pure: an open form first, then commands, then questions and wishes.

A form is never lost: a question in its middle is answered and the form goes on where it was; another wish waits until it is
finished or stopped. What officers have switched off is not answered; what they have answered for their area is added.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from intents.answering import MORE, Answering
from intents.compose import split
from intents.flows import (
    announcement_sure,
    announcing,
    commands,
    handoff,
    officer_answers,
    own_reports,
    privacy,
    registration,
    reporting,
    review,
    roles,
    status,
)
from intents.flows.moment import Moment, stops, when
from intents.messages import MOST_CHARACTERS, Kind, Reply
from intents.no_desk import NoDesk
from intents.people import Role
from intents.records import CaseKind, Desk, LockPhone, Photo, PinTried, Release
from intents.state import LINE_LENGTH, LINES_KEPT, Conversation, Form, Turn
from intents.understand import Understander
from intents.wording import say
from knowledge.calendar import in_words
from knowledge.model import Knowledge
from knowledge.units import Area, communes
from knowledge.vietnamese import fold

MOST_TYPED = 2000  # characters; longer messages are not read at all
SILENT_FOR = timedelta(hours=12)  # after which a form that goes on says since when it has been open


@dataclass(frozen=True)
class Flow:
    """A form's two functions: take an answer (None: it is none), and ask the same step again. `free` are its steps that
    take any words, where commands are not looked for; at its `light` steps nothing is lost yet, and another wish takes over.
    `first`: the form hears the words before a command does."""

    hear: Callable[[Moment, Form], Turn | None]
    again: Callable[[Moment, Form], Turn]
    free: tuple[str, ...] = ()
    light: tuple[str, ...] = ()
    first: bool = False


FORMS: dict[str, Flow] = {
    registration.NAME: Flow(registration.hear, registration.again, ("proof_text",), ("intro",)),
    reporting.NAME: Flow(reporting.hear, reporting.again, (), ("free",)),
    handoff.NAME: Flow(handoff.hear, handoff.again, ("text",), ("sure", "place")),
    "review": Flow(review.hear, review.again, ("reason", "answer", "why_off", "reason_sure", "answer_sure")),
    "bulk": Flow(review.hear_bulk, review.again_bulk),
    "draft": Flow(officer_answers.hear_draft, officer_answers.again_draft, ("source",)),
    "withdraw": Flow(status.hear_withdraw, status.again_withdraw, (), ("confirm",)),
    "withdraw_report": Flow(own_reports.hear_withdraw, own_reports.again_withdraw, (), ("sure",)),
    "confirm": Flow(status.hear_confirm, status.again_confirm),
    "consent": Flow(privacy.hear_withdraw, privacy.again_withdraw, ("sure",), ("sure",)),
    "erase": Flow(privacy.hear_erase, privacy.again_erase, (), ("sure",)),
    "invitation": Flow(roles.hear_name, roles.again_name, ("name",)),
    "invite": Flow(roles.hear_place, roles.again_place, ("place",)),
    "pin_reset": Flow(roles.hear_reset, roles.again_reset, ("code",)),
    "pin": Flow(roles.hear_pin, roles.again_pin, (), ("set",)),
    "announce": Flow(announcing.hear, announcing.again, (), ("text",), first=True),
    announcement_sure.NAME: Flow(announcement_sure.hear, announcement_sure.again),
}
TASKS: dict[str, Callable[[Moment], Turn]] = {
    "register": registration.start,
    "register_for_other": lambda moment: registration.start(moment, for_other=True),
    "registration_status": status.show,
    "withdraw_registration": lambda moment: status.withdraw(moment, None),
    "report_activity": reporting.start,
    "my_reports": own_reports.mine,
    "ask_officer": handoff.start,
    "unsubscribe": privacy.opt_out,
    "privacy_delete": privacy.erase,
    "privacy_export": privacy.show,
}
BRIEF = frozenset(("review", "bulk", "draft", announcement_sure.NAME))  # an officer's steps give way to the next command


class Dialogue:
    """Takes turns with one knowledge base; holds no state of any conversation."""

    def __init__(self, understander: Understander) -> None:
        self.answering = Answering(understander)
        self.knowledge: Knowledge = understander.knowledge

    def take_turn(
        self,
        conversation: Conversation,
        text: str,
        today: date,
        desk: Desk | None = None,
        photos: tuple[Photo, ...] = (),
        location: tuple[float, float] | None = None,
    ) -> Turn:
        """The reply to `text`, the conversation after it, and what has to be done. Without a desk nobody is known."""
        moment = Moment(conversation, text, desk or NoDesk(today), self.knowledge, photos, location)
        if len(text) > MOST_TYPED:
            reply = Reply(Kind.OUT_OF_SCOPE, say("out_of_scope", "too_long"))
            return Turn(conversation, reply)
        chosen = self.answering.chosen(conversation, text)
        if moment.person.locked and (turn := self._locked(moment if chosen is None else replace(moment, text=chosen))):
            return turn
        if conversation.rest and MORE.match(moment.line):
            return self._more(conversation)
        if chosen is not None:
            return self._turn(replace(moment, conversation=replace(conversation, choices=()), text=chosen))
        return _placed(conversation, self._turn(moment), moment.line)

    def prepare(self, conversation: Conversation, text: str) -> None:
        """Understands a message ahead of its turn; the turn finds it understood. Changes nothing else."""
        if conversation.form is None and len(text) <= MOST_TYPED:
            self.answering.understand(self.answering.chosen(conversation, text) or text, conversation)

    def _turn(self, moment: Moment) -> Turn:
        form = moment.form
        if form is None or form.name not in FORMS:
            return self._open(replace(moment, conversation=replace(moment.conversation, form=None)))
        flow = FORMS[form.name]
        command = None
        if form.step not in flow.free and not moment.photos and not moment.location:
            command = commands.match(moment)
        turn = flow.hear(moment, form) if flow.first else None
        if turn is None and command and form.name not in BRIEF:
            return self._beside(moment, form, command.run(moment), told=True)
        if turn is None and not flow.first:
            turn = flow.hear(moment, form)
        if turn is None and command:
            return self._left(moment, form, command)
        if turn is None:
            if stops(moment):
                return moment.turn(form.name, say("task", "cancel"))
            return self._beside(moment, form, self._free(moment))
        return self._resumed(moment, form, turn)

    def _left(self, moment: Moment, form: Form, command: commands.Command) -> Turn:
        """An officer goes on to something else: the case in hand is put back unless it is the one meant."""
        turn = command.run(moment)
        if turn is None:
            return self._open(moment)
        other = form.code and not (turn.conversation.form and turn.conversation.form.code == form.code) and form.code not in moment.text
        return replace(turn, effects=(Release(form.code), *turn.effects)) if other and form.name == "review" else turn

    def _open(self, moment: Moment) -> Turn:
        """No form is open: a command, a photo, a village head's report, or free talk."""
        if command := commands.match(moment):
            turn = command.run(moment)
            if turn is not None:
                return turn
        if moment.agrees is not None and not moment.conversation.check:
            return _nothing_asked(moment)
        if moment.person.reports and (moment.photos or moment.location or reporting.sounds_like(moment)):
            return reporting.start(moment)
        return self._free(moment)

    def _free(self, moment: Moment) -> Turn:
        """Questions, places, small talk; a wish leads into its flow."""
        turn = self.answering.take_turn(moment.conversation, moment.text, moment.today)
        task = turn.reply.task
        if task in TASKS:
            return roles.locked(moment) if moment.person.locked else TASKS[task](moment)
        if task == "help" and moment.person.role is not Role.HOUSEHOLD:
            guide = {Role.VILLAGE_HEAD: say("officer", "help_head"), Role.ADMIN: say("invite", "how")}
            text = f"{turn.reply.text}\n{guide.get(moment.person.role, say('officer', 'help_officer'))}"
            turn = replace(turn, reply=replace(turn.reply, text=text))
        turn = self._supervised(moment, turn)
        said = (*turn.conversation.lines, (moment.text[:LINE_LENGTH], turn.reply.text[:LINE_LENGTH]))[-LINES_KEPT:]
        return replace(turn, conversation=replace(turn.conversation, lines=said)) if turn.reply.kind is not Kind.TASK else turn

    def _supervised(self, moment: Moment, turn: Turn) -> Turn:
        """What officers have switched off is not said; what they answered for this place is added where a plan is silent."""
        question = turn.conversation.question
        if not turn.reply.plans or not question or turn.reply.kind not in (Kind.ANSWER, Kind.NOT_IN_PLAN):
            return turn
        for plan in turn.reply.plans:
            if plan not in self.knowledge.plans:
                continue
            canonical = self.knowledge.plans[plan].same.get(question, question)
            if off := moment.desk.switched_off(plan, canonical):
                reply = Reply(Kind.NOT_IN_PLAN, say("flag", "reviewing", day=in_words(off.at.date())), plans=(plan,))
                return replace(turn, conversation=turn.conversation.after(reply), reply=reply)
            local = moment.desk.local_answer(plan, canonical, _home(moment)) if turn.reply.kind is Kind.NOT_IN_PLAN else None
            if local:
                said = say("question", "local", area=local.area.label, day=in_words(local.on), answer=local.answer, source=local.source)
                return replace(turn, reply=replace(turn.reply, text=f"{said}\n{turn.reply.text}"[:MOST_CHARACTERS]))
        return turn

    def _more(self, conversation: Conversation) -> Turn:
        """What is left of a long reply; in a form its choices stay open, and stand below the last part."""
        turn = self.answering.more(conversation)
        if conversation.form is None or not conversation.choices:
            return turn
        numbered = [f"{number}. {choice.label}" for number, choice in enumerate(conversation.choices, 1)]
        shown = "\n".join([turn.reply.text, *numbered])
        text = shown if not turn.reply.rest and len(shown) <= MOST_CHARACTERS else turn.reply.text
        reply = replace(turn.reply, text=text, choices=conversation.choices)
        return replace(turn, conversation=replace(turn.conversation, choices=conversation.choices), reply=reply)

    # -- forms ---------------------------------------------------------------------------------------------------------------

    def _beside(self, moment: Moment, form: Form, turn: Turn | None, *, told: bool = False) -> Turn:
        """An answer in the middle of a form, and the form's question again. `told`: it answers a command, and is always said."""
        again = FORMS[form.name].again(moment, form)
        if turn is None:
            return again
        if LockPhone() in turn.effects:
            return turn
        if form.step in FORMS[form.name].light and turn.reply.kind is Kind.TASK and turn.reply.task != again.reply.task:
            return turn
        opened = turn.conversation.form
        if opened is not None and (opened.name, opened.step, opened.values) != (form.name, form.step, form.values):
            return _joined(again, say("register", "busy"), again)
        if not told and (turn.reply.kind is Kind.OUT_OF_SCOPE or (turn.reply.kind is Kind.TASK and turn.reply.task == again.reply.task)):
            return _joined(again, say("register", "again"), again)
        return _joined(turn, turn.reply.text, again)

    def _resumed(self, moment: Moment, form: Form, turn: Turn) -> Turn:
        """After a long silence the reply says that the form went on."""
        since = datetime.fromisoformat(form.touched) if form.touched else moment.desk.now
        if moment.desk.now - since < SILENT_FOR or turn.conversation.form is None or form.name not in (registration.NAME, reporting.NAME):
            return turn
        text = say("register", "resumed", when=when(since, moment.today))
        return replace(turn, reply=replace(turn.reply, text=f"{text}\n{turn.reply.text}"))

    @staticmethod
    def _locked(moment: Moment) -> Turn | None:
        """A shared phone before its PIN: a PIN opens it, private matters wait, questions about the plans are answered."""
        if turn := roles.unlock(moment):
            form = turn.conversation.form
            opened = form is not None and form.name in FORMS and PinTried(True) in turn.effects
            return _joined(turn, turn.reply.text, FORMS[form.name].again(moment, form)) if form and opened else turn
        if moment.form is not None and moment.form.name == "pin_reset":
            return None
        command = commands.match(moment)
        more = moment.conversation.rest and MORE.match(moment.line)  # the rest may be private
        if moment.form is not None or moment.photos or more or (command and command.private):
            return roles.locked(moment)
        return None


def _placed(before: Conversation, turn: Turn, line: str) -> Turn:
    """Who says "xã Can Lộc" lives in the commune of today, not somewhere in the old district of that name: the place says so."""
    name, _, province = turn.conversation.place.partition(", ")
    if turn.conversation.place == before.place or not province or "," in province:
        return turn
    found = communes(name, province=province, slips=False)
    if len({unit.commune for unit in found}) != 1 or f"{fold(found[0].commune)} " not in f"{line} ":
        return turn
    return replace(turn, conversation=replace(turn.conversation, place=f"{found[0].commune}, {province}"))


def _nothing_asked(moment: Moment) -> Turn:
    """A yes or no that answers nothing."""
    reply = Reply(Kind.SMALLTALK, say("smalltalk", "ok"))
    return Turn(moment.conversation.after(reply), reply)


def _home(moment: Moment) -> Area:
    """Where the person lives, as far as it is known of their role; an officer's answer of a commune is for its people."""
    area = moment.person.area
    if area.commune:
        return area
    own = next((case.area for case in moment.desk.mine(CaseKind.REGISTRATION) if case.area.commune), None)
    return own or area


def _joined(turn: Turn, text: str, again: Turn) -> Turn:
    """One reply of two parts within the limit: what does not fit of the first waits for "xem tiếp"."""
    room = MOST_CHARACTERS - len(again.reply.text) - 2
    first, rest = split(text, room) if room > 200 else (text[:200], "")
    reply = replace(
        again.reply,
        text=f"{first}\n\n{again.reply.text}",
        kind=turn.reply.kind,
        citations=turn.reply.citations,
        plans=turn.reply.plans,
        task=turn.reply.task,
        rest=rest,
    )
    kept = replace(turn.conversation, form=again.conversation.form, choices=again.conversation.choices, rest=rest)
    return Turn(kept, reply, turn.effects)
