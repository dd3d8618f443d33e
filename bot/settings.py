"""Settings from the environment, read once; a wrong one stops the start and names itself."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

ENV_FILE = Path(".env")


class SettingsError(Exception):
    """A setting is missing or wrong; the message names it and says what to do."""


@dataclass(frozen=True)
class Settings:
    """`database`: a SQLite file or a PostgreSQL URL; `key_file`: the key ring; `photos`: the folder of photos; `host` and `port`:
    where `donghanh run` listens; `public_url`: how people reach it from outside ("" where they do not)."""

    database: Path | str
    key_file: Path
    photos: Path
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""


def environment_with(env_file: Path, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment over what the file says (NAME=value a line); a file that is not there says nothing."""
    said = {name: value for name, value in dotenv_values(env_file).items() if value is not None} if env_file.exists() else {}
    return said | dict(environment)


def settings(given: Mapping[str, str] | None = None, database: Path | None = None) -> Settings:
    """DONGHANH_DATABASE (default donghanh.sqlite3), DONGHANH_KEY_FILE and DONGHANH_PHOTOS (default beside the database),
    DONGHANH_HOST, DONGHANH_PORT, DONGHANH_PUBLIC_URL; from the environment over `.env` where none is given. Raises SettingsError."""
    environment = given if given is not None else environment_with(ENV_FILE)
    named = str(database) if database else environment.get("DONGHANH_DATABASE") or "donghanh.sqlite3"
    if "://" in named and not named.startswith("postgresql://"):
        raise SettingsError("DONGHANH_DATABASE phải là đường dẫn tệp SQLite hoặc postgresql://người:mật-khẩu@máy/tên")
    where: Path | str = named if "://" in named else Path(named)
    beside = where if isinstance(where, Path) else Path("donghanh.sqlite3")
    key_file = Path(environment.get("DONGHANH_KEY_FILE") or beside.with_suffix(".key"))
    photos = Path(environment.get("DONGHANH_PHOTOS") or beside.with_name(f"{beside.stem}-anh"))
    port, url = environment.get("DONGHANH_PORT") or "8000", environment.get("DONGHANH_PUBLIC_URL", "").rstrip("/")
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise SettingsError("DONGHANH_PORT phải là số cổng từ 1 đến 65535, ví dụ 8000.")
    if url and not re.fullmatch(r"https?://[^\s/]+(/\S*)?", url):
        raise SettingsError("DONGHANH_PUBLIC_URL phải là địa chỉ đầy đủ mà người dân mở được, ví dụ https://donghanh.example.vn.")
    return Settings(where, key_file, photos, environment.get("DONGHANH_HOST") or "127.0.0.1", int(port), url)
