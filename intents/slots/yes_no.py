"""Yes or no, strictly: a message agrees only when it says nothing else. A name ("Phạm Thị Có"), a near word ("dùng", "đừng")
or a longer sentence never counts as consent.
"""

from __future__ import annotations

import re

from knowledge.vietnamese import clean, fold

YES = frozenset(
    "có đúng vâng dạ ừ ừm uh um ok oke okê okie okla ô-kê đồng-ý nhất-trí được chuẩn phải chính-xác gửi gửi-đi gửi-luôn "
    "xác-nhận chấp-nhận đồng-ý-gửi y chốt yes".split()
)
NO = frozenset("không ko khong hông hổng chưa chưa-đúng không-đúng sai không-phải đừng đừng-gửi khỏi nỏ chớ no không-đồng-ý sai-rồi".split())
FILLERS = frozenset(
    "ạ à nhé nha nghen rồi em con cháu tôi tui bác anh chị cô chú đó đấy thế vậy hết luôn đi mà thì này cả lắm hoàn toàn ơi cán bộ nhà mình bot "
    "cho giúp với nhá hen nì tất thưa bà".split()
)
WORD = re.compile(r"[^\W\d_]+")
MOST_WORDS = 8
PAIRS = {tuple(one.split("-")) for one in YES | NO if "-" in one}
FOLDED_YES = {fold(one) for one in YES}
FOLDED_NO = ({fold(one) for one in NO} | {"k"}) - {"dung", "dung-gui"}  # "dung" without accents is "đúng"
FOLDED_FILLERS = {fold(one) for one in FILLERS}


def yes_or_no(text: str) -> bool | None:
    """True for a plain yes, False for a plain no, None for anything else. "1" and "2" are left to the numbered choices."""
    words = [word.casefold() for word in WORD.findall(clean(text))]
    if not words or len(words) > MOST_WORDS or re.search(r"\d|\?", text):
        return None
    said = _joined(words)
    kinds = [_kind(word) for word in said]
    if None in kinds:
        return None
    if "no" in kinds:
        return False
    return True if "yes" in kinds else None


def _joined(words: list[str]) -> list[str]:
    """Words with the known pairs ("đồng ý", "chưa đúng") taken together."""
    out: list[str] = []
    at = 0
    while at < len(words):
        size = next((n for n in (3, 2) if _is_pair(words[at : at + n])), 1)
        out.append("-".join(words[at : at + size]))
        at += size
    return out


def _is_pair(words: list[str]) -> bool:
    return tuple(words) in PAIRS or (all(fold(word) == word for word in words) and tuple(words) in {tuple(map(fold, pair)) for pair in PAIRS})


def _kind(word: str) -> str | None:
    """Accented words must be the very word; without accents the folded form counts, unless it is another word too."""
    if fold(word) != word:
        return "no" if word in NO else "yes" if word in YES else "filler" if word in FILLERS else None
    return "no" if word in FOLDED_NO else "yes" if word in FOLDED_YES else "filler" if word in FOLDED_FILLERS else None
