"""`donghanh bench`, third part: webhooks under load, and the sender's own speed.

The service runs as `donghanh run` starts it, locust writes to it from another process, and a far end in a third takes what is sent. Every
figure is measured several times: the middle one, and from the least to the most.
"""

from __future__ import annotations

import importlib.util
import json
import os
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import insert

from bot.far_end import far_end
from bot.sender_benchmark import DRIVEN_SECONDS, FASTEST, RATE, ROWS, fastest, share_of_rate
from bot.turn_benchmark import MANY, filled
from intents.dialogue import Dialogue
from storage.database import writing
from storage.schema import ACCOUNT

ROUNDS = 3
A_SECOND, SECONDS, WARM_UP = 100, 60, 7
START_SECONDS = 60
LOAD = Path(__file__).with_name("load.py")
NEEDS_LOCUST = "Đo webhook cần locust: chạy `make bench`, hoặc pip install -e .[bench]"
Times = list[tuple[float, float, bool]]  # when it was sent, milliseconds, whether it was taken


@dataclass(frozen=True)
class Figures:
    """Of one run; times in milliseconds."""

    reached: float
    p50: float
    p95: float
    p99: float
    failed: int


def run_channels(dialogue: Dialogue) -> None:
    """Prints the figures."""
    with tempfile.TemporaryDirectory() as folder, far_end() as url:
        if importlib.util.find_spec("locust"):
            _webhooks(Path(folder), dialogue, url)
        else:
            print(NEEDS_LOCUST)
        _sending(Path(folder), dialogue, url)


def _webhooks(folder: Path, dialogue: Dialogue, url: str) -> None:
    kept = folder / "kept"
    kept.mkdir()
    _with_accounts(kept, dialogue)
    runs = [_measured(_copied(kept, folder / f"run-{number}"), url) for number in range(ROUNDS)]
    middle = {name: between([getattr(run, name) for run in runs], digits) for name, digits in SHOWN.items()}
    print(
        f"webhook Telegram và Zalo OA, {MANY} người, {A_SECOND} yêu cầu/giây trong {SECONDS} giây, {ROUNDS} lần: "
        f"đạt {middle['reached']} yêu cầu/giây, p50 {middle['p50']} ms, p95 {middle['p95']} ms, p99 {middle['p99']} ms, "
        f"hỏng {middle['failed']}; {machine_load()}"
    )


SHOWN = {"reached": 1, "p50": 1, "p95": 1, "p99": 1, "failed": 0}


def between(values: Sequence[float], digits: int = 0) -> str:
    """The middle value, and the range."""
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} đến {max(values):.{digits}f})"


def machine_load() -> str:
    return f"tải máy (load average) {os.getloadavg()[0]:.1f}"


def _with_accounts(folder: Path, dialogue: Dialogue) -> None:
    """The people of the turn benchmark: odd numbers write by Telegram, even ones by Zalo OA."""
    office = filled(folder / "many.sqlite3", dialogue, MANY)
    at = office.clock()
    with writing(office.engine) as connection:
        rows = [(("zalo_oa", "telegram")[number % 2], number) for number in range(1, MANY + 1)]
        connection.execute(
            insert(ACCOUNT), [{"channel": name, "key": str(number), "person_id": number, "used_at": at} for name, number in rows]
        )
    office.engine.dispose()


def _copied(kept: Path, to: Path) -> Path:
    shutil.copytree(kept, to)
    return to / "many.sqlite3"


def _sending(folder: Path, dialogue: Dialogue, url: str) -> None:
    speeds = [fastest(folder / f"fastest-{number}", dialogue, url) for number in range(ROUNDS)]
    print(f"gửi thông báo, {ROWS} người, mức đặt {FASTEST} tin/giây, {ROUNDS} lần: {between(speeds)} tin/giây; {machine_load()}")
    shares = [share_of_rate(folder / f"share-{number}", dialogue, url) for number in range(ROUNDS)]
    print(
        f"gửi thông báo ở mức {RATE} tin/giây (thông báo được dùng 80 %), {DRIVEN_SECONDS} giây mô phỏng, {ROUNDS} lần: "
        f"{between(shares, 1)} % của mức được dùng; {machine_load()}"
    )


# -- one run -----------------------------------------------------------------------------------------------------------------------


def _measured(database: Path, url: str) -> Figures:
    environment = dict(os.environ) | _settings(database, url)
    told = database.with_name("times.json")
    at = f"http://127.0.0.1:{environment['DONGHANH_PORT']}"
    with _service(environment, at):
        how = ["--headless", "-u", str(A_SECOND), "-r", str(A_SECOND), "-t", str(SECONDS + WARM_UP), "--exit-code-on-error", "0"]
        where = ["-f", str(LOAD), "--host", at, "--told", str(told), "--loglevel", "ERROR", "--only-summary"]
        subprocess.run([sys.executable, "-m", "locust", *where, *how], env=environment, check=True, stdout=subprocess.DEVNULL)
    return _figures(json.loads(told.read_text()))


def _figures(times: Times) -> Figures:
    begun = min(at for at, _, _ in times)
    counted = [(took, ok) for at, took, ok in times if at < begun + SECONDS]
    cuts = statistics.quantiles([took for took, _ in counted], n=100)
    return Figures(len(counted) / SECONDS, cuts[49], cuts[94], cuts[98], sum(not ok for _, ok in counted))


def _settings(database: Path, url: str) -> dict[str, str]:
    """What `donghanh run` reads; both platforms are the far end, and may be written to as fast as people write to us."""
    names = ("API", "OAUTH", "BUSINESS_API")
    return {
        "DONGHANH_DATABASE": str(database),
        "DONGHANH_PORT": str(_free_port()),
        "DONGHANH_TELEGRAM_TOKEN": f"1:{secrets.token_urlsafe(32)}",
        "DONGHANH_TELEGRAM_WEBHOOK": "https://xa.example/webhook/telegram",
        "DONGHANH_TELEGRAM_SECRET": secrets.token_urlsafe(32),
        "DONGHANH_TELEGRAM_API": url,
        "DONGHANH_TELEGRAM_RATE": str(A_SECOND),
        "DONGHANH_ZALO_APP_ID": "360846524940903967",
        "DONGHANH_ZALO_APP_SECRET": secrets.token_urlsafe(16),
        "DONGHANH_ZALO_OA_SECRET": secrets.token_urlsafe(16),
        "DONGHANH_ZALO_REFRESH_TOKEN": "refresh",
        "DONGHANH_ZALO_ACCESS_TOKEN": "access",
        "DONGHANH_ZALO_RATE_PER_MINUTE": str(A_SECOND * 60),
        **{f"DONGHANH_ZALO_{name}": url for name in names},
    }


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextmanager
def _service(environment: Mapping[str, str], at: str) -> Iterator[None]:
    """Runs the real service until it answers, and ends it afterwards."""
    command = [sys.executable, "-m", "bot.cli", "run", "--env", os.devnull]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _await(at, process)
            yield
        finally:
            process.terminate()


def _await(at: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            if httpx.get(f"{at}/health").is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise RuntimeError("the service does not start")
