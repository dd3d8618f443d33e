"""What a message asks for: its candidates among the canonical questions, national rules, tasks and talk, best first.

Similarity proposes; slots dispose. A candidate whose audience, office or occasion contradicts the one named in the
message loses, however alike the words are. A follow-up ("còn cấp xã thì sao") borrows what it leaves out from the
question before it.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intents.matcher import Floats, Matcher, Ranked
from intents.scope import Scope, scope_of, without_comparing
from intents.slots.compatibility import Slots, compatibility, same_thread, substituted
from intents.state import Conversation
from knowledge.concepts import Concept, concepts
from knowledge.model import Fact, Knowledge, Plan
from knowledge.places import PLACE_TOKEN, Mention, find, masked
from knowledge.search import Index, index
from knowledge.vietnamese import Words, read

CUES = re.compile(
    r"^(?:(?:a|da|vay|the|roi|u|ua|nhung|ma|do|va|hay|uh|day) )*(?:con|the|vay|rieng|roi toi|roi den|doi voi|toi|den|nhu)\b|"
    r"\b(?:thi sao|thi the nao|thi can gi|thi gi|thi nhu the nao|ra sao|thi tinh sao)$"
)
POINTERS = re.compile(
    r"\b(?:cai do|viec do|cai nay|viec nay|nhung cai do|muc do|cho do|khoan do|viec ay|cai ay|han do|no|do|may cai do|nhom do|khoan nay)\b"
)
EMPTY = frozenset("con the vay thi sao roi a da nhi nhe ha ra nao ro them nua o cua va neu rieng doi voi ben phia nay cap".split())
FAMILIES = ("question", "task", "talk", "none")
FOREIGN = 0.25
TELLS = 4.0  # how much more a message that asks nothing and tells what happened, or what is wished, is a task
FIGURE = 1.6
CLEAR_ALONE = 0.4
STANDS_ALONE = 0.0  # a margin from which a short message is a question of its own
CANDIDATES = 60
READY_AT_START = 8  # plans
LATELY = 16  # understandings kept for the turn that follows
MOST_TABLES = 64  # plans whose tables are kept at once
LEVELS = {"commune", "district", "province"}
NO_FIGURES: frozenset[str] = frozenset()
FIGURES = re.compile(r"\d+(?:[.,/]\d+)*\s?%?")
SPELLED = {"một": "1", "hai": "2", "ba": "3", "bốn": "4", "năm": "5", "mười": "10", "mot": "1", "bon": "4", "nam": "5", "muoi": "10"}
PERCENT = re.compile(r"(\d+(?:[.,]\d+)?|" + "|".join(SPELLED) + r")\s*(?:%|phần trăm|phan tram)", re.IGNORECASE)
LOST_FAMILY = 0.2  # what is left of a label's belief when another kind of message has more in all
BORROWED = 0.45
RETRIEVED = 0.3
SHARPER = 4


def without_addresses(found: tuple[Concept, ...], plain: tuple[str, ...]) -> tuple[Concept, ...]:
    """Without the levels that only belong to a place's name ("ngân hàng chính sách huyện Kbang" asks about the bank)."""
    address = [
        one for one in found if one.dimension == "audience" and one.value in LEVELS and plain[one.end : one.end + 1] == (PLACE_TOKEN,)
    ]
    others = {one.value for one in found if one.dimension == "audience"} - LEVELS
    return tuple(one for one in found if one not in address) if others else found


def figures(text: str) -> frozenset[str]:
    """The telling figures of a text: percentages ("3%"), and numbers of two digits and more, without leading zeros."""
    percent = {SPELLED.get(match[1].casefold(), match[1].replace(".", ",").lstrip("0")) + "%" for match in PERCENT.finditer(text)}
    plain = {match[0].strip().lstrip("0") for match in FIGURES.finditer(text)}
    return frozenset(percent | {one for one in plain if len(one) > 1 and not one.endswith("%")})


def carried_figures(plan: Plan) -> dict[str, frozenset[str]]:
    """The figures each question's fact carries in this plan."""
    facts = {label: cell for label in (*plan.cells, *plan.same) if isinstance(cell := plan.cell(label), Fact)}
    return {label: figures(" ".join([fact.answer, *fact.quotes])) for label, fact in facts.items()}


def family_of(label: str) -> str:
    """Whether a label is a question (of a plan or of a national rule), a task, small talk, or none of our business."""
    first = label.split(".")[0]
    if label == "talk.out_of_scope":
        return "none"
    return "question" if label == "talk.question" or first not in ("task", "talk") else first


@dataclass(frozen=True)
class Understanding:
    """A read message: its words, places, scope, concepts and ranked candidates.

    `best_anywhere` is the best candidate when every plan's questions compete; `follows` tells that the message leans on
    the question before.
    """

    words: Words
    plain: tuple[str, ...]
    mentions: tuple[Mention, ...]
    scope: Scope
    found: tuple[Concept, ...]
    ranked: tuple[Ranked, ...]
    best_anywhere: Ranked | None
    follows: bool

    @property
    def best(self) -> Ranked | None:
        return self.ranked[0] if self.ranked else None

    def has(self, dimension: str, value: str = "") -> bool:
        return any(one.dimension == dimension and (not value or one.value == value) for one in self.found)


@dataclass(frozen=True, eq=False)
class PlanTables:
    """What is derived of one plan: its facts' index, the figures they carry, and the labels that may be asked of it."""

    index: Index
    carried: Mapping[str, frozenset[str]]
    allowed: NDArray[np.bool_]


class Understander:
    """Understands messages with one knowledge base and one matcher; holds no state of any conversation."""

    def __init__(self, knowledge: Knowledge, matcher: Matcher) -> None:
        self.knowledge = knowledge
        self.matcher = matcher
        common = [label for label in matcher.labels if label.split(".")[0] in ("national", "unknown", "task", "talk")]
        self._common = set(common)
        stated = {label for plan in knowledge.plans.values() for label in (*plan.cells, *plan.same) if isinstance(plan.cell(label), Fact)}
        self._nowhere = {label for label in matcher.labels if label not in stated}
        self._family = np.fromiter(
            (FAMILIES.index(family_of(label)) for label in matcher.labels), dtype=np.int64, count=len(matcher.labels)
        )
        self._at = {label: place for place, label in enumerate(matcher.labels)}
        self._tables: OrderedDict[str, PlanTables] = OrderedDict()
        self._lately: OrderedDict[tuple[object, ...], Understanding] = OrderedDict()
        for plan in list(knowledge.plans.values())[:READY_AT_START]:
            self._of(plan)

    def _of(self, plan: Plan) -> PlanTables:
        """The plan's tables, derived on first use; the least used are dropped, so that many plans cost little memory."""
        tables = self._tables.get(plan.id)
        if tables is None:
            labels = self.matcher.allowed({*self._common, *self._nowhere, *plan.cells, *plan.same})
            tables = self._tables[plan.id] = PlanTables(index(plan), carried_figures(plan), labels)
            if len(self._tables) > MOST_TABLES:
                self._tables.popitem(last=False)
        self._tables.move_to_end(plan.id)
        return tables

    def __call__(self, text: str, conversation: Conversation) -> Understanding:
        """What the message asks for. The last few are kept, so that a turn can be prepared before it takes a lock."""
        kept = conversation
        key = (text, kept.plan, kept.place, kept.unknown_place, kept.question, kept.asked, kept.plans, kept.parked, kept.open_task)
        known = self._lately.get(key)
        if known is None:
            self._lately[key] = known = self._understood(text, conversation)
            with suppress(KeyError):  # another thread may have emptied it
                while len(self._lately) > LATELY:
                    self._lately.popitem(last=False)
        return known

    def _understood(self, text: str, conversation: Conversation) -> Understanding:
        words = read(text)
        scope, mentions = scope_of(words, conversation, self.knowledge)
        plain = masked(words, mentions)
        if len(scope.plans) > 1:
            plain = without_comparing(plain)
        found = without_addresses(tuple(concepts(plain)), plain)
        margins = self.matcher.margins(self.matcher.vector(plain))
        follows = self._follows(plain, found, margins, conversation)
        plan = self.knowledge.plans[scope.plans[0]] if len(scope.plans) == 1 else None
        score = self._scores(margins, plain, plan, conversation if follows else None)
        likely = self._likely(score)
        bare = follows and self._is_bare(plain, found)
        score[likely] *= self._fit(likely, found, conversation if follows else None, bare)
        if plan is not None:
            score[likely] *= self._figures(likely, words, plan)
        score = score / max(float(score.sum()), 1e-9)
        score = score * self._family_weight(score, found, bool(mentions))
        best = sorted(likely, key=lambda at: -score[at])[:12]
        ranked = tuple(Ranked(self.matcher.labels[i], float(score[i]), float(margins[i])) for i in best if score[i] > 1e-4)
        top = int(margins.argmax())
        anywhere = Ranked(self.matcher.labels[top], 1.0, float(margins[top])) if plan is not None and not follows else None
        return Understanding(words, plain, tuple(mentions), scope, found, ranked, anywhere, follows)

    @staticmethod
    def _likely(score: Floats) -> NDArray[np.int64]:
        """The candidates worth looking at closely."""
        count = min(CANDIDATES, len(score))
        return np.argpartition(score, -count)[-count:]

    def _family_weight(self, score: Floats, found: tuple[Concept, ...], placed: bool) -> Floats:
        """The kind of message is decided by the belief of all its labels together, not by one label's luck.

        A message without any word of the domain, and without a place, is far more likely none of our business.
        """
        total = np.bincount(self._family, weights=score, minlength=len(FAMILIES))
        if not placed and not any(one.dimension == "domain" for one in found):
            total[FAMILIES.index("question")] *= FOREIGN
        forms = {one.value for one in found if one.dimension == "form"}
        if "question" not in forms and forms & {"past", "wish"}:
            total[FAMILIES.index("task")] *= TELLS
        return np.where(self._family == int(total.argmax()), 1.0, LOST_FAMILY).astype(np.float32)

    def _scores(self, margins: Floats, plain: tuple[str, ...], plan: Plan | None, before: Conversation | None) -> Floats:
        """Every label's belief among the labels that may be asked."""
        allowed = self._of(plan).allowed if plan else None
        score = self.matcher.belief(margins, allowed)
        if plan is not None:
            score = (1 - RETRIEVED) * score + RETRIEVED * self._retrieved(plain, plan)
        if before is None:
            return score
        words = read(before.asked)
        joined = (*masked(words, find(words)), *plain)
        together = self.matcher.belief(self.matcher.margins(self.matcher.vector(joined)), allowed)
        return (1 - BORROWED) * score + BORROWED * together

    def _retrieved(self, plain: tuple[str, ...], plan: Plan) -> Floats:
        """The second opinion as belief: the BM25 of the plan's facts, sharpened, its sum no more than one."""
        shares = np.zeros(len(self.matcher.labels), dtype=np.float32)
        for question, value in self._of(plan).index.scores(plain).items():
            if question in self._at:
                shares[self._at[question]] = value
        sharp = shares**SHARPER
        total: Floats = sharp / max(float(sharp.sum()), 1e-9)
        return total

    @staticmethod
    def _is_bare(plain: tuple[str, ...], found: tuple[Concept, ...]) -> bool:
        """Whether a follow-up says little beyond the slots it names ("còn cấp xã thì sao")."""
        slots = {index for one in found if one.dimension in ("audience", "organisation", "occasion") for index in range(one.start, one.end)}
        return sum(word not in EMPTY and word != PLACE_TOKEN and index not in slots for index, word in enumerate(plain)) <= 3

    def _figures(self, likely: NDArray[np.int64], words: Words, plan: Plan) -> Floats:
        """A figure that the message names and a fact carries speaks for that fact."""
        named = figures(words.raw)
        carried = self._of(plan).carried if named else {}
        factors = [FIGURE if named & carried.get(self.matcher.labels[at], NO_FIGURES) else 1 for at in likely]
        return np.array(factors, dtype=np.float32)

    def _fit(self, likely: NDArray[np.int64], found: tuple[Concept, ...], before: Conversation | None, bare: bool) -> Floats:
        question = before.question if before else ""
        expected = substituted(question, found) if question else ()
        named = frozenset((one.dimension, one.value) for one in found)
        factors = [self._one_fit(self.matcher.labels[at], named, question, expected, bare) for at in likely]
        return np.array(factors, dtype=np.float32)

    @staticmethod
    def _one_fit(label: str, named: Slots, question: str, expected: tuple[str, ...], bare: bool) -> float:
        fit = compatibility(label, named)
        if not question:
            return fit
        if bare and not expected and label == question:
            return fit * 6
        if label in expected:
            return fit * ((8 if label == expected[0] else 3) if bare else 1.8)
        if label.startswith(("talk.", "task.")):
            return fit * 0.3
        return fit * same_thread(label, question)

    @staticmethod
    def _follows(plain: tuple[str, ...], found: tuple[Concept, ...], margins: Floats, conversation: Conversation) -> bool:
        """Whether a message cannot stand alone: a cue or a pointer, or a few slots that no way of asking resembles."""
        if not conversation.question and not conversation.asked:
            return False
        line = " ".join(plain)
        if len(plain) <= 14 and (CUES.search(line) or POINTERS.search(line)):
            return float(margins.max()) < CLEAR_ALONE
        telling = [word for word in plain if word not in EMPTY and word != PLACE_TOKEN]
        slots = any(one.dimension in ("audience", "organisation", "occasion", "asked", "topic") for one in found)
        return len(telling) <= 5 and slots and float(margins.max()) < STANDS_ALONE
