"""Seals what must not be read in the database file: Fernet (AES-128-CBC with HMAC) of `cryptography`, keys from the settings.

A key ring is one line a key, newest first: `<key id>:<Fernet key>`. The newest seals, all open. The last line of the ring
file, `hash:<hex>`, is the key for searchable hashes and for the audit chain; it never rotates, because hashes cannot be
computed again without what they hide.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from knowledge.vietnamese import fold


class VaultError(Exception):
    """The keys cannot be read, or do not open what is kept; the message says what to do."""


class Vault:
    """Seals and opens values, and hashes what is searched for."""

    def __init__(self, keys: Iterable[str], hash_key: bytes) -> None:
        self._keys = list(keys)
        if not self._keys:
            raise VaultError("Chưa có khóa mã hóa nào.")
        try:
            self._fernet = MultiFernet([Fernet(key.encode()) for key in self._keys])
        except (ValueError, TypeError) as error:
            raise VaultError("Khóa mã hóa không đúng dạng. Xin lấy lại tệp khóa từ bản sao lưu.") from error
        self._hash_key = hash_key

    def seal(self, value: Any) -> bytes:
        """A JSON value as bytes that only the key opens."""
        return self._fernet.encrypt(json.dumps(value, ensure_ascii=False).encode())

    def open(self, sealed: bytes) -> Any:
        """The value again; None for nothing sealed. Raises VaultError where no key of the ring opens it."""
        if not sealed:
            return None
        try:
            return json.loads(self._fernet.decrypt(bytes(sealed)))
        except InvalidToken as error:
            raise VaultError("Khóa mã hóa không mở được dữ liệu. Xin kiểm tra tệp khóa có đúng là của cơ sở dữ liệu này.") from error

    def rotated(self, sealed: bytes) -> bytes:
        """The same value under the newest key."""
        return self._fernet.rotate(bytes(sealed)) if sealed else sealed

    def hash(self, kind: str, value: str) -> str:
        """A keyed hash to find `value` by, the same with and without accents and case; "" for nothing."""
        plain = " ".join(fold(value).split())
        return self.sign(f"{kind}\x00{plain}".encode())[:32] if plain else ""

    def sign(self, message: bytes) -> str:
        return hmac.new(self._hash_key, message, hashlib.sha256).hexdigest()


def new_ring() -> str:
    return f"1:{Fernet.generate_key().decode()}\nhash:{secrets.token_hex(32)}\n"


def vault_from(ring: str) -> Vault:
    """The vault of a key ring's text."""
    keys, hash_key = [], b""
    for line in filter(None, map(str.strip, ring.splitlines())):
        name, _, value = line.partition(":")
        if name == "hash":
            try:
                hash_key = bytes.fromhex(value)
            except ValueError as error:
                raise VaultError("Dòng hash: trong tệp khóa không đúng dạng.") from error
        else:
            keys.append(value)
    if len(hash_key) < 16:
        raise VaultError("Tệp khóa thiếu dòng hash:. Xin lấy lại tệp khóa từ bản sao lưu.")
    return Vault(keys, hash_key)


def open_vault(path: Path) -> Vault:
    """The vault of the key ring at `path`, made on first use and readable by its owner only."""
    if not path.exists():
        _write(path, new_ring())
    try:
        return vault_from(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise VaultError(f"Không đọc được tệp khóa {path}: {error.strerror}.") from error


def add_key(path: Path) -> Vault:
    """Puts a new key before the others and gives the vault that seals with it."""
    ring = path.read_text(encoding="utf-8")
    newest = max((int(line.split(":")[0]) for line in ring.splitlines() if line.split(":")[0].isdigit()), default=0)
    _write(path, f"{newest + 1}:{Fernet.generate_key().decode()}\n{ring}")
    return open_vault(path)


def keep_newest(path: Path) -> None:
    """Drops the older keys, once everything is sealed anew."""
    lines = path.read_text(encoding="utf-8").splitlines()
    keys = [line for line in lines if line.split(":")[0].isdigit()]
    _write(path, "\n".join([keys[0], *(line for line in lines if line.startswith("hash:"))]) + "\n")


def _write(path: Path, ring: str) -> None:
    """Writes the ring beside the old one and puts it in its place, so that a crash leaves one whole ring."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(ring)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
