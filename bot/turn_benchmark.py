"""`donghanh bench`, second part: whole turns (dedupe, load, understand, decide, save, commit) on SQLite with many people.

Figures of one run are compared with each other: few people against many, one process against two.
"""

from __future__ import annotations

import json
import multiprocessing
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from bot.assistant import Assistant
from bot.evaluation import OWN
from bot.opening import open_assistant
from bot.settings import settings
from intents.dialogue import Dialogue
from intents.messages import Incoming
from intents.records import CaseKind, Submit
from knowledge.units import Area
from storage import cases
from storage.database import writing
from storage.schema import ACCOUNT, CONVERSATION, PERSON

FEW, MANY = 1_000, 10_000
TURNS = 600
SECONDS = 20
PROCESSES = 2
FORM = (
    "đăng ký thoát nghèo",
    "1",
    "1",
    "Nguyễn Văn Hòa",
    "thôn Đông Thịnh",
    "xã Thiên Lộc Can Lộc",
    "1",
    "4 người",
    "1, 3",
    "1",
    "2027",
    "không có",
    "đúng",
)


def run_turns(dialogue: Dialogue) -> None:
    """Prints the figures."""
    with tempfile.TemporaryDirectory() as folder:
        few = filled(Path(folder) / "few.sqlite3", dialogue, FEW)
        many = filled(Path(folder) / "many.sqlite3", dialogue, MANY)
        _one_by_one("với 1.000 người", few, FEW)
        _one_by_one("với 10.000 người", many, MANY)
        many.engine.dispose()
        _sustained(Path(folder) / "many.sqlite3", dialogue)


def filled(path: Path, dialogue: Dialogue, people: int) -> Assistant:
    """A database with that many people, each with an account, a conversation and a registration."""
    assistant = open_assistant(settings({}, path), dialogue)
    at = datetime.now(UTC) - timedelta(days=3)
    conversation = assistant.vault.seal({"plans": [], "choices": [], "place": "Can Lộc", "plan": "can-loc-2016-2020"})
    with writing(assistant.engine) as connection:
        numbers = range(1, people + 1)
        connection.execute(insert(PERSON), [{"id": number, "created_at": at} for number in numbers])
        connection.execute(
            insert(ACCOUNT), [{"channel": "bench", "key": str(number), "person_id": number, "used_at": at} for number in numbers]
        )
        connection.execute(insert(CONVERSATION), [{"person_id": number, "state": conversation, "changed_at": at} for number in numbers])
        for number in numbers:
            area = Area("Hà Tĩnh", "xã Can Lộc", f"thôn {number % 40 + 1}", "Thiên Lộc")
            body = {"name": f"Người Thử {number}", "village": area.village, "household_type": "poor", "members": 4}
            submit = Submit(f"DK-{number:04d}-BEN", CaseKind.REGISTRATION, area, body, at + timedelta(days=15))
            cases.submit(connection, assistant.vault, number, submit, at)
    return assistant


@cache
def _questions() -> list[dict[str, Any]]:
    return [json.loads(line) for path in sorted(OWN.glob("qa-*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines()]


def messages(seed: int, people: int) -> Iterator[tuple[str, str]]:
    """Who says what, for ever: two questions in three, and whole registrations by people of their own, and "đơn của tôi"."""
    order = random.Random(seed)
    rows, newcomer = _questions(), 0
    while True:
        draw = order.random()
        if draw < 0.6:
            yield str(order.randint(1, people)), order.choice(rows)["turns"][-1]
        elif draw < 0.7:
            yield str(order.randint(1, people)), "đơn của tôi"
        else:
            newcomer += 1
            for text in FORM:
                yield f"new-{seed}-{newcomer}", text


def _one_by_one(name: str, assistant: Assistant, people: int) -> None:
    times = []
    for number, (who, text) in zip(range(TURNS + 50), messages(7, people), strict=False):
        started = time.perf_counter()
        assistant.handle(Incoming("bench", who, f"one-{number}", text))
        if number >= 50:
            times.append((time.perf_counter() - started) * 1000)
    cuts = statistics.quantiles(times, n=100)
    print(f"lượt trọn vẹn {name}: p50 {statistics.median(times):.2f} ms, p95 {cuts[94]:.2f} ms, p99 {cuts[98]:.2f} ms")


def _sustained(path: Path, dialogue: Dialogue) -> None:
    """Turns a second of two processes on one database."""
    context = multiprocessing.get_context("fork")
    counts = context.Queue()
    workers = [context.Process(target=_work, args=(path, dialogue, number, counts)) for number in range(PROCESSES)]
    for worker in workers:
        worker.start()
    done = [counts.get() for _ in workers]
    for worker in workers:
        worker.join()
    total, failed = sum(count for count, _ in done), sum(bad for _, bad in done)
    print(f"{PROCESSES} tiến trình, {MANY} người, {SECONDS} giây: {total / SECONDS:.0f} lượt/giây, {failed} lượt hỏng")


def _work(path: Path, dialogue: Dialogue, number: int, counts: multiprocessing.Queue[tuple[int, int]]) -> None:
    assistant = open_assistant(settings({}, path), dialogue)
    count = failed = 0
    end = time.perf_counter() + SECONDS
    for who, text in messages(100 + number, MANY):
        if time.perf_counter() > end:
            break
        try:
            assistant.handle(Incoming("bench", who, f"{number}-{count}", text))
        except Exception:  # counted and shown, not hidden
            failed += 1
        count += 1
    counts.put((count, failed))
