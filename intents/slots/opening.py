"""Reads the message that opens a registration: everything it says of the household, and nothing it does not say."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from intents.slots.addresses import parse_address
from intents.slots.causes import household_type, needs_in, reasons_in
from intents.slots.form_text import FormText, Unit, form_text
from intents.slots.household import members_in
from intents.slots.names import names_in
from intents.slots.phones import NONE, Phone, phone_in
from intents.slots.phrases import find
from intents.slots.place_words import is_capital, is_listed
from intents.slots.registration_data import table
from intents.slots.years import Year, years_in
from knowledge.calendar import ZONE


@dataclass(frozen=True)
class Opening:
    """What an opening message says; None or () where it does not say. `phone` is ten digits or "none"."""

    name: str | None
    village: str | None
    commune: str | None
    district: str | None
    province: str | None
    household_type: str | None
    members: int | None
    phone: str | None
    target_year: int | None
    reasons: tuple[str, ...]
    needs: tuple[str, ...]
    on_behalf: bool
    helper_name: str | None

    def as_json(self) -> dict[str, Any]:
        """The fields of an opening as `parse-registration` writes them."""
        fields = asdict(self)
        del fields["helper_name"]
        return {**fields, "reasons": list(self.reasons), "needs": list(self.needs)}


def parse_opening(text: str, sent_at: datetime) -> Opening:
    """Reads a message sent at `sent_at` (with its offset; the year counts in Việt Nam). Never raises for any text."""
    message = form_text(text)
    phone = phone_in(message)
    digits = set(range(phone.start, phone.end)) if phone else set()
    address = parse_address(message, digits)
    places = {index for start, end in address.spans for index in range(start, end)}
    behalf = behalf_at(message)
    names = names_in(message, digits | places, behalf)
    taken = {index for index, unit in enumerate(message.units) if unit.token in digits | places | names.tokens}
    taken |= {index for hit in find(message, "no_phone") for index in range(hit.start, hit.end) if phone is None}
    return Opening(
        names.name,
        address.get("village"),
        address.get("commune"),
        address.get("district"),
        address.get("province"),
        household_type(message),
        members_in(without(message, digits | places | names.tokens)),
        phone_said(message, phone),
        target_year(without(message, digits), sent_at.astimezone(ZONE).year if sent_at.tzinfo else sent_at.year),
        reasons_in(message, taken),
        needs_in(message, taken),
        behalf is not None or names.of_kin,
        names.helper,
    )


def without(message: FormText, tokens: set[int]) -> FormText:
    """The message with some tokens replaced by a mark, so that figures in them are not counted."""
    units = tuple(Unit("_", "_", unit.token) if unit.token in tokens else unit for unit in message.units)
    return FormText(message.raw, message.tokens, units, message.accented, message.cased)


def phone_said(message: FormText, phone: Phone | None) -> str | None:
    return phone.number if phone else NONE if find(message, "no_phone") else None


def behalf_at(message: FormText) -> int | None:
    """The token after the words that say the message registers another household, or None."""
    for hit in find(message, "behalf"):
        following = message.words[hit.end - 1 : hit.end + 1]
        if following[0] in table().words["own"] and following[0] != "no" and not _is_named_kin(message, hit.end):
            continue
        if _is_own_title(message, hit.end - 1):
            continue
        if not any(word in table().words["own"] for word in following[1:]) or following[0] in table().words["elders"]:
            return message.units[hit.end - 1].token
    return next((index for index in range(2, len(message.tokens)) if _is_others_household(message, index)), None)


def _is_own_title(message: FormText, index: int) -> bool:
    """Whether an elder speaks of themselves by the title: "bok là Đinh Hrơn … cho bok đăng ký"."""
    title, words = message.words[index], message.words
    if any(_is_speaker(words, place) for place in range(len(words))) or title not in table().folded("selves"):
        return False
    named = [place for place in range(len(words) - 1) if words[place] == title and words[place + 1] in ("la", "ten", "day", "thi")]
    asked = words[index + 1 : index + 2] in (("voi",), ("nhe",), ("a",), ("nha",), ("cai",))
    return any(place < index or asked for place in named)


def _is_speaker(words: tuple[str, ...], place: int) -> bool:
    """Whether a word is who speaks, not "thằng cháu", "hai cháu"."""
    return words[place] in table().folded("selves_only") and words[max(place - 1, 0)] not in (*table().words["number_words"], "thang", "dua", "con", "cac")


def _is_named_kin(message: FormText, index: int) -> bool:
    """Whether "em", "cháu" are kin of the sender: a name or "trai", "gái" follows ("cho em trai", "cho cháu Nguyễn Văn An")."""
    if index >= len(message.units):
        return False
    token = message.tokens[message.units[index].token]
    return token.word in table().folded("kin_links") - {"nha", "ho"} or (message.cased and is_capital(token))


def _is_others_household(message: FormText, index: int) -> bool:
    """Whether a token begins the name of a household spoken of: "hộ ông Quách Văn Nhỉ", "hộ nghèo Trần Thị Nguyệt"."""
    before = [token.word for token in message.tokens[max(0, index - 3) : index]]
    titled = before[-2:-1] == ["ho"] and is_listed(message.tokens[index - 1], message, "titles") and before[:1] != ["chu"]
    ranked = before[-2:] == ["ho", "ngheo"] or before == ["ho", "can", "ngheo"]
    reported = before[-1:] == ["ho"] and bool(set(before[-3:-1]) & set(table().words["reports"]))
    token = message.tokens[index]
    named = is_listed(token, message, "surnames", capitals=True) and (is_capital(token) or not message.cased)
    return named and (titled or (reported and is_capital(token)) or (ranked and message.cased and "chinh" not in before))


def target_year(message: FormText, now: int) -> int | None:
    """The year aimed at: the one next to "thoát", "phấn đấu" or "đến"; never a year of birth or of a ranking."""
    years = [year for year in years_in(message, now) if not _is_other_year(message, year, now)]
    aimed = [year for year in years if _is_aimed(message, year)]
    best = aimed or [year for year in years if year.value > now]
    return best[0].value if best else None


def _is_aimed(message: FormText, year: Year) -> bool:
    around = (message.words[year.start - 1 : year.start] or (",",), message.words[year.end : year.end + 1] or (",",))
    if all(words[0] in (",", ".", "-", "/", ":") for words in around):
        return True
    near = message.words[max(0, year.start - 8) : year.end + 6]
    return any(word in table().words["aims"] for word in near)


def _is_other_year(message: FormText, year: Year, now: int) -> bool:
    """ "sinh năm", "từ năm", "hộ cận nghèo năm nay": years of something else."""
    before = message.words[max(0, year.start - 4) : year.start]
    line = " ".join(before)
    ranked = year.value <= now and before[-1:] == ("ngheo",) and before[-2:-1] != ("thoat",) and "khoi" not in before
    following = " ".join(message.words[year.end : year.end + 6])
    ranked = ranked or bool(year.value <= now and re.match(r"(?:thi |em |toi |nha |chu |ba |ong )*(?:(?:la|van|van la|thuoc|xep|duoc xep|con) .*|(?:ho |dien )(?:can )?)ngheo", following))
    return ranked or any(line.endswith(words) or line.endswith(f"{words} nam") for words in table().words["other_years"])
