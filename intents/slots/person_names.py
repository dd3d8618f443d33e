"""Where a person's name begins and ends in a message: a run of capitals, or words that begin with a family name."""

from __future__ import annotations

from collections.abc import Collection

from intents.slots.form_text import FormText
from intents.slots.place_words import is_capital, is_listed, type_at
from intents.slots.registration_data import table
from knowledge.vietnamese import is_syllable

LONGEST = 6
USUAL = 4  # words of a name typed without capitals


def begins_full(text: FormText, start: int, end: int) -> bool:
    """Whether the name has a family name and a given name, or is one of "H'Yen", "Y Blim"."""
    first = text.tokens[start]
    return "'" in first.text[:3] or (end - start > 1 and is_listed(first, text, "surnames", capitals=True))


def is_common(text: FormText, index: int, *, beyond: bool = False) -> bool:
    """Whether the token is a word of messages and no name; `beyond`: so is the end of the message."""
    if index >= len(text.tokens) or text.tokens[index].is_mark:
        return beyond
    return is_listed(text.tokens[index], text, "after_name") or is_listed(text.tokens[index], text, "never_names")


def name_end(text: FormText, start: int, *, cued: bool, led: bool = False, taken: Collection[int] = ()) -> int | None:
    """Where a name that starts at a token ends, or None if none can start there.

    `cued`: "tên" or a title stands before it; `led`: "tôi là" does, which other words may follow as well.
    """
    first = text.tokens[start]
    if _is_copula(text, start):
        return None
    if not first.text[0].isalpha() or len(first.text) > 20:
        return None
    capital = text.cased and is_capital(first)
    if capital and _opens_with_self(text, start):
        return None
    if not capital and not _can_start_low(text, start, cued, led):
        return None
    family = is_listed(first, text, "surnames", capitals=True) and is_capital_pair(text, start)
    titled = start > 0 and text.accented and is_listed(text.tokens[start - 1], text, "titles") and not is_listed(first, text, "after_name")
    if capital and ((is_common(text, start) and not _has_middle(text, start) and not family and not titled) or (type_at(text, start) and not family)):
        return None
    end = start + 1
    while end < len(text.tokens) and end - start < LONGEST and end not in taken and _belongs(text, start, end, capital):
        end += 1
    if not capital and end - start == 1 and not cued:
        return None
    return end


def _opens_with_self(text: FormText, start: int) -> bool:
    """Whether the capital only begins a sentence with "Tui", "Em" before a name."""
    opens = start == 0 or text.tokens[start - 1].is_mark
    if not opens or not is_capital_pair(text, start):
        return False
    word = text.tokens[start].text.lower()
    titled = word in table().words["titles"] and not is_listed(text.tokens[start], text, "surnames", capitals=True)
    return word in table().words["selves_only"] or titled


def _has_middle(text: FormText, start: int) -> bool:
    return start + 1 < len(text.tokens) and text.tokens[start + 1].word in ("van", "thi") and start + 2 < len(text.tokens)


def _is_copula(text: FormText, start: int) -> bool:
    """Whether "la" is "là" and no family name: a family name follows, or "tên", "tôi" stands before."""
    token = text.tokens[start]
    if token.word != "la" or not start or (text.accented and token.marked == "la" and is_capital(token)):
        return False
    following = text.tokens[start + 1] if start + 1 < len(text.tokens) else token
    family = is_listed(following, text, "surnames", capitals=True) and following.word not in ("van", "thi")
    return family or (token.text == "la" and is_listed(text.tokens[start - 1], text, "before_la"))


def _can_start_low(text: FormText, start: int, cued: bool, led: bool) -> bool:
    """Without a capital a name starts with a family name, or after "tên" or a title with any word that is no other."""
    token = text.tokens[start]
    if is_listed(token, text, "surnames", capitals=True) and (
        not is_listed(token, text, "after_name") or _has_middle(text, start) or ((cued or led) and not is_common(text, start + 1, beyond=True))
    ):
        return not type_at(text, start) or _has_middle(text, start)
    return cued and not is_common(text, start) and not type_at(text, start) and not is_title(text, start)


def _belongs(text: FormText, start: int, index: int, capital: bool) -> bool:
    token = text.tokens[index]
    if token.text == "." and capital and len(text.tokens[index - 1].text) == 1 and is_capital_pair(text, index):
        return True
    if token.is_mark or token.text.isdigit():
        return False
    size = index - start
    if capital and is_capital(token):
        return not (type_at(text, index) and is_common(text, index) and size > 1)
    if capital and not (size == 1 and is_listed(token, text, "middle", capitals=True)):
        return (
            size == 1
            and not is_common(text, index)
            and is_listed(text.tokens[start], text, "surnames", capitals=True)
            and not is_capital_pair(text, index)
        )
    if size == 2 and text.tokens[index - 1].word in ("van", "thi"):
        return not type_at(text, index) or is_listed(token, text, "middle", capitals=True) or _ends_here(text, index)
    if text.cased and is_capital(token):
        return True
    if size >= USUAL or (is_common(text, index) and not (size == 1 and is_listed(token, text, "middle", capitals=True))) or type_at(text, index):
        return False
    if size == 3:
        return is_listed(text.tokens[index - 1], text, "middle") or _ends_here(text, index) or not is_syllable(token.word)
    return True


def is_capital_pair(text: FormText, index: int) -> bool:
    return index + 1 < len(text.tokens) and is_capital(text.tokens[index + 1])


def _ends_here(text: FormText, index: int) -> bool:
    """Whether something that ends a name follows the token."""
    if index + 1 >= len(text.tokens):
        return True
    after = text.tokens[index + 1]
    return after.is_mark or after.text.isdigit() or bool(type_at(text, index + 1)) or is_common(text, index + 1)


def is_title(text: FormText, index: int) -> bool:
    return any(is_listed(text.tokens[index], text, name) for name in ("titles", "selves", "kin_links"))
