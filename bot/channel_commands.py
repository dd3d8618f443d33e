"""`donghanh run`, `donghanh channels check`, `donghanh channels authorize`: what whoever runs the machine does with channels."""

from __future__ import annotations

import asyncio
import logging
import secrets
import sys
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from bot.channels.protocol import Channel
from bot.channels.table import KINDS, configured
from bot.channels.zalo_oauth import TokenDead, TokenLater
from bot.office import Office
from bot.settings import ENV_FILE, Settings, SettingsError, environment_with, settings
from bot.token_store import DatabaseTokens
from intents.dialogue import Dialogue
from storage.database import StorageError
from storage.vault import VaultError

VERIFIER = "zalo_oa_verifier"  # what `authorize` began with, until its code comes back


def _read(options: Namespace, *, make: bool = False) -> tuple[Mapping[str, str], Settings]:
    """The environment and the settings. A slip in a name is told, and makes no empty database unless `make`."""
    if options.env and not options.env.exists():
        raise SettingsError(f"Không thấy tệp cấu hình {options.env}. Xin kiểm tra đường dẫn sau --env.")
    environment = environment_with(options.env or ENV_FILE)
    kept = settings(environment, options.database)
    if not make and isinstance(kept.database, Path) and not kept.database.exists():
        raise StorageError(f"Không thấy cơ sở dữ liệu {kept.database}. Chạy `donghanh run` một lần để tạo, hoặc kiểm tra đường dẫn.")
    return environment, kept


def run(options: Namespace, dialogue: Dialogue) -> int:
    """Runs everything configured. Exit code 2 for settings that are missing or wrong."""
    from bot.running import opened, serve

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for noisy in ("httpx", "httpcore", "telegram", "alembic"):  # httpx logs addresses with tokens in them
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        environment, kept = _read(options, make=True)
        asyncio.run(serve(opened(kept, environment, dialogue), show=options.open))
    except (SettingsError, StorageError, VaultError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def check(options: Namespace) -> int:
    """Asks every configured platform who we are and how the webhook and token stand."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        environment, kept = _read(options)
        return asyncio.run(_check(kept, environment))
    except (SettingsError, StorageError, VaultError) as error:
        print(f"CHƯA ĐƯỢC  {error}", file=sys.stderr)
        return 2


async def _check(kept: Settings, environment: Mapping[str, str]) -> int:
    office = _office(kept)
    try:
        channels = configured(environment, DatabaseTokens(office))
        print("TỐT        web: trang trò chuyện luôn có khi chạy `make run`.")
        missing = [kind.name for kind in KINDS if kind.name not in {channel.name for channel in channels}]
        for name in missing:
            print(f"CHƯA DÙNG  {name}: chưa cấu hình (xem .env.example).")
        return max([0, *[await _check_one(channel) for channel in channels]])
    finally:
        office.close()


async def _check_one(channel: Channel) -> int:
    findings = await channel.check()
    for finding in findings:
        print(f"{'TỐT       ' if finding.well else 'CHƯA ĐƯỢC '} {channel.name}: {finding.text}")
    await channel.stopped()
    return 0 if all(finding.well for finding in findings) else 1


def _office(kept: Settings) -> Office:
    """An office for commands that need no dialogue: only its database, keys and clock are used."""
    from bot.assistant import Assistant
    from storage.database import open_database
    from storage.photos import PhotoStore
    from storage.vault import open_vault

    return Office(Assistant(open_database(kept.database), open_vault(kept.key_file), None, PhotoStore(kept.photos)))  # type: ignore[arg-type]


def authorize(options: Namespace) -> int:
    """Zalo OA: without a code prints the page where the owner agrees; with the code that page leads back with, keeps the tokens."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        environment, kept = _read(options)
        return asyncio.run(_authorize(kept, environment, options.code))
    except (SettingsError, StorageError, VaultError) as error:
        print(error, file=sys.stderr)
        return 2


async def _authorize(kept: Settings, environment: Mapping[str, str], code: str) -> int:
    office = _office(kept)
    tokens = DatabaseTokens(office)
    channel = next((one for one in configured(environment, tokens) if one.name == "zalo_oa"), None)
    try:
        if channel is None:
            print("Chưa cấu hình Zalo OA: xem DONGHANH_ZALO_APP_ID… trong .env.example.", file=sys.stderr)
            return 2
        oauth = channel.tokens  # type: ignore[attr-defined]
        if not code:
            verifier = secrets.token_urlsafe(32)
            await tokens.save(VERIFIER, {"verifier": verifier})
            page = oauth.permission_url(secrets.token_urlsafe(12), verifier)
            print("Mở trang này bằng tài khoản quản trị OA, bấm đồng ý; trình duyệt chuyển sang địa chỉ có code=…")
            print(page)
            print("Rồi chạy trong 10 phút: donghanh channels authorize --code <mã sau code=>")
            return 0
        begun = await tokens.load(VERIFIER)
        await oauth.exchange(code, str((begun or {}).get("verifier", "")))
        print("Đã nhận và cất token của Zalo OA.")
        return 0
    except (TokenDead, TokenLater) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        if channel is not None:
            await channel.stopped()
        office.close()
