"""Where the name of a place begins and ends in an officer's words."""

from __future__ import annotations

from collections.abc import Set

from intents.slots.audience_words import data, is_number, kinds, particle
from intents.slots.form_text import FormText
from intents.slots.place_words import is_capital
from knowledge.vietnamese import fold, tone_last

LONGEST = 4  # words of a name
SHORT_KINDS = ("x", "p", "th")


class Names:
    """The names in a text before unit `cut`; units in `taken` say something else."""

    def __init__(self, text: FormText, taken: Set[int], cut: int) -> None:
        self.text, self.taken, self.cut = text, taken, cut

    def kind_at(self, at: int) -> tuple[str, str, int] | None:
        """The kind word at a unit: its level, how it is written, and where it ends."""
        for length in (3, 2, 1):
            kind = kinds().get(self.text.words[at : at + length])
            if kind is None or any(place in self.taken for place in range(at, at + length)):
                continue
            marks = [unit.marked for unit in self.text.units[at : at + length]]
            exact = all(mark in (tone_last(word), "*") for mark, word in zip(marks, kind[1].split(), strict=True))
            bare = all(mark == fold(word) for mark, word in zip(marks, kind[1].split(), strict=True))
            end = at + length
            if kind[1] in SHORT_KINDS and not self._is_short_kind(end):
                continue
            if exact or (bare and not (self.text.accented and fold(kind[1]) in data()["kinds"]["unsure"])):
                return kind[0], kind[1], end
        return None

    def _is_short_kind(self, end: int) -> bool:
        """ "x. Can Lộc", "x Can Lộc"; any other lone letter is no place."""
        following = self.text.units[end : end + 1]
        return bool(following) and (following[0].word == "." or self.is_capital(end))

    def end(self, at: int) -> int | None:
        """Where a name that starts at a unit ends, None where none starts there."""
        first = self.text.units[at]
        capital = self.is_capital(at) and self.text.cased
        if not capital and (particle(self.text, at) or first.word in data()["kinds"]["never_names"] or self.kind_at(at)):
            return None
        end = at + 1
        while end < self.cut and end - at < LONGEST and end not in self.taken and not self.is_mark(end) and not self.kind_at(end):
            token = self.text.tokens[self.text.units[end].token]
            if (capital and not is_capital(token) and not is_number(token.text)) or (not capital and particle(self.text, end)):
                break
            end += 1
        titled = particle(self.text, at, "courtesy") > 0 and not (self.text.accented and first.marked == first.word)
        alone = end == at + 1 and not capital and titled
        return None if alone or not first.word[:1].isalpha() else end

    def is_capital(self, at: int) -> bool:
        """Whether the unit is written with a capital."""
        return is_capital(self.text.tokens[self.text.units[at].token])

    def is_mark(self, at: int) -> bool:
        return self.text.tokens[self.text.units[at].token].is_mark

    def typed(self, start: int, end: int) -> str:
        """Units start..end as they were typed."""
        units = self.text.units
        return self.text.typed(units[start].token, units[end - 1].token + 1)
