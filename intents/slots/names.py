"""The name of the household being registered, and of the person who fills in for it.

A name is a run of capitals, or of words without capitals that begins with a family name; titles are dropped. Each candidate
carries what stands before it ("tên", "tôi là", "hộ bà"), and the strongest one that fits wins.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from intents.slots.form_text import FormText
from intents.slots.person_names import begins_full, is_common, is_title, name_end
from intents.slots.place_words import is_capital
from intents.slots.registration_data import table
from knowledge.vietnamese import is_syllable

LINKS = (
    "la",
    "thi",
    "ten",
    ":",
    "-",
    "ho",
    "dang",
    "day",
    "goi",
    "cung",
    "chinh",
    "du",
    "va",
    ",",
    "khai",
    "sinh",
    "that",
    "giay",
    "to",
    "ghi",
)


@dataclass(frozen=True)
class Candidate:
    """A possible name: the tokens it covers, what leads to it, and whether it begins with a family name and looks like a
    name beyond doubt (capitals, or văn or thị in it)."""

    start: int
    end: int
    cue: str
    full: bool
    sure: bool


@dataclass(frozen=True)
class Names:
    """The registered household's name, and who fills in where that is said."""

    name: str | None
    helper: str | None
    tokens: frozenset[int] = frozenset()
    of_kin: bool = False  # only a relative is named: "chị gái tôi tên …", and no household of the sender


def names_in(text: FormText, taken: Collection[int], behalf: int | None) -> Names:
    """The names of a message. `taken` are tokens of the address and phone; `behalf` is the token after "đăng ký thay cho"."""
    found = candidates(text, taken)
    selves = [one for one in found if one.cue == "self"]
    if behalf is None:
        best = _best(found, ("label", "ten", "self", "title", "kin", "bare"))
        return Names(_shown(text, best), None, _covered(best), not selves and best is not None and _is_kins(text, best))
    others = [one for one in found if one.cue != "self"]
    after = [one for one in others if one.start >= behalf]
    best = _best(after, ("label", "ten", "kin", "title", "bare")) or _best(others, ("label", "title", "kin", "ten", "bare"))
    best = best or _best([one for one in found if one.start >= behalf], ("self",)) or _best(found, ("self",))
    helper = next((one for one in selves if best is None or one.start != best.start), None)
    return Names(_shown(text, best), _shown(text, helper), _covered(best) | _covered(helper))


def _is_kins(text: FormText, one: Candidate) -> bool:
    """Whether the name is a relative's who lives apart: neither the sender's husband or wife, nor of "nhà em"."""
    before = {token.word for token in text.tokens[max(0, one.start - 5) : one.start]}
    own = any(f" {home} {self} " in f" {text.plain}" for home in ("nha", "dinh", "khau", "ho") for self in ("em", "toi", "tui", "minh", "chau", "con"))
    spouse = before & {"chong", "vo", "ck", "vk", "chu", "so"}
    return one.cue == "kin" and not spouse and not own and {"la", "ten"} & before != set()


def _covered(one: Candidate | None) -> frozenset[int]:
    return frozenset(range(one.start, one.end)) if one else frozenset()


def _best(found: list[Candidate], order: tuple[str, ...]) -> Candidate | None:
    """The first candidate of the strongest cue; among bare ones only full names count."""
    ranked = [one for one in found if one.cue in order and (one.full or one.cue not in ("bare",))]
    return min(ranked, key=lambda one: (_doubt(one), order.index(one.cue), one.start), default=None)


def _doubt(one: Candidate) -> int:
    """How little a candidate looks like a whole name, where what leads to it does not settle that."""
    return 0 if one.cue in ("label", "ten", "kin") else 2 * (not one.full) + (not one.sure)


def _shown(text: FormText, one: Candidate | None) -> str | None:
    return as_name(text, one.start, one.end) if one else None


def as_name(text: FormText, start: int, end: int) -> str:
    """The tokens as a name: as typed, capitals given to an accented name typed without any."""
    typed = text.typed(start, end)
    lowered = typed == typed.lower()
    return typed.title().replace("'S ", "'s ") if lowered and text.accented else typed


def candidates(text: FormText, taken: Collection[int]) -> list[Candidate]:
    """Every run of tokens that can be a name, in order, none overlapping."""
    found: list[Candidate] = []
    index = 0
    while index < len(text.tokens):
        cue = cue_before(text, index)
        end = None if index in taken else name_end(text, index, cued=cue in ("ten", "label", "title"), led=cue in ("self", "kin"), taken=taken)
        if end is None or not _is_plausible(text, index, end, cue):
            index += 1
            continue
        sure = (text.cased and is_capital(text.tokens[index])) or (end - index > 2 and text.tokens[index + 1].word in ("van", "thi"))
        found.append(Candidate(index, end, cue or "bare", begins_full(text, index, end), sure))
        index = end
    return found


def _is_plausible(text: FormText, start: int, end: int, cue: str | None) -> bool:
    capital = text.cased and is_capital(text.tokens[start])
    size = end - start
    if begins_full(text, start, end):
        certain = (
            capital
            or (cue and not (cue == "title" and text.cased))
            or text.tokens[start + 1 if size > 1 else start].word in ("van", "thi")
            or "'" in text.tokens[start].text[:3]
            or (size > 1 and not is_syllable(text.tokens[start + 1].word))
            or (size > 1 and not text.cased and _stands_alone(text, start, end))
        )
        return bool(certain) and (size > 2 or capital or cue is not None or not is_syllable(text.tokens[end - 1].word))
    if cue in ("ten", "label"):
        return True
    if cue in ("title", "self", "kin"):
        title = text.tokens[start - 1].word
        return capital or (not text.cased and cue == "title" and size == 1 and not is_common(text, start) and title not in ("cai", "con", "nha", "ho", "dinh"))
    return capital and size > 1 and not _starts_sentence(text, start)


def _stands_alone(text: FormText, start: int, end: int) -> bool:
    """Whether the words are all of a part of the message, or "đây" follows them ("trần hậu quế đây", ", lê hậu, thôn …")."""
    opens = start == 0 or text.tokens[start - 1].is_mark
    after = text.tokens[end] if end < len(text.tokens) else None
    return opens and (after is None or after.is_mark or after.marked in ("đây", "nay2", "ne2") or (after.word == "day" and not text.accented))


def _starts_sentence(text: FormText, start: int) -> bool:
    """A capital that only begins a sentence or line."""
    return (start == 0 or text.tokens[start - 1].text in ".:-") and not is_capital(text.tokens[start + 1])


def cue_before(text: FormText, index: int) -> str | None:
    """What leads to a token: "label" (Họ tên:), "ten" (tên là), "self" (tôi là), "title" (ông), "kin" (mẹ tôi là)."""
    place = index - 1
    seen: list[str] = []
    while place >= 0 and len(seen) < 6 and (text.tokens[place].word in LINKS or is_title(text, place)):
        if text.tokens[place].text in ",-" and "ten" not in text.words[max(0, place - 2) : place]:
            break
        seen.insert(0, text.tokens[place].word)
        place -= 1
    before = text.tokens[place].word if place >= 0 else ""
    return _cue(seen, before)


def _cue(seen: list[str], before: str) -> str | None:
    """The cue that a run of link words and titles, and the word before them, make."""
    words = [word for word in seen if word not in (",", "-")]
    own = any(word in table().folded("selves_only") for word in words)
    kin = any(word in table().folded("kin") for word in words)
    if ":" in words and ("ten" in words or "ho" in words or before in ("khau", "chu", "ban")):
        return "label"
    if before in ("chu",) and words[:1] == ["ho"]:
        return "label"
    if "ten" in words:
        return "kin" if kin and own and words.index("ten") > 0 else "ten"
    if own and kin:
        return "kin"
    if words[-1:] and words[-1] in ("la", "thi", "day", ":") and len(words) > 1 and (own or words[0] in table().folded("selves")):
        return "self"
    if words and words[-1] in table().folded("selves_only"):
        return "self"
    return "title" if words and words[-1] in table().folded("titles") else None
