"""Photos: hidden data removed, whole files only, capped; what is no picture is refused with a reason."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from storage import photos
from storage.photos import PhotoError, PhotoStore, received
from tests.conftest import People


def picture(colour: str = "red", size: tuple[int, int] = (320, 200)) -> bytes:
    """A JPEG with a place, a device and a time hidden in it."""
    exif = Image.Exif()
    exif[0x010F] = "May anh cua Hoang Thi Mua"
    exif.get_ifd(0x8825)[2] = (18.0, 26.0, 30.0)
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "JPEG", exif=exif)
    return file.getvalue()


def test_hidden_data_are_gone_and_the_picture_is_not() -> None:
    raw = picture()
    assert b"Hoang Thi Mua" in raw
    kept = received(raw)
    assert b"Hoang Thi Mua" not in kept.content
    with Image.open(io.BytesIO(kept.content)) as opened:
        assert not opened.getexif()
        assert opened.size == (320, 200)


@pytest.mark.parametrize("content", [b"", b"not a picture", b"%PDF-1.7", picture()[:200], b"<svg onload=alert(1)>"])
def test_what_is_no_picture_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(PhotoError, match="ảnh"):
        received(content)


def test_too_large_a_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "MOST_BYTES", 100)
    with pytest.raises(PhotoError, match="MB"):
        received(picture())


def test_photos_go_with_a_report_once_each_and_up_to_the_cap(people_of: People) -> None:
    people_of.say("truong-thon", "hôm qua hội phụ nữ tặng 5 triệu cho hộ bà Lan")
    people_of.say("truong-thon", "", photos=(received(picture()),))
    people_of.say("truong-thon", "", photos=(received(picture()),))
    for colour in ("blue", "green", "black", "white", "yellow"):
        reply = people_of.say("truong-thon", "", photos=(received(picture(colour)),))
    assert "Đã đủ 5 ảnh" in reply.text
    sent = people_of.say("truong-thon", "đúng").text
    assert "Đã gửi báo cáo" in sent
    store: PhotoStore = people_of.assistant.photos
    files = list(Path(store.folder).rglob("*.jpg"))
    assert len(files) == 5
    assert store.damaged([file.stem for file in files]) == []
    files[0].write_bytes(b"other")
    assert store.damaged([files[0].stem]) == [files[0].stem]


def test_the_same_photo_in_another_report_is_flagged(people_of: People) -> None:
    for said in ("hôm qua hội phụ nữ tặng 5 triệu cho hộ bà Lan", "hôm kia đoàn thanh niên tặng 3 triệu cho hộ ông Bình"):
        people_of.say("truong-thon", said)
        people_of.say("truong-thon", "", photos=(received(picture()),))
        reply = people_of.say("truong-thon", "đúng")
    assert "giống" in reply.text
