"""How people say when: patterns over folded words, each with its reader, in the order they are tried."""

from __future__ import annotations

import re

from intents.slots.date_readers import (
    FEASTS,
    PAIR,
    Reader,
    read_ago,
    read_day_of_month,
    read_days_back,
    read_feast,
    read_first_of_span,
    read_first_of_this,
    read_full_moon,
    read_future,
    read_lunar_day,
    read_lunar_month_day,
    read_month,
    read_relative_month,
    read_stated,
    read_tet,
    read_vague,
    read_week_start,
    read_weekday,
    read_weekday_span,
)

SPOKEN = r"(?:ham (?:mot|hai|ba|bon|tu|lam|nham|nam|sau|bay|tam|chin)|(?:hai |ba )?muoi(?: (?:mot|hai|ba|bon|tu|lam|nham|nam|sau|bay|tam|chin))?|mot|hai|ba|bon|tu|nam|sau|bay|tam|chin)"
N = rf"(?:\d{{1,2}}|{SPOKEN})"
PART = r"(?:tui|chieu toi|sang som|som mai|sang|som|trua|chieu|toi|dem|dau gio|giua)"
ONE_WEEKDAY = r"(?:thu ?(?:hai|ba|tu|nam|sau|bay|[2-7])|t ?[2-7]|t (?:hai|ba|tu|nam|sau|bay)|chu nh[au]t|cn)"
WEEKDAY = rf"(?P<weekday>{ONE_WEEKDAY})"
LUNAR_MARK = r"(?:am lich|am|al|lich am|ta|lich ta)"
LONE = rf"(?P<day>{N})"
MONTH = rf"(?P<month>{N})"
YEAR_AFTER = r"(?:(?:/|-| / | nam |\.)(?P<year>20\d\d|\d\d(?!\d)))?"
BETWEEN = r"(?:/|-| / | thang | thg | th | / )"
NOT_COUNT = (
    r"(?! ?(?:trieu|tr|cu|k|nghin|ngan(?! hang)|ty|ti)\b)(?! (?:ho (?:ngheo|can)|nguoi|khau|hoc sinh|em|chau|tan|ta|kg|bao|sao|goi)\b)"
)
LEAD = rf"(?:(?:{PART}|vao|ky niem|chao mung|tu|hoi|luc|ngay|hom|bua|mung|mong|dem|nhan|dip) )"
BEFORE = rf"{LEAD}{{0,5}}"
THIS_WEEK = r"tuan (?:truoc nua|kia|truoc|roi|qua|vua roi|vua qua|nay|sau|toi|trc)"
WHICH = rf"(?P<which>{THIS_WEEK}|vua roi|vua qua|moi roi|roi|qua(?! (?:nha|ho|tham|ben|cho|xa)\b)|truoc|nay|sap toi|sap den|toi(?! (?:da|di|co|den|qua|cho)\b))"
LAST_MONTH = r"thang (?:truoc|roi|vua roi|vua qua|qua|trc|nay)"
GONE = r"(?:vua roi|vua qua|moi roi|roi|qua|vua xong)"
LUNAR_AFTER = rf"(?: \( | , | )?(?P<lunar>{LUNAR_MARK})"

FEAST = "(?P<feast>" + "|".join(sorted({**FEASTS["lunar"], **FEASTS["solar"]}, key=len, reverse=True)) + ")"
FEAST_BEFORE = rf"{PART}|hom|bua|dip|ngay|dem|nhan|le|mua|tet|cung|dung|vao|ky niem|chao mung|mung"
FIELD_START = r"(?:(?<=^ )|(?<= [-|/;,(:.+] ))"  # a field of a note in keywords
FIELD_END = r"(?= [-|/;,):.+]| ?$)"
SPAN_MARK = r"(?: den(?: het)?| toi| sang| va| voi|-| -| ,)(?: hom| ngay| mung| mong)*"

NOW = re.compile(
    r"(?:(?<=^ )|(?<= [,.|;:] ))nay(?= (?!xin|bao cao|em|minh|thi|da)\w|(?= <))"
)  # "nay có đoàn về thăm", where no day is said


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w<])(?:{pattern})(?![\w>])")


PATTERNS: tuple[tuple[re.Pattern[str], Reader], ...] = tuple(
    (_compiled(pattern), reader)
    for pattern, reader in (
        # the lunar calendar
        (rf"{BEFORE}{LONE}(?: thang |/)(?P<month>gieng|chap)", read_lunar_month_day),
        (rf"{BEFORE}(?:ngay |hom |mung |mong )+{LONE} (?P<month>gieng|chap)", read_lunar_month_day),
        (rf"{BEFORE}(?P<day>\d\d?) (?P<month>gieng|chap)", read_lunar_month_day),
        (rf"{BEFORE}{LONE}{BETWEEN}{MONTH}{YEAR_AFTER}{LUNAR_AFTER}", read_stated),
        (rf"{BEFORE}ram(?: thang)?(?: (?P<month>gieng|chap|{N}))?(?: am lich| am)?(?: {GONE})?", read_full_moon),
        (
            rf"(?:ngay |hom |toi |sang |chieu )*(?P<first>mung |mong )?(?P<day>{N}) (?:tet|am lich tet)(?: nguyen dan| am lich| ta| {GONE})*",
            read_tet,
        ),
        (rf"(?:(?:{FEAST_BEFORE}) )+{FEAST}(?: {GONE})?", read_feast),
        (rf"{FIELD_START}{FEAST}{FIELD_END}", read_feast),
        (rf"{FEAST} {GONE}", read_feast),
        (rf"(?:{PART} |vao )*(?:ngay|hom|mung|mong)(?: mung| ngay)* {LONE} (?:am lich|am|al)(?: {GONE})?", read_lunar_day),
        # days of several
        (
            rf"(?:tu |trong |cac |hai |2 |3 |ba )*(?:ngay |hom |mung )*{LONE}(?:(?:/| thang )(?P<first_month>{N})(?:/20\d\d)?)?"
            rf"(?: den(?: het)? | toi | sang )(?:ngay |mung )?(?P<last>{N})(?:/| thang ){MONTH}{YEAR_AFTER}",
            read_first_of_span,
        ),
        (
            rf"(?:vao |trong )?(?:cac|hai|ba|bon|[2-9]) (?:ngay|hom|buoi) {LONE}/{MONTH}{YEAR_AFTER}(?:(?: ,| va| voi)(?: ngay)? \d\d?/\d\d?(?:/20\d\d)?)+",
            read_stated,
        ),
        (rf"{BEFORE}(?P<day>\d\d?)(?:/(?P<first_month>\d\d?))?-(?P<last>\d\d?)/{MONTH}{YEAR_AFTER}", read_first_of_span),
        (
            rf"(?:tu |ngay |hom |trong )+(?P<day>\d\d?)(?:/(?P<first_month>\d\d?))? [-~] ?(?P<last>\d\d?)/{MONTH}{YEAR_AFTER}",
            read_first_of_span,
        ),
        (
            rf"(?:ngay|hom|mung)(?: mung)? {LONE}(?: , {N})*(?: , | va | voi )(?:ngay )?(?P<last>{N})(?:/| thang ){MONTH}{YEAR_AFTER}(?P<first_month>)",
            read_first_of_span,
        ),
        (rf"(?:tu |trong |ngay |hom |mung |mong )+{LONE}{SPAN_MARK} ?(?P<last>{N}) (?P<which>{LAST_MONTH}|{GONE})", read_first_of_this),
        # a day and its month
        (rf"{FIELD_START}(?P<day>\d\d?)[.-](?P<month>0?[1-9]|1[0-2])(?P<year>){FIELD_END}", read_stated),
        (rf"{LEAD}{{1,5}}(?P<day>{PAIR}) thang {MONTH}{YEAR_AFTER}", read_stated),
        (rf"{BEFORE}(?P<day>\d\d?)\.(?P<month>\d\d?)(?:\.(?P<year>20\d\d|2\d))(?: {GONE})?", read_stated),
        (rf"(?:ngay|hom|bua|vao|{PART}) (?P<day>\d\d?)\.(?P<month>\d\d?)(?P<year>)", read_stated),
        (
            rf"{BEFORE}{LONE} ?(?:/| / | thang | thg | th ){MONTH}{YEAR_AFTER}{NOT_COUNT}(?P<this> nam nay| nay| toi day| sap toi| nam ngoai| nam truoc)?(?: {GONE})?",
            read_stated,
        ),
        (rf"{BEFORE}(?P<day>\d\d?)-(?P<month>\d\d?)-(?P<year>20\d\d|2\d)", read_stated),
        (rf"{BEFORE}(?P<year>20\d\d)-(?P<month>\d\d?)-(?P<day>\d\d?)", read_stated),
        (rf"(?:ngay|hom|bua|{PART}) (?P<day>\d\d?)-(?P<month>\d\d?)(?P<year>){NOT_COUNT}", read_stated),
        # the day alone, in a month said before or after
        (rf"(?:{PART} |vao )*(?:ngay|hom|mung|mong|bua)(?: mung| ngay)* {LONE},? (?P<which>{LAST_MONTH})", read_day_of_month),
        (rf"(?P<which>{LAST_MONTH}) ,? ?(?:vao )?(?:ngay|hom|mung|mong)(?: mung| ngay)* {LONE}", read_day_of_month),
        (rf"(?P<day>1[3-9]|2\d|3[01]) (?P<which>{LAST_MONTH})", read_day_of_month),
        (
            rf"(?:{PART} |vao |tu )*(?:ngay|hom|mung|mong|bua)(?: mung| ngay)* {LONE}(?! (?:ho|nha|nguoi|con|bao|trieu|tr|kg|buoi|bua|lan|cong|suat|cai|anh|chi|em|"
            rf"dong|muoi|nghin|k|cu|chau|ba|gia|thang|ngay|tuan|me|doan|hom)\b)(?![-/])(?: {GONE})?",
            read_day_of_month,
        ),
        # weekdays; "T3" as a field of its own is a month
        (rf"{FIELD_START}t ?(?P<month>[2-7])(?P<year>)(?P<past>)(?= [-|/;])", read_month),
        (
            rf"(?:hai |2 )?(?:tu |trong |ngay |hom )*{WEEKDAY}(?:(?:{SPAN_MARK})? (?P<last>{ONE_WEEKDAY})|(?P<bare>-[3-7]))"
            rf"(?: (?:cua )?{WHICH})?(?![/\w])",
            read_weekday_span,
        ),
        (rf"(?:hoi |tu |hom |vao |ngay |luc |{PART} )*dau (?P<which>{THIS_WEEK}|tuan)(?P<weekday>)", read_week_start),
        (rf"(?:{PART} |vao |hom )*(?P<which>{THIS_WEEK}) (?:, |la |vao |hom |ngay |{PART} )*{WEEKDAY}", read_weekday),
        (rf"(?<!lan )(?<!nguoi )(?<!dot )(?<!con )(?:{PART} |vao |hom |ngay |hoi |dem )*{WEEKDAY}(?: (?:cua )?{WHICH})?", read_weekday),
        # days counted from today
        (r"(?<!ngay )(?<!thang )(?:hai|ba|bon|may|[2-9]) (?:hom|bua|ngay) nay", read_vague),
        (rf"(?:{PART} |vao )*(?:hom|bua|ngay) kia(?: nua)?", read_days_back(2)),
        (
            rf"(?:{PART} |vao |hoi |ngay )*(?:khi hom|hoi hom(?= [^\W\d]| ?$| [,./|;-])|khi toi|hom qua|bua qua|ngay hom qua|ngay qua)(?: do)?",
            read_days_back(1),
        ),
        (r"(?:sang|som|trua|chieu|toi|tui|dem|khuya|xe) qua(?! (?:nha|ho|tham|lai|choi|giup)\b)", read_days_back(1)),
        (
            r"(?:vao |ngay |hoi |luc )*(?:som mai|sang som|chieu toi|som|sang|trua|chieu|toi|dem|hom|bua|ngay|moi|vua|hoi|ban|luc|xe) (?:hom )?nay",
            read_days_back(0),
        ),
        (r"(?:hoi|ban|luc|tu) (?:sang som|sang|trua|chieu|toi|som)(?= )", read_days_back(0)),
        (rf"(?:cach day|cach nay)(?: khoang| chung| gan| hon)? (?P<count>{N}) (?P<unit>ngay|hom|bua|tuan|thang)", read_ago),
        (rf"(?P<count>{N}) (?P<unit>ngay|hom|bua|tuan|thang) (?:truoc|roi)", read_ago),
        (
            r"(?:ngay|sang|trua|chieu|toi|dem|som) mai(?! nay)|tuan (?:sau|toi)|thang (?:sau|toi)|sap (?:toi|den)|(?:tuan|thang) den(?= ?$| [,.<])|ngay kia nua",
            read_future,
        ),
        # months
        (
            r"(?:(?:hoi|dau|cuoi|giua|trong|khoang|vao|hom|trung tuan|thuong tuan|ha tuan|ca|tu) )*thang (?:truoc|trc) nua",
            read_relative_month(2),
        ),
        (r"(?<!\d )(?:(?:hoi|dau|cuoi|giua|trong|khoang|vao|hom) )*thang (?:truoc|trc|vua roi|vua qua|roi|qua)", read_relative_month(1)),
        (r"(?<!may )(?<!\d )(?:(?:hoi|dau|cuoi|giua|trong|khoang|vao|hom) )*thang nay", read_relative_month(0)),
        (rf"(?:hoi|hom|luc|vao|tu) (?:dau|giua|cuoi) thang(?! (?:{N}|gieng|chap|truoc|roi|vua|qua)\b)", read_relative_month(0)),
        (
            rf"(?<!mot )(?<!moi )(?<!hang )(?<!\d )(?:(?:hoi|dau|cuoi|giua|trong|khoang|vao|hom|tu) )*(?:thang |thg |th |t )(?P<month>{N}|gieng|chap)"
            rf"(?:(?: nam |/| / |-)(?P<year>20\d\d))?(?P<past> nam (?:ngoai|truoc))?(?! ?(?:trieu|tr|cu|nghin|ngan(?! hang)|k|ty|suat|nguoi|tuoi|ho|thang)\b)(?: {GONE})?",
            read_month,
        ),
        (r"(?:vao )?(?P<month>0?[1-9]|1[0-2])/(?P<year>20\d\d)(?P<past>)", read_month),
        # no day said
        (
            r"(?:hom|bua|dao|dot|hoi|ky) (?:no|truoc|bua|ay|do|cho phien|truoc do|xua)|tuan (?:truoc|roi|qua|vua roi|vua qua|nay|trc)|"
            r"may (?:hom|bua|ngay|tuan|thang) (?:truoc|nay|roi)|gan day|moi day|nam ngoai|dau nam|cuoi nam|lau roi|(?:truoc|sau|giap|dip) tet",
            read_vague,
        ),
    )
)
