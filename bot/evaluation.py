"""`donghanh eval`: runs the question sets through `ask --json` and prints what failed, by style, plan, topic and kind."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bot.batch import answer_lines
from bot.judging import Verdict, judge
from intents.dialogue import Dialogue

ROOT = Path(__file__).parent.parent
OWN = ROOT / "tests" / "questions"
SHARED = ROOT.parent / "shared" / "eval" / "dev"
SIDES = ("expect", "style", "plan", "topic", "audience", "persona")


def sets() -> list[Path]:
    """The question sets: the shared dev set where present, and the project's own."""
    return [*sorted(SHARED.glob("qa-*.jsonl")), *sorted(OWN.glob("*.jsonl"))]


def run(paths: Iterable[Path], dialogue: Dialogue, today: str = "") -> list[tuple[Path, dict[str, Any], dict[str, Any], Verdict]]:
    """Every question with its reply and verdict."""
    results = []
    for path in paths:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        lines = [json.dumps({"id": row["id"], "turns": row["turns"], "place": row.get("place"), "today": today or None}) for row in rows]
        replies = map(json.loads, answer_lines(lines, dialogue))
        results += [(path, row, reply, judge(row, reply)) for row, reply in zip(rows, replies, strict=True)]
    return results


def report(paths: Iterable[Path], dialogue: Dialogue, fails: int = 40, today: str = "") -> bool:
    """Prints the table and the failures; True when there was anything to judge."""
    results = run(paths, dialogue, today)
    groups = [
        ("bộ mẫu dùng chung", [r for r in results if r[0].parent == SHARED]),
        ("bộ câu hỏi riêng", [r for r in results if r[0].parent != SHARED and "label" not in r[1]]),
        ("160 tin nhắn", [r for r in results if "label" in r[1]]),
    ]
    for name, rows in groups:
        if rows:
            _table(name, rows)
    failed = [r for r in results if not r[3].right]
    print(f"\nsai {len(failed)} câu" + (f", in {min(fails, len(failed))} câu đầu" if failed else ""))
    for path, row, reply, verdict in failed[:fails]:
        print(
            f"- {row['id']} [{row.get('style', '')}] {row['turns'][-1][:90]!r} ({row.get('place')}): {verdict.why} | "
            f"{reply.get('kind')} {[c['section'] for c in reply.get('citations', ())][:2]} (đúng: {row.get('section')}) "
            f"{reply.get('text', '')[:90]!r} <{path.stem}>"
        )
    return bool(results)


def _table(name: str, rows: list[tuple[Path, dict[str, Any], dict[str, Any], Verdict]]) -> None:
    print(f"\n== {name}: {_share([r[3].right for r in rows])}")
    sections = [r[3].section for r in rows if r[3].section is not None]
    if sections:
        print(f"  mục được dẫn đúng: {_share(sections)}")
    for side in SIDES if "label" not in rows[0][1] else ("label", "persona"):
        tally: dict[str, list[bool]] = defaultdict(list)
        for _, row, _, verdict in rows:
            value = row.get(side) or (row.get("kind") if side == "expect" else None)
            tally[value if isinstance(value, str) else "nhiều" if value else "-"].append(verdict.right)
        print(f"  {side}: " + "; ".join(f"{key} {_share(found)}" for key, found in sorted(tally.items())))


def _share(found: list[Any]) -> str:
    right = sum(map(bool, found))
    return f"{right}/{len(found)} {100 * right / max(len(found), 1):.1f}%"
