"""`donghanh bench`: time and memory of an answer, beside BM25 over the same plans, and with 1,000 synthetic plans.

Times are of one message on one thread; the figures of one run are compared with each other, not with other machines.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from bot.batch import settled
from bot.channel_benchmark import run_channels
from bot.evaluation import OWN
from bot.preparation import prepared
from bot.turn_benchmark import run_turns
from intents.dialogue import Dialogue
from intents.understand import Understander
from knowledge.load import knowledge
from knowledge.model import Knowledge, Plan
from knowledge.places import gazetteer
from knowledge.vietnamese import read

TODAY = date(2026, 11, 21)
ROUNDS = 2
SYNTHETIC = 1000
START = "import time,sys;t=time.perf_counter();from bot.cli import main;main(['ask','hạn báo cáo','--place','Ninh Bình']);print(time.perf_counter()-t,file=sys.stderr)"


def run(only: str = "") -> int:
    """Prints every figure, or those of one part; returns 0."""
    if only == "channels":
        run_channels(Dialogue(Understander(knowledge(), prepared())))
        return 0
    questions = _questions()
    first = _first_answer()
    dialogue = Dialogue(Understander(knowledge(), prepared()))
    own = _times(lambda text, place: dialogue.take_turn(settled(place), text, TODAY), questions)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(questions)} câu hỏi, {ROUNDS} lượt, một luồng")
    _show("Đồng Hành", own)
    _show("BM25 (rank-bm25) trên các đoạn của kế hoạch", _times(_bm25(), questions))
    print(f"từ khởi động đến câu trả lời đầu: {first:.2f} giây")
    print(f"bộ nhớ lớn nhất: {memory:.0f} MB")
    wide = Dialogue(Understander(_many_plans(knowledge()), prepared()))
    _show(
        f"Đồng Hành với {SYNTHETIC} kế hoạch giả thêm vào",
        _times(lambda text, place: wide.take_turn(settled(place), text, TODAY), questions),
    )
    print(f"bộ nhớ lớn nhất khi đó: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    run_turns(dialogue)
    run_channels(dialogue)
    return 0


def _questions() -> list[tuple[str, str | None]]:
    rows = [json.loads(line) for path in sorted(OWN.glob("qa-*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines()]
    return [(row["turns"][-1], row.get("place")) for row in rows]


def _times(answer: Callable[[str, str | None], object], questions: list[tuple[str, str | None]]) -> list[float]:
    """Milliseconds of every message; reading is not cached between rounds."""
    gazetteer()
    answer("khởi động", "Ninh Bình")
    times = []
    for _ in range(ROUNDS):
        for text, place in questions:
            read.cache_clear()
            started = time.perf_counter()
            answer(text, place)
            times.append((time.perf_counter() - started) * 1000)
    return times


def _show(name: str, times: list[float]) -> None:
    cuts = statistics.quantiles(times, n=100)
    print(f"{name}: p50 {statistics.median(times):.2f} ms, p95 {cuts[94]:.2f} ms, p99 {cuts[98]:.2f} ms, lớn nhất {max(times):.2f} ms")


def _bm25() -> Callable[[str, str | None], object]:
    from rank_bm25 import BM25Okapi

    indexes = {}
    for plan in knowledge().plans.values():
        indexes[plan.id] = BM25Okapi([list(read(paragraph).plain) for p in plan.provisions for paragraph in p.paragraphs])

    def search(text: str, place: str | None) -> object:
        plain = list(read(text).plain)
        plan = settled(place).plan
        return [indexes[name].get_scores(plain).argmax() for name in ([plan] if plan else indexes)]

    return search


def _first_answer() -> float:
    """Seconds from the start of a new process to its first answer, the interpreter's own start included."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", START], check=True, capture_output=True)
    return time.perf_counter() - started


def _many_plans(base: Knowledge) -> Knowledge:
    """The knowledge base with synthetic plans: copies of the real ones under other ids."""
    originals = list(base.plans.values())
    plans: dict[str, Plan] = dict(base.plans)
    for number in range(SYNTHETIC):
        name = f"synthetic-{number}"
        plans[name] = replace(originals[number % len(originals)], id=name, name=f"Nơi {number}")
    return replace(base, plans=plans)
