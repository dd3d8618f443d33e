"""Settings from the environment, read once; a wrong one stops the start and names itself."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class SettingsError(Exception):
    """A setting is missing or wrong; the message names it and says what to do."""


@dataclass(frozen=True)
class Settings:
    """`database`: a SQLite file or a PostgreSQL URL; `key_file`: the key ring; `photos`: the folder of photos."""

    database: Path | str
    key_file: Path
    photos: Path


def settings(environment: Mapping[str, str] = os.environ, database: Path | None = None) -> Settings:
    """DONGHANH_DATABASE (default donghanh.sqlite3), DONGHANH_KEY_FILE and DONGHANH_PHOTOS (default beside the database)."""
    named = str(database) if database else environment.get("DONGHANH_DATABASE", "donghanh.sqlite3")
    if "://" in named and not named.startswith("postgresql://"):
        raise SettingsError("DONGHANH_DATABASE phải là đường dẫn tệp SQLite hoặc postgresql://người:mật-khẩu@máy/tên")
    where: Path | str = named if "://" in named else Path(named)
    beside = where if isinstance(where, Path) else Path("donghanh.sqlite3")
    key_file = Path(environment.get("DONGHANH_KEY_FILE") or beside.with_suffix(".key"))
    photos = Path(environment.get("DONGHANH_PHOTOS") or beside.with_name(f"{beside.stem}-anh"))
    return Settings(where, key_file, photos)
