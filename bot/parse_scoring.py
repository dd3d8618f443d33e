"""Scores the parsers on the sets of tests/parsing/ and the shared examples: fields right of those that the key or the output
fills, conventions of PARSE.md (names compared without accents, case, titles and place words; alternatives under "accept")."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.parsing import registration_lines, report_lines
from knowledge.vietnamese import fold

HERE = Path(__file__).parent.parent
SETS = HERE / "tests" / "parsing"
SHARED = HERE.parent / "shared" / "eval" / "dev"
ACTIVITY = (
    "kind", "occurred_on", "occurred_month", "amount_vnd", "amount_each_vnd", "amount_range", "households", "people", "labour_days",
    "items", "beneficiary_names", "donor", "village",
)  # fmt: skip
HOUSEHOLD = (
    "name",
    "village",
    "commune",
    "district",
    "province",
    "household_type",
    "members",
    "phone",
    "target_year",
    "reasons",
    "needs",
    "on_behalf",
)
DROPPED = re.compile(
    r"^(?:ong|ba|anh|chi|em|o|me|chu|bac|co|cu|eng|mu|ho|nha|gia dinh|thon|xom|lang|ban|pho|to dan pho|khoi pho|xa|phuong|thi tran|tt|huyen|tinh) (?=.*[a-z])"
)
SPELLED = {"cty": "cong ty", "mttq": "mat tran to quoc", "ubnd": "uy ban nhan dan", "hpn": "hoi phu nu", "csxh": "chinh sach xa hoi",
           "nhcsxh": "ngan hang chinh sach xa hoi", "ccb": "cuu chien binh", "hnd": "hoi nong dan", "vnn": "vi nguoi ngheo", "ctd": "chu thap do"}  # fmt: skip


@dataclass
class Score:
    """What was right of what: fields, whole records, questions that had to be asked, by field and by style."""

    fields: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    records: Counter[str] = field(default_factory=Counter)
    whole: Counter[str] = field(default_factory=Counter)

    def lines(self, name: str) -> list[str]:
        total, good = self.fields.total(), self.right.total()
        weak = sorted(
            (key for key in self.fields if self.right[key] < self.fields[key]), key=lambda key: self.right[key] - self.fields[key]
        )
        shown = "; ".join(f"{key} {self.right[key]}/{self.fields[key]}" for key in weak[:8])
        return [
            f"{name}: {good}/{total} mục đúng ({100 * good / max(total, 1):.1f} %), {self.whole.total()}/{self.records.total()} dòng đúng cả",
            *([f"  còn sai: {shown}"] if shown else []),
        ]


def plain(text: object) -> str:
    """A name as it is compared."""
    words = re.sub(r"[^\w\s]", " ", fold(str(text))).split()
    line = " ".join(SPELLED.get(word, word) for word in words)
    while (shorter := DROPPED.sub("", line)) != line:
        line = shorter
    return line


def _same(name: str, wanted: Any, got: Any) -> bool:
    if name == "kind":
        return got in (wanted if isinstance(wanted, list) else [wanted])
    if name == "items":
        return sorted(map(_item, wanted or ())) == sorted(map(_item, got or ())) or _loosely(wanted or [], list(got or []))
    if name == "beneficiary_names":
        return sorted(map(plain, wanted or ())) == sorted(map(plain, got or ()))
    if name in ("reasons", "needs") or isinstance(wanted, list):
        return set(wanted or ()) == set(got or ())
    if isinstance(wanted, str) and isinstance(got, str):
        one, other = sorted((plain(wanted), plain(got)), key=len)
        return one == other or fold(wanted) == fold(got) or (name == "donor" and len(one.split()) > 1 and one in other)
    return bool(wanted == got)


def _item(item: Mapping[str, Any]) -> str:
    return f"{plain(item.get('name', ''))}|{item.get('quantity')}|{fold(item.get('unit') or '')}"


def _loosely(wanted: list[Any], got: list[Any]) -> bool:
    """The same goods where one name is part of the other ("áo" and "áo ấm")."""
    for item in wanted:
        match = next((one for one in got if _item(one).split("|")[1:] == _item(item).split("|")[1:] and (plain(one["name"]) in plain(item["name"]) or plain(item["name"]) in plain(one["name"]))), None)  # fmt: skip
        if match is None:
            return False
        got.remove(match)
    return not got


def _compare(score: Score, names: Iterable[str], key: Mapping[str, Any], got: Mapping[str, Any], extra: Mapping[str, Any]) -> bool:
    """Counts the fields that the key or the output fills; whether all were right."""
    accept, optional = extra.get("accept") or {}, extra.get("optional") or {}
    good = True
    for name in names:
        wanted, said = key.get(name), got.get(name)
        if name in ("reasons", "needs") and isinstance(optional, dict):
            said = [one for one in said or () if one in (wanted or ()) or one not in (optional.get(name) or ())]
        if wanted in (None, [], "", False) and said in (None, [], "", False):
            continue
        alternatives = accept.get(name, []) if isinstance(accept, dict) else []
        right = _same(name, wanted, said) or any(_same(name, one, said) for one in alternatives)
        score.fields[name] += 1
        score.right[name] += right
        good = good and right
    return good


def _nearest(key: Mapping[str, Any], left: list[dict[str, Any]]) -> dict[str, Any]:
    """The activity of the output that agrees with the key in most fields; empty where none is left."""
    return max(left, key=lambda one: sum(_same(name, key.get(name), one.get(name)) for name in ACTIVITY), default={})


def reports(rows: list[dict[str, Any]]) -> Score:
    """Scores `parse-report`."""
    score = Score()
    outputs = [json.loads(line) for line in report_lines(json.dumps(row, ensure_ascii=False) for row in rows)]
    for row, out in zip(rows, outputs, strict=True):
        if row.get("must_question"):
            good = bool(out["must_question"] or out["missing"])
            score.fields["questions"] += 1
            score.right["questions"] += good
        else:
            keys = row["expect"] if isinstance(row["expect"], list) else [row["expect"]]
            left = list(out["activities"])
            good = len(keys) == len(left) and bool(row.get("missing")) == bool(out["missing"] or out["must_question"])
            score.fields["asks"] += 1
            score.right["asks"] += bool(row.get("missing")) == bool(out["missing"] or out["must_question"])
            for key in keys:
                best = _nearest(key, left)
                if best in left:
                    left.remove(best)
                good &= _compare(score, ACTIVITY, key, best, {"accept": key.get("accept")})
        score.records[row.get("style", "")] += 1
        score.whole[row.get("style", "")] += good
    return score


def registrations(rows: list[dict[str, Any]]) -> Score:
    """Scores `parse-registration`."""
    score = Score()
    outputs = [json.loads(line) for line in registration_lines(json.dumps(row, ensure_ascii=False) for row in rows)]
    for row, out in zip(rows, outputs, strict=True):
        if row["form"] == "opening":
            good = _compare(score, HOUSEHOLD, row["expect"], out["fields"], row)
        else:
            alternatives = [row["expect"], *(row.get("accept") or [])]
            optional = row.get("optional") or []
            said = out["value"]
            if isinstance(said, list):
                said = [one for one in said if one not in optional or any(one in (wanted or ()) for wanted in alternatives)]
            good = any(_same(row["slot"], wanted, said) for wanted in alternatives) and (row.get("interrupt") in (None, out["interrupt"]))
            score.fields[f"slot {row['slot']}"] += 1
            score.right[f"slot {row['slot']}"] += good
        score.records[row.get("style", "")] += 1
        score.whole[row.get("style", "")] += good
    return score


def print_scores() -> None:
    """Every set, one after the other."""
    for form, scored in (("reports", reports), ("registration", registrations)):
        paths = [path for path in (SHARED / f"{form}.jsonl", *sorted(SETS.glob(f"{form}-*.jsonl"))) if path.exists()]
        for path in paths:
            rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
            name = f"bộ mẫu dùng chung, {path.stem}" if path.parent == SHARED else path.stem
            print("\n".join(scored(rows).lines(name)))
