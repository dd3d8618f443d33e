"""A text as it is read out: figures, signs and short forms written as they are spoken.

No figure is cut or changed, and what is not understood stays as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache, partial

from intents.codes import ALPHABET, PREFIXES, spoken
from intents.wording import group

DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
HIDE = {ord("0") + digit: 0xE000 + digit for digit in range(10)}  # a figure one rule has spoken is not spoken again by the next
SHOW = {hidden: shown for shown, hidden in HIDE.items()}
FIGURE = "[0-9\ue000-\ue009]"
DAY, MONTH, YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:(?:19|20)\d\d|\d\d)"
ALONE, CLOSED = r"(?<![\w/.,:-])", r"(?![\w/]|[.,:-]\d)"
LEADS_TO_DATE = {"ngày", "mùng", "mồng", "khánh", "lễ", "dịp"}
MAY_LEAD_TO_DATE = LEADS_TO_DATE | set("hôm sáng trưa chiều tối đêm đến tới từ trước sau hết nhật hai ba tư năm sáu bảy hạn và".split())
NAMED_BY_DATE = {"đường", "phố", "trường", "viện"}
NUMBERED = {"số", "nhà", "ngõ", "ngách", "hẻm", "kiệt", "lô", "thửa", "lệ", "thôn", "xóm", "ấp", "tổ", "khóm", "làng", "bản", "buôn"}
COUNTED = r"hộ|người|khẩu|thôn|làng|xã|nhà|em|cháu|con|suất|tháng|năm|ngày|lần|ha|sào|mét vuông|mét|ki-lô-gam|lượt|căn|cây|buổi|đợt"
ROMAN = {"I": "1", "II": "2", "III": "3", "IV": "4"}
RANGE = re.compile(
    r"((?<![\w/.,-])\d+|\d (?:giờ|triệu|nghìn|tỷ|phần trăm|tháng \d+|năm \d+)(?: \d+)?(?: phút)?)"
    r"\s?[-–]\s?(\d+(?=\s+[^\W\d_])|ngày(?=\s\d))"
)
Rule = Callable[[re.Match[str]], str]
MONEY = r"(?P<unit>\s?(?:đồng|vnđ|VNĐ|VND|đ|₫)(?!\w))"


def _code(found: re.Match[str]) -> str:
    return f"{' '.join(found[1])}, {spoken(found[0])}"


def _phone(found: re.Match[str]) -> str:
    typed = found[0].replace("+84", "0", 1).strip()
    groups = re.findall(r"\d+", typed)
    if groups[0] == "0":
        groups[:2] = ["".join(groups[:2])]
    whole = "".join(groups)
    if len(groups) == 1:
        groups = [whole[:4], whole[4:7], whole[7:]]
    return ", ".join(" ".join(DIGITS[int(digit)] for digit in part) for part in groups if part)


def _link(found: re.Match[str]) -> str:
    signs = (("@", " a còng "), (".", " chấm "), ("/", " gạch chéo "), ("-", " gạch ngang "))
    text = re.sub(r"^https?://", "", found[0])
    for sign, name in signs:
        text = text.replace(sign, name)
    return text.strip()


def _paper(found: re.Match[str]) -> str:
    letters = re.sub(r"[A-ZĐƯ&]+", lambda run: " ".join(run[0]), found[0])
    return letters.replace("/", " gạch chéo ").replace("-", " gạch ngang ").replace("&", "và")


def _day(found: re.Match[str]) -> str:
    """The day as it is spoken, with "ngày" before it unless it stands there."""
    day, month, year = found["day"].lstrip("0"), found["month"].lstrip("0"), found["year"]
    said = f"{day} tháng {month}" + (f" năm {year}" if year else "")
    word = _word_before(found)
    return said if word in LEADS_TO_DATE | NAMED_BY_DATE else f"ngày {said}"


def _day_of_month(found: re.Match[str]) -> str:
    """30/11, where it is a day: not a house, not a part of something."""
    word, share = _word_before(found), re.match(rf"\s+(?:{COUNTED})\b", found.string[found.end() :])
    if word in (MAY_LEAD_TO_DATE | NAMED_BY_DATE if found["sign"] == "/" else LEADS_TO_DATE | NAMED_BY_DATE):
        return _day(found)
    if found["sign"] != "/" or word in NUMBERED:
        return found[0]
    return f"{found['day']} trên {found['month']}" if share else _day(found) if int(found["day"]) > 12 else found[0]


def _days(found: re.Match[str]) -> str:
    last = f"ngày {found['last'].lstrip('0')} tháng {found['month'].lstrip('0')}" + (f" năm {found['year']}" if found["year"] else "")
    return f"{'' if _word_before(found) == 'ngày' else 'ngày '}{found['first'].lstrip('0')} đến {last}"


def _word_before(found: re.Match[str]) -> str:
    word = re.search(r"([^\W\d_]+)[\s,:(]*$", unicodedata.normalize("NFC", found.string[: found.start()]))
    return word[1].lower() if word else ""


def _hour(found: re.Match[str]) -> str:
    minutes = int(found[2] or 0)
    return f"{int(found[1])} giờ" + (f" {minutes}" + (" phút" if minutes < 10 else "") if minutes else "")


def _amount(found: re.Match[str]) -> str:
    """45.000.000 as "45 triệu". Left as written where the short way of saying it could be heard as another number."""
    unit = " đồng" if found["unit"] else ""
    number = int(re.sub(r"\D", "", found["number"]))
    groups = f"{number:,}".split(",")
    if len(groups) > 4 or (int(groups[-1]) and (len(groups) == 1 or int(groups[-1]) < 100 or not int(groups[-2]))):
        return found["number"] + unit
    names = ("tỷ", "triệu", "nghìn", "")[-len(groups) :]
    return " ".join(f"{int(figures)} {name}".strip() for figures, name in zip(groups, names, strict=True) if int(figures)) + unit


def _decimal(found: re.Match[str]) -> str:
    after = " ".join(DIGITS[int(digit)] for digit in found[2]) if found[2][0] == "0" else found[2]
    return f"{found[1]} phẩy {after}"


def _range(found: re.Match[str]) -> str:
    plain = [int(figures) for figures in re.findall(r"^\d+$", found[1]) + re.findall(r"^\d+$", found[2])]
    rises = len(plain) < 2 or plain[0] < plain[1]
    return f"{found[1]} đến {found[2]}" if rises else found[0]


def _of(name: str) -> Rule:
    return lambda found: group(name)[found[1]]


def _any(name: str) -> str:
    return "|".join(re.escape(short) for short in sorted(group(name), key=len, reverse=True))


@lru_cache(maxsize=1)
def _rules() -> tuple[tuple[re.Pattern[str], Rule], ...]:
    """What is written and how it is said, the more particular first."""
    code = f"[{ALPHABET}]"
    dated = rf"{ALONE}(?P<day>{DAY})(?P<sign>[/.-])(?P<month>{MONTH})"
    table: tuple[tuple[str, Rule], ...] = (
        (rf"\b({'|'.join(PREFIXES)})-{code}{{4}}-{code}{{3}}\b", _code),
        (r"(?:https?://[\w.@/-]*\w|\b(?:[\w-]+@)?(?:[\w-]+\.)+(?:vn|com|me|org|net)\b(?:/[\w./-]*\w)?)", _link),
        (r"\b\d+(?:/\d{4})?[-/][A-ZĐƯ][A-ZĐƯ&]+(?:[-/][A-ZĐƯ&]+)*\b", _paper),
        (r"(?<![\w.,/+])(?:(?:\+84[ .-]?|0)[35789](?:[ .-]?\d){8}|02(?:[ .-]?\d){9}|1[89]00[ .]?(?:\d{4}|\d{6}|\d\d ?\d\d))(?!\d)", _phone),
        (rf"{ALONE}(?P<first>{DAY})\s*[-–]\s*(?P<last>{DAY})[/.](?P<month>{MONTH})(?:[/.](?P<year>{YEAR}))?{CLOSED}", _days),
        (rf"{dated}(?P=sign)(?P<year>{YEAR}){CLOSED}", _day),
        (rf"{ALONE}(?P<day>{DAY})(?P<sign>[/-])(?P<month>{MONTH})(?P<year>){CLOSED}", _day_of_month),
        (rf"(?i:(?:\btháng\s+)?){ALONE}({MONTH})/((?:19|20)\d\d){CLOSED}", lambda found: f"tháng {found[1].lstrip('0')} năm {found[2]}"),
        (r"\b([Qq]uý )(I{1,3}|IV|[1-4])/((?:19|20)\d\d)\b", lambda found: f"{found[1]}{ROMAN.get(found[2], found[2])} năm {found[3]}"),
        (r"(?<![\w.,/:])(\d{1,3})\s?(?:h|g(?=\d))(?:([0-5]\d)(?:'|ph?|phút)?)?(?!\w)", _hour),
        (r"(?<![\w.,/:])([01]?\d|2[0-3]):([0-5]\d)(?![\w:])", _hour),
        (rf"(?<![\w.,/])(?P<number>\d{{1,3}}(?:[., ]\d{{3}})+|\d{{1,12}}){MONEY}", _amount),
        (r"(?<![\w.,/])(?P<number>\d{1,3}(?:\.\d{3})+|\d{1,3}(?:([, ])\d{3})(?:\2\d{3})+)(?P<unit>)(?!\w|[.,/]\d)", _amount),
        (r"(?<![\w.,/])(\d+)\s?k(?!\w)", lambda found: f"{found[1]} nghìn đồng"),
        (r"(?<![\w.,/])(\d+),(\d+)(?![\w.,/]\d|\d)", _decimal),
        (r"(?<![\w.,/])(\d+)\.(\d{1,2})(?=\s?(?:triệu|tỷ|tỉ|tr|ha|%)(?!\w))", _decimal),
        (rf"(?<={FIGURE})\s?tr(?!\w)", lambda found: " triệu"),
        (rf"(?<={FIGURE})\s?({_any('artifact_unit')})(?!\w)", lambda found: " " + group("artifact_unit")[found[1]]),
        (rf"(?<=[^\W\d_])((?:/(?:{COUNTED}))+)(?!\w)", _each),
        (rf"(?<!\w)({_any('artifact_short')})(?!\w)", _of("artifact_short")),
        (r"\s?&\s?", lambda found: " và "),
    )
    return tuple((re.compile(pattern), rule) for pattern, rule in table)


def _each(found: re.Match[str]) -> str:
    """ "đồng/hộ" behind a figure is "đồng mỗi hộ"; "hộ/người" without one stays."""
    measured = re.search(rf"{FIGURE}(?:\s?[^\W\d_]+(?:-[^\W\d_]+)*){{1,4}}$", found.string[: found.start()])
    return found[1].replace("/", " mỗi ") if measured else found[1]


def aloud(text: str) -> str:
    """The text with figures, signs and short forms written as they are spoken; what is not understood stays as it is."""
    said = re.sub(r"(\d/\d+)\s?[-–]\s?(?=\d+/\d)", r"\1 - ", " ".join(unicodedata.normalize("NFC", text).split()))
    for pattern, rule in _rules():
        said = pattern.sub(partial(_hidden, rule), said)
    return RANGE.sub(_range, said.translate(SHOW))


def _hidden(rule: Rule, found: re.Match[str]) -> str:
    said = rule(found)
    return said if said == found[0] else said.translate(HIDE)
