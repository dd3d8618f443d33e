"""Questions and answers, pure: what was asked and remembered, to a reply and what is remembered next."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from intents.compose import answer, not_stated, plan_name, rule_citation, rule_lines, side_by_side, split
from intents.flows import selfcheck
from intents.flows.feelings import distress, human_sentence
from intents.flows.reckoning import premise, reckoned
from intents.flows.unreadable import unreadable
from intents.messages import Choice, Kind, Reply
from intents.state import Conversation, Turn
from intents.understand import CUES, Understander, Understanding
from intents.wording import has, say
from knowledge.model import Fact, Knowledge, NotStated, Plan
from knowledge.places import PLACE_TOKEN, Place
from knowledge.vietnamese import fold, read

LEFT = re.compile(r"\b(?:khong (?:con )?o|het o|roi khoi|khong con o|di khoi)\b")
MORE = re.compile(r"^(?:xem tiep|xem them|doc tiep|tiep|con nua|tiep di|tiep tuc|xem het|con gi nua)$")
LEARNT = 0.0  # the margin of a question of another plan, and the margin here, from which this plan is said not to state it
FOREIGN_TO = -0.9
MOST_COMPARED = 8  # plans in one reply
BESIDE = 0.15  # how likely, beside the first, a fact of the same section must be to be quoted too
SECOND = 0.35  # how likely, beside the first, another question must be to answer for a plan in a comparison


class Answering:
    """Answers with one knowledge base; holds no state of any conversation."""

    def __init__(self, understander: Understander) -> None:
        self.understand = understander
        self.knowledge: Knowledge = understander.knowledge

    def take_turn(self, conversation: Conversation, text: str, today: date) -> Turn:
        """The reply to `text`, and the conversation after it."""
        if MORE.match(read(text).line):
            return self.more(conversation)
        chosen = self.chosen(conversation, text)
        if chosen is not None:
            return self.take_turn(replace(conversation, choices=()), chosen, today)
        checked = selfcheck.take(conversation, text, self.knowledge)
        if checked:
            return checked
        if refused := distress(text) or unreadable(text):
            return self._end(conversation, refused)
        heard = self.understand(text, conversation)
        if self._only_place(heard):
            return self._place_given(conversation, heard, text, today)
        return self._respond(conversation, heard, text, today)

    # -- what the message is -------------------------------------------------------------------------------------------

    def _respond(self, conversation: Conversation, heard: Understanding, text: str, today: date) -> Turn:
        if checked := selfcheck.start(conversation, heard, self.knowledge):
            return checked
        label = self._label(heard)
        family, _, name = label.partition(".")
        if family == "task":
            return self._task(conversation, heard, name)
        if family == "talk":
            return self._talk(conversation, heard, name)
        if family in ("national", "unknown"):
            return self._national(conversation, heard, label, text)
        return self._plan_question(conversation, heard, label, text, today)

    def _label(self, heard: Understanding) -> str:
        best = heard.best
        if len(heard.scope.plans) > 1:
            best = next((one for one in heard.ranked if not one.label.startswith(("task.", "talk.", "national.", "unknown."))), best)
            if best is not None and not [
                word for word in heard.plain if word not in (PLACE_TOKEN, "gi", "the", "nao", "voi", "va", "o", "huyen", "tinh")
            ]:
                return "target.all"
        if best is None:
            return "talk.out_of_scope"
        if best.label == "talk.question":
            return next((one.label for one in heard.ranked if not one.label.startswith(("talk.", "task."))), "talk.out_of_scope")
        return best.label

    @staticmethod
    def _only_place(heard: Understanding) -> bool:
        named = sum(mention.end - mention.start for mention in heard.mentions)
        words = set(heard.words.plain)
        spare = (
            len(heard.words.plain)
            - named
            - len(
                words
                & {
                    "o",
                    "xa",
                    "huyen",
                    "tinh",
                    "toi",
                    "em",
                    "a",
                    "nha",
                    "minh",
                    "thi",
                    "tran",
                    "thanh",
                    "pho",
                    "que",
                    "tai",
                    "phuong",
                    "da",
                    "con",
                    "chau",
                    "thoi",
                }
            )
        )
        return bool(heard.mentions) and spare <= 0 and not CUES.search(heard.words.line)

    # -- places ----------------------------------------------------------------------------------------------------------

    def _place_given(self, conversation: Conversation, heard: Understanding, text: str, today: date) -> Turn:
        scope = heard.scope
        if scope.unclear:
            return self._ask_which(conversation, heard, text)
        if scope.unknown and not scope.plans:
            return self._lives_elsewhere(conversation, heard)
        placed = replace(conversation, plan=scope.plans[0], place=scope.label, unknown_place="")
        if conversation.parked:
            return self.take_turn(replace(placed, parked="", choices=()), conversation.parked, today)
        if conversation.open_task == "change_place":
            return self._end(
                replace(placed, open_task=""), Reply(Kind.TASK, say("task", "change_place_done", place=scope.label), task="change_place")
            )
        return self._end(placed, Reply(Kind.SMALLTALK, say("smalltalk", "place_noted", place=scope.label), plans=scope.plans))

    def _ask_which(self, conversation: Conversation, heard: Understanding, text: str) -> Turn:
        assert heard.scope.unclear is not None
        places = heard.scope.unclear.options[:6]
        covered = sorted(places, key=lambda place: not place.plans)[:5]
        choices = tuple(Choice(place.label, self._in_place(place)) for place in covered)
        reply = Reply(Kind.CLARIFY, _numbered(say("clarify", "same_name", name=places[0].name), choices), choices=choices)
        only = self._only_place(heard)
        return self._end(replace(conversation, parked=conversation.parked if only else text), reply)

    @staticmethod
    def _in_place(place: Place) -> str:
        return place.province if place.plans and place.plans[0].startswith(("ha-tinh", "ninh", "lang")) else place.district or place.name

    def _lives_elsewhere(self, conversation: Conversation, heard: Understanding) -> Turn:
        """The person lives where no plan is: remembered, so that no other place's facts answer later questions."""
        return self._no_plan_here(replace(conversation, plan=None, place="", unknown_place=heard.scope.label, open_task=""), heard)

    def _no_plan_here(self, conversation: Conversation, heard: Understanding) -> Turn:
        assert heard.scope.unknown is not None
        places = heard.scope.unknown.options
        place, label = places[0], places[0].label if len(places) == 1 else places[0].name
        names = ", ".join(plan.name for plan in self.knowledge.plans.values())
        if has("merged", place.province):
            text = say("place_unknown", "merged", place=label, plan=say("merged", place.province), plans=names)
        else:
            text = say("place_unknown", "text", place=label, plans=names)
        return self._end(conversation, Reply(Kind.PLACE_UNKNOWN, text, choices=self._plan_choices()))

    def _plan_choices(self) -> tuple[Choice, ...]:
        return tuple(Choice(plan.name, plan.name) for plan in self.knowledge.plans.values())

    def _ask_place(self, conversation: Conversation, text: str) -> Turn:
        choices = self._plan_choices()
        reply = Reply(Kind.CLARIFY, _numbered(say("clarify", "place"), choices), choices=choices)
        return self._end(replace(conversation, parked=text, asked=text), reply)

    # -- answers ---------------------------------------------------------------------------------------------------------

    def _plan_question(self, conversation: Conversation, heard: Understanding, label: str, text: str, today: date) -> Turn:
        scope = heard.scope
        if scope.unclear:
            return self._ask_which(conversation, heard, text)
        if scope.unknown:
            return self._no_plan_here(replace(conversation, parked=text, question=label, asked=text), heard)
        if len(scope.plans) > 1:
            return self._compare(conversation, heard, label, text)
        if not scope.plans:
            if conversation.plans and heard.follows:
                return self._plan_question(conversation, replace(heard, scope=replace(scope, plans=conversation.plans)), label, text, today)
            if self._silent_everywhere(label):
                return self._nowhere(conversation, heard, label, text)
            return self._ask_place(conversation, text)
        plan = self.knowledge.plans[scope.plans[0]]
        cell = plan.cell(label)
        known = self._remember(conversation, heard, label, text, plan)
        before = human_sentence(heard) or (premise(heard, cell) if isinstance(cell, Fact) else "")
        if cell is None or self._stated_elsewhere(heard, plan):
            return self._end(known, self._silent(plan, label))
        if isinstance(cell, NotStated):
            return self._end(known, self._not_stated(cell, plan))
        notes = [*reckoned(heard, cell, plan, today)]
        if scope.taken:
            notes.append(say("answer", "taken", name=scope.taken, place=scope.label))
        elif scope.named and scope.wider:
            notes.append(say("answer", "local_wins", local=plan.name, wide=self.knowledge.plans[scope.wider].name))
        return self._end(known, answer(cell, plan, today, notes, before, self._beside(heard, cell, plan), frozenset(heard.plain)))

    @staticmethod
    def _beside(heard: Understanding, fact: Fact, plan: Plan) -> list[Fact]:
        """Facts of the same section that are nearly as likely, so that a close miss inside a section still answers."""
        near = [
            cell
            for one in heard.ranked[1:4]
            if heard.best and one.score > BESIDE * heard.best.score and isinstance(cell := plan.cell(one.label), Fact)
        ]
        return [
            cell for cell in near if cell.section == fact.section and cell.question != fact.question and not cell.question.endswith(".all")
        ][:2]

    def _silent_everywhere(self, label: str) -> bool:
        """Whether no plan states it, so that no place needs to be asked."""
        return not any(isinstance(plan.cell(label), Fact) for plan in self.knowledge.plans.values())

    def _nowhere(self, conversation: Conversation, heard: Understanding, label: str, text: str) -> Turn:
        if label in self.knowledge.links:
            return self._national(conversation, heard, self.knowledge.links[label], text)
        title = self.knowledge.titles.get(label)
        first = say("not_in_plan", "nowhere_title", title=title) if title else say("national", "silent_all")
        known = replace(conversation, question=label, asked=text, parked="")
        return self._end(known, Reply(Kind.NOT_IN_PLAN, "\n".join([first, say("not_in_plan", "ask_whom")])))

    def _stated_elsewhere(self, heard: Understanding, plan: Plan) -> bool:
        """Whether the message is clearly about something that only other plans have."""
        other, best = heard.best_anywhere, heard.best
        return bool(
            other
            and best
            and plan.cell(other.label) is None
            and not other.label.startswith(("talk.", "task.", "national.", "unknown."))
            and other.margin > LEARNT
            and best.margin < FOREIGN_TO
        )

    def _not_stated(self, cell: NotStated, plan: Plan) -> Reply:
        rule = self.knowledge.rules.get(self.knowledge.links.get(cell.question, ""))
        reply = not_stated(cell, plan, rule_lines(rule) if rule else ())
        return replace(reply, citations=(rule_citation(rule), *reply.citations)) if rule else reply

    def _silent(self, plan: Plan, label: str) -> Reply:
        title = self.knowledge.titles.get(label)
        first = (
            say("not_in_plan", "other_question", plan=plan_name(plan), title=title)
            if title
            else say("not_in_plan", "generic", plan=plan_name(plan))
        )
        contact = plan.cell("contact.difficulty")
        lines = [first]
        if isinstance(contact, Fact):
            lines.append(say("not_in_plan", "contact", answer=contact.answer, section=contact.section))
        lines.append(say("not_in_plan", "ask_whom"))
        return Reply(Kind.NOT_IN_PLAN, "\n".join(lines), plans=(plan.id,))

    def _compare(self, conversation: Conversation, heard: Understanding, label: str, text: str) -> Turn:
        rows = [
            (plan, cell)
            for name in heard.scope.plans[:MOST_COMPARED]
            if (cell := self._best_cell(heard, plan := self.knowledge.plans[name], label))
        ]
        known = replace(conversation, question=label, asked=text, plans=heard.scope.plans, parked="")
        if not rows:
            return self._end(known, Reply(Kind.NOT_IN_PLAN, say("national", "silent_all"), plans=heard.scope.plans))
        return self._end(known, side_by_side(rows))

    @staticmethod
    def _best_cell(heard: Understanding, plan: Plan, label: str) -> Fact | NotStated | None:
        """What this plan says to a question that several are asked: the fact of the likeliest candidate it has."""
        first = plan.cell(label)
        if isinstance(first, Fact) or heard.best is None:
            return first
        near = (
            cell for one in heard.ranked[:6] if one.score > SECOND * heard.best.score and isinstance(cell := plan.cell(one.label), Fact)
        )
        return next(near, None) or first or next((cell for one in heard.ranked if (cell := plan.cell(one.label))), None)

    def _national(self, conversation: Conversation, heard: Understanding, label: str, text: str) -> Turn:
        plan = self.knowledge.plans[heard.scope.plans[0]] if len(heard.scope.plans) == 1 else None
        before = human_sentence(heard)
        lines = [before] if before else []
        lines.append(say("national", "silent", plan=plan_name(plan)) if plan else say("national", "silent_all"))
        known = replace(
            conversation,
            question=label,
            asked=text,
            parked="",
            plan=plan.id if plan else conversation.plan,
            place=heard.scope.label or conversation.place,
            plans=(plan.id,) if plan else (),
        )
        if label in self.knowledge.open_points:
            lines += [say("national", "unsure", answer=self.knowledge.open_points[label].answer), say("national", "pass_on")]
            return self._end(known, Reply(Kind.NOT_IN_PLAN, "\n".join(lines), plans=known.plans))
        rule = self.knowledge.rules[label]
        return self._end(known, Reply(Kind.NOT_IN_PLAN, "\n".join([*lines, *rule_lines(rule)]), (rule_citation(rule),), known.plans))

    def _remember(self, conversation: Conversation, heard: Understanding, label: str, text: str, plan: Plan) -> Conversation:
        asked = f"{conversation.asked} {text}"[-300:] if heard.follows and len(heard.plain) < 4 else text
        return replace(
            conversation,
            question=label,
            asked=asked,
            plans=(plan.id,),
            parked="",
            open_task="",
            plan=plan.id,
            place=heard.scope.label or conversation.place,
        )

    # -- tasks and talk --------------------------------------------------------------------------------------------------

    def _task(self, conversation: Conversation, heard: Understanding, name: str) -> Turn:
        """Changing the place, help and cancel are done here; any other task is only named, and its flow takes over."""
        if name == "change_place" and heard.scope.unknown and not heard.scope.plans:
            return self._lives_elsewhere(conversation, heard)
        if name == "change_place" and LEFT.search(heard.words.line):
            left = replace(conversation, plan=None, place="", open_task=name)
            return self._end(left, Reply(Kind.TASK, say("task", name), task=name))
        known = replace(conversation, open_task="" if name in ("help", "cancel") else name, parked="")
        if name == "change_place" and heard.scope.named and heard.scope.plans:
            known = replace(known, plan=heard.scope.plans[0], place=heard.scope.label, open_task="")
            return self._end(known, Reply(Kind.TASK, say("task", "change_place_done", place=heard.scope.label), task=name))
        return self._end(known, Reply(Kind.TASK, say("task", name) if has("task", name) else "", task=name))

    def _talk(self, conversation: Conversation, heard: Understanding, name: str) -> Turn:
        if name == "out_of_scope" or not has("smalltalk", name):
            return self._end(conversation, Reply(Kind.OUT_OF_SCOPE, say("out_of_scope", "text")))
        return self._end(conversation, Reply(Kind.SMALLTALK, say("smalltalk", name)))

    # -- the thread of the conversation ----------------------------------------------------------------------------------

    def more(self, conversation: Conversation) -> Turn:
        if not conversation.rest:
            return self._end(conversation, Reply(Kind.SMALLTALK, say("smalltalk", "no_more")))
        shown, rest = split(conversation.rest)
        return self._end(conversation, Reply(Kind.ANSWER, shown, plans=conversation.plans, rest=rest))

    @staticmethod
    def chosen(conversation: Conversation, text: str) -> str | None:
        """What an open choice stands for, when the message is its number or its words."""
        said = fold(text).strip(" .)")
        for number, choice in enumerate(conversation.choices, 1):
            if said in (str(number), fold(choice.label), fold(choice.label.split(",")[0])):
                return choice.means
        return None

    @staticmethod
    def _end(conversation: Conversation, reply: Reply) -> Turn:
        return Turn(conversation.after(reply), reply)


def _numbered(text: str, choices: tuple[Choice, ...]) -> str:
    return "\n".join([text, *(f"{number}. {choice.label}" for number, choice in enumerate(choices, 1))])
