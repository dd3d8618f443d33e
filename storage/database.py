"""Opens the database: SQLite with a write-ahead log, created with its tables on first use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlmodel import SQLModel, create_engine

from storage import tables as tables  # the import registers the tables


class StorageError(Exception):
    """The database cannot be opened; the message says where and what to do."""


def open_database(path: Path) -> Engine:
    """The engine for the SQLite file at `path`; its folder is made when missing."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(f"sqlite:///{path}")
        event.listen(engine, "connect", _settings)
        SQLModel.metadata.create_all(engine)
    except Exception as error:
        raise StorageError(f"Không mở được cơ sở dữ liệu {path}: {error}. Xin kiểm tra quyền ghi vào thư mục này.") from error
    return engine


def _settings(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()
