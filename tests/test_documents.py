"""Documents as bytes: text under its type, posters of one page with a readable QR code, PDF pages with every Vietnamese letter."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import unicodedata
import zlib
from datetime import date

import pytest
import segno
from font_roboto import Roboto, RobotoBold
from fontTools.ttLib import TTFont

from bot.channels.protocol import File
from bot.documents import BOM, file_of, pdf_of
from bot.paper import drawable
from intents.announcements import MOST_TEXT
from intents.artifacts import poster
from intents.messages import Document
from intents.wording import say

CODE = "TB-7A3K-2M9"
LINK = "https://t.me/kbang_bot?start=TB7A3K2M9"
DAY = date(2026, 11, 21)
TEXT = (
    "Họp xét duyệt hộ nghèo lúc 8h30 ngày 30/11/2026 tại nhà văn hóa thôn 3.\nMỗi hộ được vay tối đa 45.000.000 đồng.\nKhông thu phí hồ sơ."
)
LETTERS = "aăâeêioôơuưy"
TONES = ("", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323")
ALL_LETTERS = [unicodedata.normalize("NFC", letter + tone) for base in LETTERS for letter in (base, base.upper()) for tone in TONES]
POINTS = 72 / 25.4


def made(text: str = TEXT, title: str = "Họp thôn", link: str = LINK, holder: str = "Ủy ban nhân dân xã Kbang") -> File:
    return file_of(poster(text, title, holder, CODE, link, DAY))


def objects(pdf: bytes) -> dict[int, bytes]:
    return {int(number): body for number, body in re.findall(rb"(\d+) 0 obj\n(.*?)\nendobj", pdf, re.S)}


def stream(body: bytes) -> bytes:
    head, _, rest = body.partition(b"stream\n")
    content = rest[: rest.rindex(b"\nendstream")]
    return zlib.decompress(content) if b"FlateDecode" in head else content


def pages(pdf: bytes) -> list[bytes]:
    """What is drawn on each page, as PDF operators."""
    known = objects(pdf)
    found = [re.search(rb"/Contents (\d+) 0 R", body) for body in known.values() if b"/Type /Page\n" in body + b"\n"]
    return [stream(known[int(content[1])]) for content in found if content]


def words(pdf: bytes) -> str:
    """The text as a reader copies it out: by the fonts' tables from glyphs to letters."""
    known = objects(pdf)
    fonts: dict[bytes, dict[int, str]] = {}
    for body in known.values():
        for name, number in re.findall(rb"/(F\d+) (\d+) 0 R", body):
            table = re.search(rb"/ToUnicode (\d+) 0 R", known[int(number)])
            assert table
            pairs = re.findall(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>(?! <)", stream(known[int(table[1])]))
            fonts[name] = {int(glyph, 16): bytes.fromhex(letters.decode()).decode("utf-16-be") for glyph, letters in pairs}
    said = []
    for page in pages(pdf):
        font: dict[int, str] = {}
        for name, shown in re.findall(rb"/(F\d+) [\d.]+ Tf|\(((?:\\.|[^\\)])*)\) Tj", page, re.S):
            font = fonts[name] if name else font
            plain = re.sub(
                rb"\\(.)", lambda found: b"\r" if found[1] == b"r" else b"\n" if found[1] == b"n" else found[1], shown, flags=re.S
            )
            said.append("".join(font[int.from_bytes(plain[at : at + 2], "big")] for at in range(0, len(plain), 2)))
    return " ".join(filter(None, said)).replace("\u00a0", " ")


def black_bars(page: bytes) -> list[tuple[float, ...]]:
    """The black rectangles of a page in millimetres: left, top, width, height."""
    after = page.split(b"\n0 g\n", 1)[1]
    numbers = re.findall(rb"^(-?[\d.]+) (-?[\d.]+) (-?[\d.]+) (-?[\d.]+) re f$", after, re.M)
    return [(float(x) / POINTS, 297 - float(y) / POINTS, float(w) / POINTS, -float(h) / POINTS) for x, y, w, h in numbers]


def test_texts_go_under_their_own_type_and_tables_open_in_excel() -> None:
    table = file_of(Document("danh-sach.csv", "Họ tên,Thôn\nA Thử,3\n"))
    assert (table.media, table.content.decode("utf-8")) == ("text/csv", BOM + "Họ tên,Thôn\nA Thử,3\n")
    assert file_of(Document("x.csv", BOM + "a")).content.decode("utf-8") == BOM + "a"
    assert file_of(Document("du-lieu.json", '{"tên": 1}')) == File("du-lieu.json", '{"tên": 1}'.encode(), "application/json")
    assert file_of(Document("loa.txt", "Kính thưa")) == File("loa.txt", "Kính thưa".encode(), "text/plain")


@pytest.mark.parametrize("path", [Roboto, RobotoBold])
def test_the_font_has_every_vietnamese_letter_with_every_tone(path: str) -> None:
    with TTFont(path) as font:
        known = font.getBestCmap()
    assert [letter for letter in (*ALL_LETTERS, *"đĐ“”‘’–—…•₫°²") if ord(letter) not in known] == []
    assert drawable("".join(ALL_LETTERS)) == "".join(ALL_LETTERS)


def test_decomposed_letters_are_joined_pictures_left_out_and_foreign_letters_marked() -> None:
    assert drawable(unicodedata.normalize("NFD", "Hộ nghèo 😀 được vay → 漢")) == "Hộ nghèo  được vay -> ?"
    assert drawable("5\ufffd\ufffd6\u200b") == "56"


def test_a_poster_is_one_page_with_all_its_words() -> None:
    file = made()
    assert file.media == "application/pdf" and file.name == f"ap-phich-{CODE}.pdf"
    assert len(pages(file.content)) == 1
    read = words(file.content)
    for part in ("ỦY BAN NHÂN DÂN XÃ KBANG", "HỌP THÔN", "t.me/kbang_bot?start=TB7A3K2M9", f"Mã thông báo: {CODE}", "Ngày 21/11/2026"):
        assert part in read
    assert TEXT.replace("\n", " ") in read


@pytest.mark.parametrize("link", [LINK, "https://zalo.me/1", "https://kbang.example.vn/" + "x" * 150, ""])
def test_the_qr_code_is_drawn_as_it_must_be_to_be_read(link: str) -> None:
    held = link or say("artifact", "poster_ask", code=CODE)
    wanted = [[bool(module) for module in row] for row in segno.make_qr(held, error="m").matrix]
    (page,) = pages(made(link=link).content)
    bars = black_bars(page)
    left, top = min(bar[0] for bar in bars), min(bar[1] for bar in bars)
    side = max(bar[1] + bar[3] for bar in bars) - top
    module = side / len(wanted)
    middles = [[(left + (x + 0.5) * module, top + (y + 0.5) * module) for x in range(len(wanted))] for y in range(len(wanted))]
    drawn = [[any(bar[0] < x < bar[0] + bar[2] and bar[1] < y < bar[1] + bar[3] for bar in bars) for x, y in row] for row in middles]
    assert drawn == wanted
    assert side >= 35 and module >= 0.75
    assert left - 14 - 0.6 > 4 * module  # the frame's line stands at 14 mm
    (line,) = re.findall(rb"^[\d.]+ ([\d.]+) m [\d.]+ \1 l S$", page.split(b"\n0.85 w\n")[1], re.M)
    assert top - (297 - float(line) / POINTS) > 4 * module


def test_a_short_text_is_larger_than_a_long_one_and_the_longest_still_fits() -> None:
    sizes = []
    for text in ("Họp thôn lúc 19h.", TEXT, (TEXT.replace("\n", " ") + " ") * 10):
        text = text[:MOST_TEXT].rstrip()
        file = made(text)
        (page,) = pages(file.content)
        assert text.replace("\n", " ") in words(file.content)
        sizes.append(float(re.findall(rb"/F1 ([\d.]+) Tf", page)[1]))
    assert sizes == sorted(sizes, reverse=True) and len(set(sizes)) == 3 and sizes[-1] >= 12


@pytest.mark.parametrize(("link", "rest"), [(LINK, "…xem đủ bằng mã QR"), ("", "…hỏi phần còn lại theo cách ghi dưới đây")])
def test_a_text_too_long_for_a_page_ends_with_where_the_rest_is(link: str, rest: str) -> None:
    file = made("\n".join(f"Mục {number}: nộp {number}.500.000 đồng. Xin nhớ." for number in range(1, 80)), link=link)
    read = words(file.content)
    assert len(pages(file.content)) == 1
    shown = re.findall(r"Mục (\d+): nộp (\S+) đồng\.", read)
    assert 5 < len(shown) < 79 and all(amount == f"{number}.500.000" for number, amount in shown)
    assert re.search(rf"(?:đồng|nhớ)\. {re.escape(rest)}", read)


def test_a_sentence_without_end_is_cut_between_words() -> None:
    read = words(made("được " * 3000).content)
    assert "được được …xem đủ bằng mã QR" in read


def test_an_empty_or_endless_title_makes_a_poster_all_the_same() -> None:
    for title in ("", "Thông báo rất dài " * 30, "ừ" * 500):
        assert len(pages(made(title=title, holder=title).content)) == 1


def test_a_text_becomes_numbered_pages_with_every_line() -> None:
    content = json.dumps({"dòng": [f"hộ thứ {number} {{nb}}" for number in range(120)], "dài": "x" * 300}, ensure_ascii=False, indent=1)
    file = pdf_of(Document("du-lieu.json", content))
    assert (file.name, file.media) == ("du-lieu.pdf", "application/pdf")
    count = len(pages(file.content))
    read = words(file.content)
    assert count > 1
    assert all(f"hộ thứ {number} {{nb}}" in read for number in range(120))
    assert read.replace(" ", "").count("x") == 300
    assert re.findall(r"Trang (\d+)/ ?(\d+)", read) == [(str(page), str(count)) for page in range(1, count + 1)]


def test_a_poster_stays_a_poster_as_pdf() -> None:
    document = poster(TEXT, "Họp thôn", "UBND xã", CODE, LINK, DAY)
    assert pdf_of(document) == file_of(document)


def test_a_pdf_names_no_author_no_machine_and_no_hour() -> None:
    for pdf, known in ((made().content, {b"Title", b"CreationDate"}), (pdf_of(Document("a.txt", "A Thử")).content, {b"CreationDate"})):
        number = re.search(rb"/Info (\d+) 0 R", pdf)
        assert number
        about = objects(pdf)[int(number[1])]
        assert set(re.findall(rb"^/(\w+)", about, re.M)) == known
        assert re.search(rb"/CreationDate \(D:\d{8}000000Z\)", about)


def test_the_same_document_gives_the_same_bytes_in_every_process() -> None:
    script = (
        "import sys, datetime; from bot.documents import file_of; from intents.artifacts import poster; "
        f"sys.stdout.buffer.write(file_of(poster({TEXT!r}, 'Họp thôn', 'Ủy ban nhân dân xã Kbang', {CODE!r}, {LINK!r}, "
        "datetime.date(2026, 11, 21))).content)"
    )
    other = subprocess.run([sys.executable, "-c", script], env={**os.environ, "PYTHONHASHSEED": "7"}, capture_output=True, check=True)
    assert other.stdout == made().content
