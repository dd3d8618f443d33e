"""What tells words of places and of lists from names: kind words ("thôn", "xã"), the gazetteer, accents and capitals."""

from __future__ import annotations

from functools import lru_cache

from intents.slots.form_text import FormText, Token
from intents.slots.registration_data import table
from knowledge.places import Place, gazetteer
from knowledge.vietnamese import fold, is_syllable, tone_last

LEVELS = ("village", "commune", "district", "province")
LONGEST = 4  # words of a place's name


@lru_cache(maxsize=1)
def _types() -> dict[tuple[str, ...], tuple[str, frozenset[tuple[str, ...]]]]:
    """Kind words by their folded words: their level, and the ways they are written with accents."""
    found: dict[tuple[str, ...], tuple[str, frozenset[tuple[str, ...]]]] = {}
    for level in LEVELS:
        for name in table().words[f"{level}_types"]:
            key = tuple(fold(name).split())
            written = tuple(tone_last(word) for word in name.split())
            found[key] = (level, found.get(key, (level, frozenset()))[1] | {written})
    return found


def is_capital(token: Token) -> bool:
    return token.text[0].isupper()


def is_listed(token: Token, text: FormText, name: str, *, capitals: bool = False) -> bool:
    """Whether the token is a word of a list: with its accents, or without any where the message may lack them.

    A capital tells a name from a word of the same letters ("Nam"), except in lists of names (`capitals`).
    """
    marked, folded, plain = _listed(name)
    if token.marked in marked:
        return capitals or not (token.marked in plain and text.accented and text.cased and is_capital(token))
    bare = token.marked == token.word and not text.accented
    return bare and token.word in folded


@lru_cache(maxsize=16)
def _listed(name: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    words = [word.rstrip("!") for word in table().words[name]]
    marked = frozenset(tone_last(word) for word in words)
    return marked, frozenset(fold(word) for word in table().words[name] if not word.endswith("!")), frozenset(tone_last(word) for word in words if fold(word) == word)


def type_at(text: FormText, index: int) -> tuple[str, int] | None:
    """The kind word at a token: its level and where it ends."""
    for length in (3, 2, 1):
        part = text.tokens[index : index + length]
        found = _types().get(tuple(token.word for token in part))
        if found and any(all(t.marked in (m, t.word) for t, m in zip(part, written, strict=True)) for written in found[1]):
            end = index + length
            return (found[0], end) if _is_meant(text, index, end) else None
    return None


def _is_meant(text: FormText, index: int, end: int) -> bool:
    """Whether a kind word that is also a common word or one letter stands before a name."""
    token = text.tokens[index]
    pair = [one.word for one in text.tokens[index : index + 2]]
    three = " ".join(one.word for one in text.tokens[index : index + 3])
    if {" ".join(pair), three} & set(table().words["never_places"]) and not (index + 1 < len(text.tokens) and len(pair) > 1 and is_capital(text.tokens[index + 1]) and pair[0] != "ban"):
        return False
    if {" ".join(pair), three} & set(table().words["not_places"]) and not (end < len(text.tokens) and is_capital(text.tokens[end])):
        return False
    if pair[1:] in (["thi"], ["van"]) and token.word in ("lang", "ban") and is_capital(text.tokens[end]) == is_capital(token):
        return False
    if token.word == "xom" and index and text.tokens[index - 1].word == "hang":
        return False
    if end < len(text.tokens) and text.tokens[end].text in ",-/":
        return False
    if token.text == "T" and index and end < len(text.tokens) and text.tokens[end].text == "." and is_listed(text.tokens[index - 1], text, "surnames", capitals=True):
        return False
    whole = gazetteer_at(text, index)
    if token.word not in ("tinh", "huyen", "thanh", "thi") and whole and whole[0] > end and any(place.kind in ("plan", "province", "district") for place in whole[1]):
        return False
    if token.word == "bon" and token.marked == "bon" and end < len(text.tokens) and text.tokens[end].word in table().words["counted"]:
        return False
    if end == index + 1 and token.word in table().words["ambiguous_types"] and token.marked == token.word:
        following = name_start(text, end)
        if following >= len(text.tokens):
            return False
        after = text.tokens[following]
        known = gazetteer_at(text, following)
        if after.is_mark:
            return False
        if known and (token.word == "tt" or (token.word == "xa" and not text.accented and not is_syllable(after.word))):
            return True
        short = len(token.word) < 3
        if text.accented or short:
            return (text.cased and is_capital(after) and after.text.isalpha()) or (
                (after.text.isdigit() and not short) or token.word == "lang" or bool(known and known[0] > following + (text.cased or index > 0))
            )
    return True


def name_start(text: FormText, index: int) -> int:
    """The token after "số", ":" and "." that may stand between a kind word and the name."""
    while index < len(text.tokens) and (text.tokens[index].text == ":" or _is_short_stop(text, index) or _is_between(text, index)):
        index += 1
    return index


def _is_short_stop(text: FormText, index: int) -> bool:
    """Whether a full stop only ends an abbreviation ("x. Gia Vân"), not the sentence ("trưởng thôn. Nghèo vì")."""
    return text.tokens[index].text == "." and index > 0 and text.tokens[index - 1].word in table().type_names


def _is_between(text: FormText, index: int) -> bool:
    """A word between kind and name: "xóm số 3" (but "xã So Pai"), "làng thì Kon Bông", "xã tên là"."""
    typed = text.tokens[index].text.lower()
    following = text.tokens[index + 1] if index + 1 < len(text.tokens) else None
    if typed in ("số", "so"):
        return following is not None and (following.text.isdigit() or following.word in table().words["number_words"])
    if typed in ("thì", "thi"):
        return following is not None and (following.text.isdigit() or (text.cased and is_capital(following)))
    if text.cased and typed in table().words["before_new_name"]:
        ahead = text.tokens[index + 1 : index + 5]
        stop = next((place for place, token in enumerate(ahead) if token.is_mark or is_capital(token)), len(ahead))
        lows = {token.text for token in ahead[:stop]} <= {*table().words["before_new_name"], "là", "tên"}
        if is_listed(text.tokens[index], text, "selves") and "là" not in {token.text for token in ahead[:stop]}:
            return False
        return stop < len(ahead) and not ahead[stop].is_mark and lows
    return typed in ("tên", "ten", "là")


def gazetteer_at(text: FormText, index: int) -> tuple[int, tuple[Place, ...]] | None:
    """The longest name of the gazetteer at a token: where it ends, and the places of that name."""
    for length in range(LONGEST, 0, -1):
        words = [token.word.replace("'", "") for token in text.tokens[index : index + length]]
        places = gazetteer().names.get(" ".join(words)) if len(words) == length else None
        if places:
            return index + length, places
    return None
