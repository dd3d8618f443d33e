"""Why a household is poor, what help it asks for and how it is ranked: official labels found by phrases of registration.toml.

A phrase either says it by itself ("thiếu vốn", "vay tiền"), or names a thing that counts only where needs or causes are
listed: after "xin", "cần", "nguyên nhân:", or in an answer to just that question.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from intents.slots.form_text import FormText
from intents.slots.phrases import Hit, find
from intents.slots.registration_data import table

DENIED = 4  # words before a rank in which "không phải", "chưa" deny it
LOAN = 11  # words from "vay" to what the loan is for
NOT_WANTED = re.compile(r"(?:^| )(?:khong|chua|dung|chang) (?:co )?(?:nhu cau|nguyen vong|y dinh|muon|can|xin|thich|doi|dam|ham)(?: xin| them| nhan| cho)?(?: \w+)?$")
CLAUSE = (",", ".", "-", "+", "/", "va", "voi", "roi", ":")


def household_type(text: FormText, *, answer: bool = False) -> str | None:
    """ "poor", "near_poor", "escaped_poor" or None; "thoát nghèo" alone says nothing."""
    hits = [hit for hit in find(text, "household_type") if answer or not _is_weak(text, hit)]
    hits += find(text, "only_household_type") if answer else []
    kept = [hit for hit in hits if not _is_inside(hit, hits)]
    labels = [hit.label for hit in kept if not _is_denied(text, hit)]
    for label in ("escaped_poor", "near_poor", "poor"):
        if label in labels:
            return label
    return "poor" if any(hit.label == "escaped_poor" for hit in kept) else None


def _is_weak(text: FormText, hit: Hit) -> bool:
    """Bare "nghèo" and "cận" count only as an answer; so does "thoát nghèo rồi"."""
    words = text.words[hit.start : hit.end]
    before, after = text.words[hit.start - 1 : hit.start] if hit.start else (".",), text.words[hit.end : hit.end + 1] or (".",)
    if words in (("ngheo",), ("can",)) and set(before + after) <= set(".,/-+:"):
        return False
    return words in (("ngheo",), ("moi", "ra"), ("vua", "ra")) or (words[0] == "can" and "ngheo" not in words)


def _is_inside(hit: Hit, hits: Collection[Hit]) -> bool:
    return any(other.start <= hit.start and hit.end <= other.end and other.end - other.start > hit.end - hit.start for other in hits)


def _is_denied(text: FormText, hit: Hit) -> bool:
    start = hit.start
    while start and hit.start - start < DENIED and text.words[start - 1] not in CLAUSE:
        start -= 1
    line = " ".join(text.words[start : hit.start])
    return bool(re.search(r"(?:^| )(?:(?:khong|dau|chang|chua) phai(?: \w+){0,2}|chua(?: (?:la|thuoc|vao|duoc|xep|len|co|bi|den|toi)){0,2}(?: muc| dien| ho)?)$", line))


def reasons_in(text: FormText, taken: Collection[int], *, answer: bool = False) -> tuple[str, ...]:
    """The causes a message names, in official order. `taken` are units of names, places and numbers."""
    return _labels(text, "reasons", taken, answer)


def needs_in(text: FormText, taken: Collection[int], *, answer: bool = False) -> tuple[str, ...]:
    """The help a message asks for, in official order."""
    return _labels(text, "needs", taken, answer)


def _labels(text: FormText, name: str, taken: Collection[int], answer: bool) -> tuple[str, ...]:
    spans = [(0, len(text.units))] if answer else scopes(text, name, taken)
    sure = [hit for hit in find(text, name) if not taken_at(hit, taken)]
    others = [hit for hit in find(text, "needs" if name == "reasons" else "reasons") if text.words[hit.start] != "it"]
    bare = [hit for hit in find(text, f"bare_{name}") if not taken_at(hit, taken) and not _is_inside(hit, others)]
    sure = [hit for hit in sure if not _runs_into(text, hit, sure + bare) and not (name == "needs" and _is_refused(text, hit))]
    sure = [hit for hit in sure if not (name == "reasons" and _is_little_asked(text, hit))]
    idioms = {index for idiom in find(text, "idioms") for index in range(idiom.end if name == "reasons" else idiom.start + 1, idiom.end + 1)}
    sure, bare = ([hit for hit in hits if hit.end not in idioms and not _is_learned(text, hit)] for hits in (sure, bare))
    sure = [hit for hit in sure if not _is_inside(hit, [other for other in sure if _outweighs(other, hit, name)])]
    if name == "reasons" and answer:
        bare = [hit for hit in bare if not sure or _is_alone(text, hit)]
    inside = [hit for hit in bare if any(start <= hit.start < end for start, end in spans) and not _is_inside(hit, sure + bare)]
    inside = [hit for hit in inside if not _runs_into(text, hit, sure + bare) and not (name == "needs" and _is_refused(text, hit))]
    found = {hit.label for hit in sure + inside if not _is_loans_purpose(text, hit) and not _of_the_dead(text, hit)}
    nothing = answer and name == "needs" and bool(find(text, "no_needs"))
    found -= {"other"} if nothing else set()
    if answer and not found and not nothing:
        found = {hit.label for hit in find(text, f"only_{name}") if not _is_refused(text, hit)}
    return tuple(label for label in table().phrases[name] if label in found)


def _outweighs(other: Hit, hit: Hit, name: str) -> bool:
    """Whether a phrase around another one decides: among needs only where that other is too general ("xin tiền" trọ học)."""
    return other.label != hit.label and (name == "reasons" or (hit.label in ("loan", "other") and other.label == "education"))


def _of_the_dead(text: FormText, hit: Hit) -> bool:
    """ "bị tai nạn chết năm ngoái": who died is no cause of illness."""
    after = text.words[hit.end : hit.end + 2]
    if hit.label == "illness" and text.words[max(0, hit.start - 2) : hit.start] in (("mat", "vi"), ("chet", "vi"), ("mat", "do"), ("chet", "do")):
        return True
    return hit.label == "illness" and ("chet" in after[:1] or after in (("mat", "roi"), ("qua", "doi"), ("ma", "mat"), ("roi", "mat")))


def _runs_into(text: FormText, hit: Hit, hits: Collection[Hit]) -> bool:
    """Whether the phrase ends in the first words of another ("làm cho cái nhà" before "vệ sinh", "đi học" before "nghề")."""
    return any(
        hit.start < other.start < hit.end < other.end and other.label != hit.label and hit.label != "training" and not _is_next_lack(text, other, hits)
        for other in hits
    ) or _is_next_lack(text, hit, hits)


def _is_next_lack(text: FormText, hit: Hit, hits: Collection[Hit]) -> bool:
    """Whether "nghề thiếu" in "thiếu đồ nghề thiếu vốn" only joins two lacks."""
    starts = {other.start for other in hits if other.label != hit.label}
    joined = any(other.start < hit.start < other.end < hit.end and text.words[other.start] in table().words["lacks"] for other in hits)
    return joined and text.words[hit.end - 1] in table().words["lacks"] and hit.end - 1 in starts


def _is_learned(text: FormText, hit: Hit) -> bool:
    """Whether animals are what is to be learnt about ("học nuôi gà", "tập huấn chăn nuôi lợn")."""
    return hit.label == "livestock" and bool(set(text.words[max(0, hit.start - 2) : hit.start]) & {"hoc", "cach", "thuat", "huan"})


def _is_refused(text: FormText, hit: Hit) -> bool:
    """Whether the thing is just what is not wanted ("không vay nợ đâu")."""
    before = text.words[max(0, hit.start - 2) : hit.start]
    if NOT_WANTED.search(" ".join(text.words[max(0, hit.start - 4) : hit.start])):
        return True
    return ("khong" in before or "chua" in before) and text.words[hit.start] not in ("khong", "thieu") and "co" not in before


def _is_little_asked(text: FormText, hit: Hit) -> bool:
    """Whether "ít vốn", "ít tiền" is what is asked for ("vay ít vốn"), no lack of it."""
    return text.words[hit.start] == "it" and bool(set(text.words[max(0, hit.start - 1) : hit.start]) & set(table().words["asked"]))


def _is_loans_purpose(text: FormText, hit: Hit) -> bool:
    """Whether the thing is what a loan is for ("vay vốn nuôi dê"): the need is the loan."""
    start = hit.start
    while start and hit.start - start < LOAN and text.words[start - 1] not in CLAUSE:
        start -= 1
    return hit.label in ("livestock", "other") and "vay" in text.words[start : hit.end]


def _is_alone(text: FormText, hit: Hit) -> bool:
    """Whether the thing is all its clause says, so that an answer lists it."""
    start, end = hit.start, hit.end
    while start and text.words[start - 1] not in CLAUSE:
        start -= 1
    while end < len(text.words) and text.words[end] not in CLAUSE:
        end += 1
    return end - start <= hit.end - hit.start + 1


def taken_at(hit: Hit, taken: Collection[int]) -> bool:
    """Whether the phrase is part of a name or place, or "ở" before one ("nhà ở xóm bốn")."""
    return hit.start in taken or hit.end - 1 in taken or (hit.end in taken and hit.label == "housing")


def scopes(text: FormText, wanted: str, taken: Collection[int]) -> list[tuple[int, int]]:
    """The spans of units in which things are listed as "reasons" or "needs": from a head to the end of its sentence."""
    ranks = find(text, "household_type")
    ranked = {index for rank in ranks if not _is_weak(text, rank) for index in range(rank.start, rank.end)}
    heads = [hit for hit in find(text, "heads") if hit.start not in taken and not (text.words[hit.start] == "can" and hit.start in ranked)]
    others = {index for hit in find(text, "behalf") for index in range(hit.start, hit.end)}
    no_need = table().words["no_need_after"]
    meant = [head for head in heads if head.start not in others and not set(text.words[head.end : head.end + 1]) & set(no_need)]
    return [(head.end, _scope_end(text, head, heads)) for head in meant if head.label == wanted]


def _begins_anew(text: FormText, head: Hit, index: int) -> bool:
    """Whether what is asked for ends where the rest of the form begins ("muốn thoát nghèo nhà tôi …")."""
    return text.words[index] in (",", "-") or (index > head.end + 3 and text.words[index] in table().words["new_clause"])


def _scope_end(text: FormText, head: Hit, heads: Collection[Hit]) -> int:
    """Where a list ends: at a full stop, at the other kind of head, or at a comma if the head asks to register."""
    registering = re.search(r"\b(dang ky|thoat|ra khoi|ra (?:ho|dien)|tham gia|vao danh sach)\b", " ".join(text.words[head.end : head.end + 6]))
    stops = {other.start for other in heads if other.label != head.label}
    for index in range(head.end, len(text.words)):
        if text.words[index] == "." or index in stops or (registering and _begins_anew(text, head, index)):
            return index
    return len(text.words)
