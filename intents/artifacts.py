"""What an announcement also yields: a text message, what the village loudspeaker reads out, a poster.

Nothing here adds a fact, and no figure is ever cut or changed: a text message leaves whole sentences out and says that it
does (`Sms.complete`); the loudspeaker's text leaves nothing out and tells how long it takes (`Spoken.seconds`).
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial

from intents.codes import ALPHABET, PREFIXES, spoken
from intents.messages import Document
from intents.wording import group, say
from knowledge.vietnamese import fold, is_syllable

# -- sentences -------------------------------------------------------------------------------------------------------------------

LIST_MARK = re.compile(r"^\s*(?:[-–—•*+]|[a-zđ]\)|\d{1,2}[.)])\s+")
BULLET = re.compile(r"^\s*[-–—•*+]\s+")
SENTENCE_END = re.compile(r"[.!?…]+[\"”’)]*\s+")
NO_END = re.compile(r"(?:^\W*\d{1,2}|(?<![^\W_])(?:[A-ZĐ]|[Tt][Pp]|[Tt][XxTt]|ThS|TS|BS|ĐT|v\.v))\.\s*$")
LEANS = re.compile(r"(?:tru|ngoai tru|rieng|tuy nhien|nhung|neu|tru truong hop|khong ap dung|luu y|ngoai ra neu|con (?:lai|ho))\b")


def sentences(line: str) -> list[str]:
    """A line cut behind its sentences; "TP. Huế", "P. Hoa Lư" and "1. Ai được vay" are not cut."""
    found, start = [], 0
    for end in SENTENCE_END.finditer(line):
        before = line[start : end.end()]
        if end.end() < len(line) and not line[end.end()].islower() and not NO_END.search(before):
            found.append(before.strip())
            start = end.end()
    return [*found, line[start:].strip()]


def passages(text: str) -> list[list[str]]:
    """The sentences, those together that must not be parted: a list with what it is a list of, an exception with its rule."""
    found: list[list[str]] = []
    for line in filter(str.strip, text.splitlines()):
        listed = bool(LIST_MARK.match(line)) and bool(found) and (found[-1][-1].endswith((":", ";")))
        if listed and found[-1][-1].endswith(";"):
            listed = any(sentence.endswith(":") for sentence in found[-1])
        for number, sentence in enumerate(filter(None, sentences(BULLET.sub("", line)))):
            ended = sentence if sentence.endswith((".", "!", "?", "…", ":", ";", ",")) else sentence + (";" if listed else ".")
            leans = bool(found) and bool(LEANS.match(fold(sentence)))
            if (listed and not number) or leans or (found and found[-1][-1].endswith((":", ","))):
                found[-1].append(ended)
            else:
                found.append([ended])
    return [[*passage[:-1], re.sub(r"[;,]$", ".", passage[-1])] for passage in found]


# -- text message ----------------------------------------------------------------------------------------------------------------

SMS_CHARACTERS = 160  # of the GSM 7-bit alphabet; a longer one is paid for twice
GSM = frozenset("@$_!\"#%&'()*+,-./:;<=>? \n") | frozenset(chr(char) for char in (*range(48, 58), *range(65, 91), *range(97, 123)))
AS_ASCII = (
    {
        "đ": "d",
        "Đ": "D",
        "₫": "d",
        "…": "...",
        "×": "x",
        "≥": ">=",
        "≤": "<=",
        "→": "->",
        "°": " do ",
        "€": "EUR",
        "⁄": "/",
        "÷": ":",
        "\\": "/",
    }
    | dict.fromkeys("‘’‚‛′`´", "'")
    | dict.fromkeys("“”„‟″«»", '"')
    | dict.fromkeys("‐‑‒–—―−~•·", "-")
    | dict.fromkeys("[{", "(")
    | dict.fromkeys("]}", ")")
)
WEIGHTS = (
    (4, re.compile(r"\d[/.-]\d{1,2}(?![\d.])|\bngay \d|\bthang \d|\bthu (?:hai|ba|tu|nam|sau|bay|[2-7])\b|\bchu nhat\b")),
    (3, re.compile(r"\d ?(?:h|g|gio)(?![a-z])|\dh\d|\d:\d\d")),
    (3, re.compile(r"\d ?(?:dong|d|trieu|tr|nghin|ngan|ty|ti|k|vnd|%)(?![a-z])")),
    (3, re.compile(r"\b(?:tai|nha van hoa|tru so|hoi truong|tram y te|nha rong|dia diem|ubnd|nvh)\b")),
    (2, re.compile(r"^(?:khong|cam|nghiem cam|tuyet doi)\b")),
    (1, re.compile(r"\d")),
)
CLAUSE_END = re.compile(r"[,;:](?=\s)|(?=\s-\s)")
TURNS = re.compile(r"\W*(?:tru|ngoai|neu|khong|chua|nhung|chi|khi|voi dieu kien|tuy|rieng|hoac|va)\b|\W*\d")


@dataclass(frozen=True)
class Sms:
    """`complete`: every sentence is in it. `mistakable` are words in it that, without accents, can be read as another one
    (word, the other one): the officer should look at those."""

    text: str
    complete: bool
    mistakable: tuple[tuple[str, str], ...] = ()


def bare(text: str) -> str:
    """The text in characters that every phone shows and that count as one each: no accents, no typographic signs."""
    written: list[str] = []
    for char in unicodedata.normalize("NFD", text.replace("≠", " khac ")):
        kind = unicodedata.category(char)
        if kind in ("Mn", "Cf"):
            continue
        plain = AS_ASCII.get(char) or (char if char in GSM else "")
        if not plain and kind == "Nd":
            plain = str(unicodedata.decimal(char))
        if not plain and (wide := unicodedata.normalize("NFKD", char)) != char:
            apart = " " if wide[0].isdigit() and written and written[-1][-1:].isdigit() else ""  # 10² is not 102
            plain = apart + bare(wide)
        written.append(plain or ("?" if kind[0] == "L" else " "))
    return " ".join("".join(written).split())


def sms(text: str, code: str) -> Sms:
    """One message of at most 160 characters; of a longer text the sentences with days, hours, money and places go first."""
    passed = [" ".join(passage) for passage in passages(text)]
    plain = [bare(passage) for passage in passed]
    more = say("artifact", "sms_more", code=bare(code))
    for whole in (" ".join([*plain, more]), " ".join(plain)):
        if plain and len(whole) <= SMS_CHARACTERS:
            return Sms(whole, True, _mistakable(passed))
    room = SMS_CHARACTERS - len(more) - 1
    kept: list[int] = []
    for number in sorted(range(len(plain)), key=lambda number: (-_weight(plain[number]), number)):
        if sum(len(plain[one]) + 1 for one in kept) + len(plain[number]) <= room:
            kept.append(number)
    if any(_weight(passage) for passage in plain) and not any(_weight(plain[number]) for number in kept):
        kept = []  # a greeting alone tells nothing
    if kept:
        kept.sort()
        return Sms(" ".join([*(plain[number] for number in kept), more]), False, _mistakable([passed[number] for number in kept]))
    begun = _begun(max(passed, key=lambda passage: _weight(bare(passage)), default=""), room)
    return Sms(f"{bare(begun) + '...' if begun else say('artifact', 'sms_only')} {more}", False, _mistakable([begun]))


def _weight(plain: str) -> int:
    folded = plain.lower()
    return sum(weight for weight, pattern in WEIGHTS if pattern.search(folded))


def _begun(passage: str, room: int) -> str:
    """The passage up to the last end of a clause that fits, unless what follows turns it around ("…, trừ hộ …"); "" if none."""
    best = ""
    for end in CLAUSE_END.finditer(passage):
        begun, rest = passage[: end.start()].rstrip(), fold(passage[end.end() :])
        if len(bare(begun)) + 3 <= room and begun.count("(") == begun.count(")") and not TURNS.match(rest):
            best = begun
    return best


def _mistakable(passed: list[str]) -> tuple[tuple[str, str], ...]:
    words = dict.fromkeys(re.findall(r"[^\W\d_]+", unicodedata.normalize("NFC", " ".join(passed)).lower()))
    others = group("artifact_mistakable")
    return tuple((word, others[word]) for word in words if word in others)


# -- loudspeaker -----------------------------------------------------------------------------------------------------------------

SYLLABLES_A_SECOND = 3.0  # people talk at about 5, newsreaders at 4; over a loudspeaker with its echo, pauses included, 3 are understood
SLOT_SECONDS = 60


@dataclass(frozen=True)
class Spoken:
    """What is read out and how long that takes; nothing is left out, so it may be longer than its slot."""

    text: str
    seconds: int

    @property
    def fits(self) -> bool:
        return self.seconds <= SLOT_SECONDS


def loudspeaker(text: str, area_label: str, holder: str) -> Spoken:
    """The text as it is spoken, with an opening and a closing; said twice where both fit in a minute."""
    body = " ".join(aloud(" ".join(passage)) for passage in passages(text))
    opening = say("artifact", "opening" if area_label.strip() else "opening_all", area=aloud(area_label), holder=aloud(holder))
    closing = say("artifact", "closing")
    twice = "\n\n".join((opening, body, say("artifact", "again"), body, closing))
    chosen = twice if seconds(twice) <= SLOT_SECONDS else "\n\n".join((opening, body, closing))
    return Spoken(chosen, seconds(chosen))


def seconds(text: str) -> int:
    """How long it takes to read the text out, figures included."""
    return math.ceil(sum(map(_syllables, re.findall(r"\d+(?:[.,/:]\d+)*|[^\W\d_]+", text))) / SYLLABLES_A_SECOND)


def _syllables(word: str) -> int:
    if not word[0].isdigit():
        plain = fold(word)
        return 1 if is_syllable(plain) else len(re.findall("[aeiouy]+", plain)) or len(plain)
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+", word):
        word = word.replace(".", "")
    parts = re.split(r"\D", word)
    return sum(len(part) if part[0] == "0" or len(part) > 12 else _number_syllables(int(part)) for part in parts) + len(parts) - 1


def _number_syllables(number: int) -> int:
    """2026, "hai nghìn không trăm hai mươi sáu", has seven."""
    count, groups = 0, f"{number:,}".split(",")
    for place, figures in enumerate(groups):
        hundreds, tens, ones = (int(figure) for figure in figures.zfill(3))
        if hundreds or tens or ones or len(groups) == 1:
            count += 2 * bool(hundreds or place) + (tens > 0) + (tens > 1) + (tens == 0 and ones > 0 and bool(hundreds or place))
            count += bool(ones) or number == 0
            count += place < len(groups) - 1
    return count


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


# -- poster ----------------------------------------------------------------------------------------------------------------------


def poster(text: str, title: str, holder: str, code: str, link: str, day: date) -> Document:
    """A page to hang up; without a link its QR code holds the words that tell how to ask."""
    content = {"title": title, "text": text, "holder": holder, "code": code, "link": link, "day": day.isoformat()}
    return Document(f"ap-phich-{code}.pdf", json.dumps(content, ensure_ascii=False), "poster")
