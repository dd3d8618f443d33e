"""The load of `donghanh bench --only channels`, run by locust: people write by Telegram and by Zalo OA, a message a second each.

A request is due at its time whether or not other people's were answered. Everybody begins at a moment of their own, so that the
requests come as irregularly as people's do. What the webhooks are proved by comes from the settings in the environment.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import gevent
from locust import FastHttpUser, constant_throughput, events, task

from bot.channels.telegram import HEADER
from bot.channels.zalo_events import Signature
from bot.turn_benchmark import MANY, messages

WARM_UP = 5.0  # seconds that are not counted
BEGUN = int(time.time())
NUMBERS = itertools.count(BEGUN * 1000)  # of messages and new people: no other run had them
SEEDS = itertools.count(BEGUN)
TIMES: list[tuple[float, float, bool]] = []  # when it was sent, milliseconds, whether it was taken
JSON = {"content-type": "application/json"}
ACCOUNT = "388613280878808645"


class Person(FastHttpUser):  # type: ignore[misc]  # mypy does not read locust
    """Says what the people of the turn benchmark say: questions, "đơn của tôi", and whole registrations by newcomers."""

    wait_time = constant_throughput(1)

    def on_start(self) -> None:
        self.said = messages(next(SEEDS), MANY)
        self.newcomers: defaultdict[str, int] = defaultdict(lambda: next(NUMBERS))
        gevent.sleep(random.random())

    @task  # type: ignore[untyped-decorator]
    def write(self) -> None:
        who, text = next(self.said)
        number = int(who) if who.isdigit() else self.newcomers[who]
        (self._telegram if number % 2 else self._zalo)(number, text)

    def _telegram(self, who: int, text: str) -> None:
        person = {"id": who, "first_name": "Người thử"}
        sent = {"chat": {**person, "type": "private"}, "from": {**person, "is_bot": False}, "date": int(time.time()), "text": text}
        update = {"update_id": next(NUMBERS), "message": {"message_id": next(NUMBERS), **sent}}
        self._post("telegram", json.dumps(update).encode(), {HEADER: os.environ["DONGHANH_TELEGRAM_SECRET"]})

    def _zalo(self, who: int, text: str) -> None:
        app, at = os.environ["DONGHANH_ZALO_APP_ID"], str(time.time_ns() // 1_000_000)
        ends = {"app_id": app, "sender": {"id": str(who)}, "recipient": {"id": ACCOUNT}, "event_name": "user_send_text", "timestamp": at}
        body = json.dumps({**ends, "message": {"msg_id": str(next(NUMBERS)), "text": text}}).encode()
        mac = Signature(app, os.environ["DONGHANH_ZALO_OA_SECRET"]).mac(app, body, at)
        self._post("zalo_oa", body, {"x-zevent-signature": f"mac={mac}"})

    def _post(self, channel: str, body: bytes, proof: dict[str, str]) -> None:
        self.client.post(f"/webhook/{channel}", data=body, headers=JSON | proof)


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def _options(parser: Any) -> None:
    parser.add_argument("--told", type=str, help="the file that the times are written to")


@events.request.add_listener  # type: ignore[untyped-decorator]
def _note(start_time: float, response_time: float, exception: Exception | None, **_more: Any) -> None:
    TIMES.append((start_time, response_time, exception is None))


@events.quitting.add_listener  # type: ignore[untyped-decorator]
def _tell(environment: Any, **_more: Any) -> None:
    first = min((at for at, _, _ in TIMES), default=0.0)
    Path(environment.parsed_options.told).write_text(json.dumps([(at, took, ok) for at, took, ok in TIMES if at >= first + WARM_UP]))
