"""PINs of shared phones: kept as scrypt hashes only."""

from __future__ import annotations

import hashlib
import hmac
import secrets

COST = {"n": 2**14, "r": 8, "p": 1}


def hashed(pin: str) -> str:
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}:{hashlib.scrypt(pin.encode(), salt=salt, **COST).hex()}"


def matches(pin: str, kept: str) -> bool:
    """Whether `pin` is the one kept; compared in constant time."""
    salt, _, wanted = kept.partition(":")
    if not wanted:
        return False
    return hmac.compare_digest(hashlib.scrypt(pin.encode(), salt=bytes.fromhex(salt), **COST).hex(), wanted)
