"""When something happened: relative days, weekdays, days and months of either calendar, resolved against the sending.

`tag_dates` makes each expression of a line one token with tag "date". Weeks start on Monday; a day and month without a
year is the latest one not after the day of sending; of several days the first counts. Nothing is guessed: "hôm nọ" is a
date of no day.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from datetime import datetime, timedelta

from intents.slots.date_patterns import NOW, PATTERNS
from intents.slots.date_readers import When
from intents.slots.lexicon import lexicon
from intents.slots.lexing import Line, Token, is_bare, swapped, tag_all
from intents.slots.quantities import VAGUE, phrase_at
from knowledge.calendar import ZONE
from knowledge.vietnamese import fold, is_syllable, tone_last

__all__ = ["When", "is_aside", "tag_dates"]

RELATIVE = re.compile(r"\b(?:qua|kia|nay)$")
OCCASION = re.compile(r"(?:nhan|dip|chao mung|mung(?! \d)|ky niem)\b")
PAPER_WITHIN = 11  # words
LONG = 3  # words
SPELT = {"thg": "thang"}
NEARLY_HOM = ("hon", "hum")
SHORTEST_SLIP = 2  # letters
SHORTEST_WORD = 3
NO_WORD = re.compile(r"^q(?!ua)|^wu|uu$|^(?:kai|truo|hia)$")  # what passes for a syllable and is none
LEADING = {"hom", "sang", "trua", "chieu", "toi", "tui", "dem", "som", "bua", "ngay", "khuya"}
WEEKDAY_NAMES = {"hai", "ba", "tu", "nam", "sau", "bay", "2", "3", "4", "5", "6", "7"}
PAST = {"truoc", "roi", "vua", "qua", "nay"}
PAIRS = (
    (LEADING, {"qua", "kia", "nay"}),
    ({"thu"}, WEEKDAY_NAMES),
    ({"tuan", "thang"}, PAST),
    ({"vua"}, {"roi", "qua"}),
    ({"chu"}, {"nhat"}),
)  # words of dates that stand side by side, so that one tells the other where it is misspelt
ACCENTED_ONLY = ("tui",)  # "túi qua" is last night, "tui qua" is "I went"


def tag_dates(line: Line, sent_at: datetime) -> Line:
    """The line with each date made one token whose value is a `When`."""
    today = sent_at.astimezone(ZONE).date()
    line = _without_slips(line)
    for pattern, reader in PATTERNS:
        found: list[tuple[int, int, object]] = []
        for match, start, end in line.find(pattern):
            meant = _written_so(line.tokens[start:end]) and not _is_name(line, start) and not _is_bag(line, start, end)
            when = reader(match, today) if meant else None
            if when and when.day and line.tokens[end - 1].raw.casefold() == "kìa":
                when = replace(when, day=when.day - timedelta(days=1))
            if when and not (found and start < found[-1][1]):
                found.append((start, end, when))
        line = tag_all(line, found, "date")
    if not any(token.tag == "date" for token in line.tokens):
        now: list[tuple[int, int, object]] = [(start, end, When(today)) for match, start, end in line.find(NOW)]
        line = tag_all(line, now[:1], "date")
    return _joined(line)


def _without_slips(line: Line) -> Line:
    """The line with slips mended in words that stand beside a word of dates ("hôm qau", "th 5", "tuần tuớc")."""
    tokens = [replace(token, plain=SPELT.get(token.plain, token.plain)) for token in line.tokens]
    for index, (one, other) in enumerate(itertools.pairwise(line.tokens)):
        if other.gap != " ":
            continue
        for firsts, seconds in PAIRS:
            if one.plain in firsts and (meant := _meant(other, seconds)):
                tokens[index + 1] = replace(other, plain=meant, mended=True)
            elif one.plain in NEARLY_HOM and other.plain in ("qua", "kia"):
                tokens[index] = replace(one, plain="hom", mended=True)
            elif other.plain in seconds and (meant := _meant(one, firsts)):
                tokens[index] = replace(one, plain=meant, mended=True)
    return Line(line.source, tuple(tokens))


def _meant(token: Token, words: set[str]) -> str | None:
    """The one of the words that a token, no word by itself, misspells by a letter."""
    word = token.plain
    is_word = is_syllable(token.folded) and not NO_WORD.search(token.folded)  # folded: "quà" is kept with its accent, and no slip
    if token.tag or token.short or not (len(word) >= SHORTEST_SLIP and word.isalpha()) or is_word or (token.capital and token.start):
        return None
    return next((meant for meant in sorted(words) if len(meant) >= SHORTEST_WORD and _by_a_letter(word, meant)), None)


def _by_a_letter(word: str, meant: str) -> bool:
    """Whether two words differ by one letter dropped, doubled or changed, or by two that changed places."""
    if len(word) == len(meant):
        at = [index for index in range(len(word)) if word[index] != meant[index]]
        return len(at) == 1 or (len(at) == 2 and at[1] == at[0] + 1 and word[at[0]] == meant[at[1]] and word[at[1]] == meant[at[0]])
    longer, shorter = (word, meant) if len(word) > len(meant) else (meant, word)
    return len(longer) == len(shorter) + 1 and any(longer[:at] + longer[at + 1 :] == shorter for at in range(len(longer)))


def _written_so(tokens: tuple[Token, ...]) -> bool:
    """Whether the accents typed are those of the words of dates; one slip is let pass in a long expression ("thứ nâm vừa rồi")."""
    wrong = sum(not _fits(token) for token in tokens)
    return wrong == 0 or (wrong == 1 and len(tokens) > LONG and all(_fits(token) for token in tokens[:2]))


def _is_bag(line: Line, start: int, end: int) -> bool:
    """Whether these words are a bag of gifts and not last night: "túi quà", and "10 tui qua" after a number."""
    for index in range(start, end - 1):
        bag, gift = line.tokens[index], line.tokens[index + 1]
        if bag.folded == "tui" and gift.folded == "qua":
            before = line.tokens[index - 1] if index and bag.gap == " " else None
            counted = before is not None and (before.plain.isdigit() or before.plain in lexicon().numerals or before.plain in VAGUE)
            return gift.raw.casefold() == "quà" or counted
    return False


def _is_name(line: Line, start: int) -> bool:
    """Whether a date would begin inside a name: "bà Tư tháng trước", "trường 2/9", "đường 30/4"."""
    token, before = line.tokens[start], line.tokens[start - 1] if start else None
    if before is None or token.gap != " ":
        return False
    if token.plain in lexicon().numerals:
        return token.capital and before.plain in lexicon().lists["titles"]
    figures = token.plain.isdigit() and start + 1 < len(line.tokens) and line.tokens[start + 1].gap == "/"
    return figures and before.plain in lexicon().lists["named_by_date"]


def _fits(token: Token) -> bool:
    """Whether the accents of a word, where typed, are those of the word of dates ("tháng", not "Thắng")."""
    forms = lexicon().date_words.get(token.plain)
    if token.plain in ACCENTED_ONLY and token.raw.casefold() == token.plain:
        return False
    if forms is None or is_bare(token):
        return True
    typed = tone_last(token.raw)
    slips = {form.rstrip("12345") for form in forms} | {fold(form.rstrip("12345")) + form[len(form.rstrip("12345")) :] for form in forms}
    return not forms.isdisjoint((typed, swapped(typed))) or typed in slips  # "tuân", "tuàn" for "tuần"


def _joined(line: Line) -> Line:
    """Dates that stand side by side are one ("hôm nay, ngày 5/11"; "thứ bảy, 3/10"): the stated day wins."""
    index = 0
    while index + 1 < len(line.tokens):
        one, other = line.tokens[index], line.tokens[index + 1]
        if (
            one.tag == other.tag == "date"
            and other.gap in (" ", " , ", " ( ")
            and isinstance(one.value, When)
            and isinstance(other.value, When)
            and not _apart(one, other)
            and not is_aside(line, index)
        ):
            both = one.value if _are_listed(one, other) else _both(one.value, other.value)
            line = line.tagged(index, index + 2, "date", both)
        else:
            index += 1
    return line


def _apart(one: Token, other: Token) -> bool:
    """Whether two dates side by side are of two things ("cháy hôm kia, hôm qua hội cho"), or the second is an occasion."""
    if OCCASION.match(fold(other.raw).casefold()):
        return True
    days = [token.value.day for token in (one, other) if isinstance(token.value, When)]
    return days[0] != days[1] and other.gap == " , " and all(RELATIVE.search(fold(token.raw)) for token in (one, other))


def _are_listed(one: Token, other: Token) -> bool:
    """Whether two days follow each other in a list ("sáng 3/11, chiều 4/11"): the first counts."""
    return other.gap == " , " and all("/" in token.raw for token in (one, other))


def is_aside(line: Line, index: int) -> bool:
    """Whether a date is not the deed's: of an occasion ("nhân ngày 27/7"), a paper ("kế hoạch ngày 1/10") or a birth,
    or in a name. It counts only where no other date is said."""
    if OCCASION.match(fold(line.tokens[index].raw).casefold()):
        return True
    token = line.tokens[index]
    if index and token.gap == " " and token.raw[:1].isdigit() and _last_word(line.tokens[index - 1]) in lexicon().lists["named_after_days"]:
        return True  # "trường 2/9 tặng … hôm qua"
    for at in range(index, max(-1, index - PAPER_WITHIN), -1):
        if at < index and phrase_at(line.tokens, at, lexicon().lists["dated_papers"]):
            return True
        if line.tokens[at].gap.strip() not in ("", "/", "-") or line.tokens[at].gap == " / ":
            return False
    return False


def _last_word(token: Token) -> str:
    return fold(token.raw).casefold().split()[-1] if token.tag and token.raw else token.plain


def _both(one: When, other: When) -> When:
    """Two dates for one thing: a doubt stays, a day is more than a month, and two different days cannot both be."""
    if one.day and other.day and one.day != other.day:
        return When(other.day, doubt=one.doubt or other.doubt or "days_do_not_match")
    return max((other, one), key=lambda when: (when.doubt is not None, when.day is not None, when.month is not None))
