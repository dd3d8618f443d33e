"""Photos of reports, kept beside the database under their checksum, re-written without hidden data (place, device, time)."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from intents.records import Photo

MOST_BYTES = 10_000_000
MOST_PIXELS = 40_000_000
LONGEST_SIDE = 2000
FORMATS = ("JPEG", "PNG", "WEBP")


class PhotoError(Exception):
    """The picture cannot be kept; the message says why, for the person who sent it."""


def without_hidden_data(content: bytes) -> bytes:
    """The picture as a JPEG of at most 2000 pixels a side, turned upright, with nothing but its pixels."""
    if len(content) > MOST_BYTES:
        raise PhotoError("Ảnh lớn hơn 10 MB, xin gửi ảnh nhỏ hơn.")
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise PhotoError("Ảnh có quá nhiều điểm ảnh, xin gửi ảnh nhỏ hơn.")
            picture = ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise PhotoError("Tệp này không phải ảnh JPEG, PNG hay WebP đọc được.") from error
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    kept = io.BytesIO()
    Image.frombytes("RGB", picture.size, picture.tobytes()).save(kept, "JPEG", quality=85)
    return kept.getvalue()


def received(content: bytes) -> Photo:
    """A picture as it came in, made fit to keep. Raises PhotoError."""
    kept = without_hidden_data(content)
    return Photo(kept, hashlib.sha256(kept).hexdigest())


class PhotoStore:
    """A folder of photos. Writing the same picture twice keeps one file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, photos: Sequence[Photo]) -> None:
        """Writes pictures (already without hidden data) under their checksums, each whole or not at all."""
        for photo in photos:
            path = self.path(photo.sha256)
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                draft = path.with_suffix(f".{os.getpid()}.new")
                draft.write_bytes(photo.content)
                draft.replace(path)

    def path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / f"{sha256}.jpg"

    def forget(self, sums: Sequence[str]) -> None:
        for name in sums:
            self.path(name).unlink(missing_ok=True)

    def damaged(self, sums: Sequence[str]) -> list[str]:
        """Of the photos named, those that are missing or no longer have their checksum."""
        return [name for name in sums if not self.path(name).exists() or hashlib.sha256(self.path(name).read_bytes()).hexdigest() != name]
