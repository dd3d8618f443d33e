"""The page of the web chat in a real browser, in the window of a small phone."""

from __future__ import annotations

import io
import os
import random
import warnings
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image
from sqlalchemy import text

from bot.chat import PLAYED
from bot.office import Office
from bot.web.chat import CHANNEL
from intents.wording import say
from storage import outbox, people
from storage.database import reading, writing
from tests.browser import HEIGHT, WIDTH, Browser, Element, browser, driver, missing
from tests.conftest import People
from tests.test_web_chat import Site

QUESTION = "tieu chi ho gia dinh o can loc"
SEEN = """return [].map.call(document.querySelectorAll(arguments[0]), function (bubble) {
  var parts = [].filter.call(bubble.children, function (part) { return part.className !== 'unseen'; });
  return parts.map(function (part) { return part.innerText; }).join('\\n');
});"""
ANSWER = "Kế hoạch Can Lộc 2016-2020"


@pytest.fixture(scope="module")
def running_driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    reason = missing()
    if reason:
        warnings.warn(f"KHÔNG THỬ ĐƯỢC TRANG WEB: {reason}", stacklevel=1)  # a skip alone is not told in a quiet run
        pytest.skip(reason)
    with driver(tmp_path_factory.mktemp("driver")) as client:
        yield client


@pytest.fixture
def site(people_of: People) -> Iterator[Site]:
    with Site(Office(people_of.assistant)) as running:
        yield running


@pytest.fixture
def phone(running_driver: httpx.Client, site: Site, tmp_path: Path) -> Iterator[Browser]:
    with browser(running_driver, tmp_path / "profile") as opened:
        opened.open(site.url)
        yield opened


def bubbles(phone: Browser, kind: str = "") -> list[str]:
    """What the bubbles say to the eye: "bot", "me", "news", "warn"."""
    said: list[str] = phone.run(SEEN, f".said{'.' + kind if kind else ''}")
    return said


def ask(phone: Browser, words: str) -> str:
    """Types and sends; gives the answer."""
    before = len(bubbles(phone, "bot"))
    phone.one("#text").type(words)
    phone.one("#send").tap()
    return answered(phone, before)


def answered(phone: Browser, before: int) -> str:
    phone.until(lambda: len(bubbles(phone, "bot")) > before)
    return bubbles(phone, "bot")[-1]


def choices(phone: Browser, *, enabled: bool = True) -> list[Element]:
    return [one for one in phone.all(".choices button") if one.enabled is enabled]


def taken(people_of: People) -> int:
    with reading(people_of.assistant.engine) as connection:
        return int(connection.execute(text("select count(*) from inbox where channel = 'web'")).scalar_one())


def pictured(phone: Browser, name: str) -> None:
    """A picture of the screen for people to look at, where DONGHANH_PICTURES names a folder."""
    if folder := os.environ.get("DONGHANH_PICTURES"):
        phone.picture(Path(folder) / f"{name}.png")


def fits(phone: Browser) -> bool:
    return bool(phone.run("return document.documentElement.scrollWidth <= window.innerWidth && window.innerWidth === arguments[0]", WIDTH))


def test_a_question_without_accents_is_answered(phone: Browser, people_of: People) -> None:
    assert phone.run("return document.documentElement.lang") == "vi"
    assert len(bubbles(phone)) == 1 and "Đồng Hành" in bubbles(phone, "bot")[0]
    assert taken(people_of) == 0
    pictured(phone, "1-opened")
    assert ANSWER in ask(phone, QUESTION)
    pictured(phone, "2-answered")
    assert bubbles(phone, "me") == [QUESTION]
    assert fits(phone)
    assert phone.errors() == []


def test_a_choice_is_tapped_and_old_buttons_are_closed(phone: Browser) -> None:
    ask(phone, "đăng ký thoát nghèo")
    assert [one.text for one in choices(phone)] == ["1. Làm tiếp", "2. Thôi"]
    assert "1. Làm tiếp" not in bubbles(phone, "bot")[-1]
    pictured(phone, "3-choices")
    before = len(bubbles(phone, "bot"))
    choices(phone)[0].tap()
    assert "đồng ý" in answered(phone, before)
    assert bubbles(phone, "me")[-1] == "Làm tiếp"
    assert [one.text for one in choices(phone)] == ["1. Đồng ý", "2. Không"]
    assert [one.text for one in choices(phone, enabled=False)] == ["1. Làm tiếp", "2. Thôi"]
    ask(phone, "thôi")
    assert len(choices(phone, enabled=False)) == 4
    assert fits(phone)


def test_buttons_are_big_and_the_letters_too(phone: Browser) -> None:
    ask(phone, "đăng ký thoát nghèo")
    heights = phone.run("return [].map.call(document.querySelectorAll('button, .chip'), function (one) { return one.offsetHeight; })")
    assert min(heights) >= 44
    letters = "document.querySelectorAll('.said p, textarea')"
    sizes = phone.run(f"return [].map.call({letters}, function (one) {{ return getComputedStyle(one).fontSize; }})")
    assert set(sizes) == {"18px"}
    assert phone.run("return document.getElementById('log').clientHeight") > HEIGHT / 3


def test_the_keyboard_alone_is_enough(phone: Browser) -> None:
    phone.press("tab")
    for _ in range(3):
        if phone.run("return document.activeElement.id") == "text":
            break
        phone.press("tab")
    phone.press(*"dang ky thoat ngheo", "enter")
    phone.until(lambda: choices(phone))
    for _ in range(12):
        if phone.run("return document.activeElement.textContent") == "1. Làm tiếp":
            break
        phone.press("tab")
    before = len(bubbles(phone, "bot"))
    phone.press("enter")
    assert "đồng ý" in answered(phone, before)
    phone.press("tab")
    assert phone.run("return document.activeElement.textContent") == "1. Đồng ý"
    assert phone.run("return getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_a_message_written_while_the_server_is_away_arrives_once(phone: Browser, site: Site, people_of: People) -> None:
    port = int(urlsplit(site.url).port or 0)
    ask(phone, "chào")
    site.stop()
    phone.one("#text").type(QUESTION)
    phone.one("#send").tap()
    phone.until(lambda: say("web", "waiting") in bubbles(phone, "me")[-1])
    assert phone.one(".state button").text == say("web", "again")
    pictured(phone, "4-away")
    before = len(bubbles(phone, "bot"))
    site.start(port)
    assert ANSWER in answered(phone, before)
    phone.until(lambda: bubbles(phone, "me")[-1] == QUESTION)
    assert taken(people_of) == 2


def test_a_message_whose_answer_was_lost_is_sent_again_but_taken_once(phone: Browser, site: Site, people_of: People) -> None:
    site.losses = 2
    before = len(bubbles(phone, "bot"))
    phone.one("#text").type("gặp cán bộ: bao giờ có kết quả bình xét?")
    phone.one("#send").tap()
    phone.until(lambda: phone.all(".state button"))[0].tap()
    answered(phone, before)
    assert site.taken == 3
    assert taken(people_of) == 1
    assert len(bubbles(phone, "me")) == 1


def test_unsent_words_survive_a_reload_and_the_conversation_does_not(phone: Browser, site: Site, people_of: People) -> None:
    ask(phone, "nhà tôi ở Can Lộc")
    site.losses = 1
    phone.one("#text").type(QUESTION)
    phone.one("#send").tap()
    phone.until(lambda: phone.all(".state button"))
    phone.one("#text").type("chưa gõ xong")
    phone.reload()
    phone.until(lambda: ANSWER in bubbles(phone, "bot")[-1])
    assert bubbles(phone, "me") == [QUESTION]
    assert phone.run("return document.getElementById('text').value") == "chưa gõ xong"
    assert taken(people_of) == 2
    assert phone.run("return localStorage.length + sessionStorage.getItem('unsent')") == "0[]"


def test_a_message_that_does_not_get_through_can_be_given_up(phone: Browser, site: Site, people_of: People) -> None:
    port = int(urlsplit(site.url).port or 0)
    site.stop()
    phone.one("#text").type("chào")
    phone.one("#send").tap()
    phone.until(lambda: len(phone.all(".state button")) == 2)
    phone.all(".state button")[1].tap()
    phone.until(lambda: say("web", "dropped") in bubbles(phone, "me")[-1])
    site.start(port)
    assert ANSWER in ask(phone, QUESTION)
    assert taken(people_of) == 1


@pytest.mark.parametrize("hostile", ["<script>document.title='x'</script>", "<img src=x onerror=document.title='x'>", '"><b>đậm</b>&amp;'])
def test_markup_is_shown_as_the_text_it_is(phone: Browser, people_of: People, hostile: str) -> None:
    title = phone.run("return document.title")
    ask(phone, hostile)
    with writing(people_of.assistant.engine) as connection:
        person = people.find_account(connection, CHANNEL, key_of(people_of))
        assert person is not None
        outbox.notice(connection, people_of.assistant.vault, person, hostile, people_of.now)
    told = read_news(phone)
    assert bubbles(phone, "me") == [hostile] and hostile in told
    assert phone.run("return document.title") == title
    assert phone.all("#log script, #log img, #log b") == []


def key_of(people_of: People) -> str:
    with reading(people_of.assistant.engine) as connection:
        return str(connection.execute(text("select key from account where channel = 'web'")).scalar_one())


def read_news(phone: Browser) -> str:
    """The page looks for news when it is shown again."""
    phone.run("document.dispatchEvent(new Event('visibilitychange'))")
    phone.until(lambda: bubbles(phone, "news"))
    return bubbles(phone, "news")[-1]


def test_news_arrive_without_a_message(phone: Browser, people_of: People) -> None:
    ask(phone, "đăng ký thoát nghèo")
    with writing(people_of.assistant.engine) as connection:
        person = people.find_account(connection, CHANNEL, key_of(people_of))
        assert person is not None
        outbox.notice(connection, people_of.assistant.vault, person, "Mai họp thôn lúc 19 giờ.", people_of.now)
    assert read_news(phone).startswith(say("web", "news"))
    pictured(phone, "5-news")
    assert len(choices(phone)) == 2
    phone.run("document.dispatchEvent(new Event('visibilitychange'))")
    ask(phone, "cảm ơn")
    assert len(bubbles(phone, "news")) == 1


def gap_below(phone: Browser, css: str) -> float:
    """How far the last such element's lower edge is below what can be seen of the conversation."""
    script = """var all = document.querySelectorAll(arguments[0]), log = document.getElementById('log');
return all[all.length - 1].getBoundingClientRect().bottom - log.getBoundingClientRect().bottom;"""
    return float(phone.run(script, css))


def test_a_short_question_shows_its_buttons_without_scrolling(phone: Browser) -> None:
    ask(phone, "chào")
    ask(phone, "đăng ký thoát nghèo")
    for said in ("làm tiếp", "đồng ý", "Nguyễn Thị Lan", "thôn Đông Thịnh", "Thiên Lộc"):
        ask(phone, said)
    assert [one.text for one in choices(phone)] == ["1. Hộ nghèo", "2. Hộ cận nghèo", "3. Hộ mới thoát nghèo", "4. Bỏ qua"]
    assert gap_below(phone, ".choices button") <= 0
    pictured(phone, "10-buttons")
    before = len(bubbles(phone, "bot"))
    choices(phone)[1].tap()
    assert "mấy người" in answered(phone, before)


def test_a_long_answer_says_that_there_is_more_below(phone: Browser) -> None:
    assert not phone.one("#down").shown
    ask(phone, "đăng ký thoát nghèo")
    assert gap_below(phone, ".choices button") > 0
    pictured(phone, "11-more")
    for _ in range(10):
        if not phone.one("#down").shown:
            break
        phone.one("#down").tap()
    assert gap_below(phone, ".choices button") <= 0
    assert not phone.one("#down").shown


def test_what_was_asked_last_stays_in_sight_when_the_keyboard_comes(phone: Browser) -> None:
    for said in ("đăng ký thoát nghèo", "làm tiếp", "đồng ý"):
        ask(phone, said)
    assert gap_below(phone, ".bot") <= 0
    phone.devtools("Emulation.setDeviceMetricsOverride", width=WIDTH, height=308, deviceScaleFactor=1, mobile=True)
    phone.until(lambda: phone.run("return window.innerHeight") == 308 and gap_below(phone, ".bot") <= 0)
    assert phone.run("return document.getElementById('log').clientHeight") > 150
    pictured(phone, "12-keyboard")


def lock(phone: Browser) -> None:
    """Registers, so that there is something private on the screen, sets a PIN and locks."""
    for said in ("đăng ký thoát nghèo", "làm tiếp", "đồng ý", "Nguyễn Thị Lan", "máy dùng chung"):
        ask(phone, said)
    ask(phone, "thôi")
    for said in ("máy dùng chung", "2580"):
        ask(phone, said)
    tell_to_lock(phone)


def tell_to_lock(phone: Browser) -> None:
    phone.one("#text").type("khóa")
    phone.one("#send").tap()
    phone.until(lambda: say("phone", "lock_done") in bubbles(phone, "bot")[-1])


def test_a_locked_shared_phone_shows_nothing_of_what_was_said_before(phone: Browser) -> None:
    lock(phone)
    shown = phone.run("return document.getElementById('log').textContent")
    assert bubbles(phone, "me") == ["khóa"] and say("phone", "lock_done") in bubbles(phone, "bot")[-1]
    assert "Lan" not in shown and "2580" not in shown and say("web", "honest") in phone.one("header").text
    pictured(phone, "13-locked")
    assert say("phone", "locked") in ask(phone, "đơn của tôi")
    assert say("phone", "unlocked") in ask(phone, "2580")
    assert bubbles(phone, "me") == ["khóa", "đơn của tôi", say("web", "pin")]


def test_a_phone_that_locks_by_itself_clears_the_screen_too(phone: Browser, people_of: People) -> None:
    lock(phone)
    ask(phone, "2580")
    ask(phone, "dữ liệu của tôi")
    people_of.later(minutes=11)
    phone.run("document.dispatchEvent(new Event('visibilitychange'))")
    phone.until(lambda: not bubbles(phone, "me"))
    assert len(bubbles(phone)) == 1


def test_what_was_erased_leaves_the_screen(phone: Browser) -> None:
    for said in ("đăng ký thoát nghèo", "làm tiếp", "đồng ý", "Nguyễn Thị Lan", "thôi", "xóa hết thông tin của tôi"):
        ask(phone, said)
    before = len(bubbles(phone, "me"))
    choices(phone)[0].tap()
    phone.until(lambda: len(bubbles(phone, "me")) < before)
    assert len(bubbles(phone, "me")) == 1 and "Lan" not in phone.run("return document.getElementById('log').textContent")
    assert ANSWER in ask(phone, QUESTION)
    assert bubbles(phone, "me")[-1] == QUESTION


def test_a_page_opened_again_shows_the_question_that_waits(phone: Browser) -> None:
    for said in ("đăng ký thoát nghèo", "làm tiếp"):
        ask(phone, said)
    phone.reload()
    phone.until(lambda: len(bubbles(phone, "bot")) > 1)
    assert bubbles(phone, "bot")[-1].startswith(say("web", "unfinished")) and say("consent", "ask") in bubbles(phone, "bot")[-1]
    before = len(bubbles(phone, "bot"))
    choices(phone)[0].tap()
    assert "1/9" in answered(phone, before)


def test_a_page_opened_again_on_a_locked_phone_shows_no_question(phone: Browser) -> None:
    for said in ("máy dùng chung", "2580", "đăng ký thoát nghèo", "làm tiếp", "đồng ý"):
        ask(phone, said)
    tell_to_lock(phone)
    phone.reload()
    assert say("phone", "locked") in ask(phone, "Nguyễn Thị Lan")
    assert len(bubbles(phone, "bot")) == 2


def test_an_announcement_is_answered_by_its_button(phone: Browser, people_of: People) -> None:
    ask(phone, "chào")
    with writing(people_of.assistant.engine) as connection:
        person = people.find_account(connection, CHANNEL, key_of(people_of))
        assert person is not None
        words = say("announce", "frame", holder="UBND xã", text="Mai họp thôn.", code="TB-979Y-A5K")
        outbox.notice(connection, people_of.assistant.vault, person, words, people_of.now)
    assert say("web", "reply") in read_news(phone)
    pictured(phone, "14-reply")
    phone.one(".news button").tap()
    phone.one(".news button").tap()
    assert phone.run("return document.activeElement.id") == "text"
    phone.one("#text").type("nhà tôi bận")
    phone.one("#send").tap()
    phone.until(lambda: bubbles(phone, "me")[-1] == "TB-979Y-A5K nhà tôi bận")


def test_help_is_one_tap_away(phone: Browser) -> None:
    before = len(bubbles(phone, "bot"))
    phone.one("#help").tap()
    assert "gặp cán bộ" in answered(phone, before)
    assert bubbles(phone, "me") == [say("web", "help")]


def test_a_large_photo_is_made_smaller_and_arrives(phone: Browser, people_of: People, tmp_path: Path) -> None:
    ask(phone, "chào")
    with writing(people_of.assistant.engine) as connection:
        number = people.find_account(connection, CHANNEL, key_of(people_of))
        assert number is not None
        people.give_role(connection, people_of.assistant.vault, number, *PLAYED["truong-thon"])
    ask(phone, "hôm qua hội phụ nữ tặng 5 triệu cho hộ bà Lan")
    noise = Image.frombytes("RGB", (2000, 1000), random.Random(5).randbytes(2000 * 1000 * 3))
    file = io.BytesIO()
    noise.save(file, "JPEG", quality=90)
    path = tmp_path / "anh.jpg"
    path.write_bytes(file.getvalue())
    before = len(bubbles(phone, "bot"))
    phone.one("#photo").type(str(path))
    assert "ảnh" in answered(phone, before).lower()
    assert phone.run("return document.querySelector('.me img').naturalWidth") == 2000
    pictured(phone, "6-photo")
    before = len(bubbles(phone, "bot"))
    ask(phone, "đúng")
    kept = list(people_of.assistant.photos.folder.rglob("*.jpg"))
    with Image.open(kept[0]) as arrived:
        assert arrived.size == (1600, 800)


def test_what_is_no_photo_is_answered_in_words(phone: Browser, tmp_path: Path) -> None:
    path = tmp_path / "anh.jpg"
    path.write_bytes(b"khong phai anh" * 40_000)
    before = len(bubbles(phone, "bot"))
    phone.one("#photo").type(str(path))
    assert "không phải ảnh" in answered(phone, before)


def test_the_place_is_sent_only_when_asked_and_allowed(phone: Browser, people_of: People) -> None:
    phone.allow("geolocation", granted=False)
    phone.one("#place").tap()
    phone.until(lambda: say("web", "no_location") in "".join(bubbles(phone, "warn")))
    assert taken(people_of) == 0
    phone.allow("geolocation", granted=True)
    phone.devtools("Emulation.setGeolocationOverride", latitude=18.44, longitude=105.77, accuracy=10)
    before = len(bubbles(phone, "bot"))
    phone.one("#place").tap()
    answered(phone, before)
    assert bubbles(phone, "me") == [say("web", "my_location")]
    assert taken(people_of) == 1


def test_a_document_is_a_link_to_a_file(phone: Browser, tmp_path: Path) -> None:
    phone.devtools("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    ask(phone, "gặp cán bộ: bao giờ có kết quả bình xét?")
    ask(phone, "xuất dữ liệu của tôi")
    link = phone.until(lambda: phone.all(".said a"))[0]
    assert link.text.startswith(say("web", "download"))
    pictured(phone, "7-document")
    link.tap()
    got: list[Path] = phone.until(lambda: list(tmp_path.glob("du-lieu-cua-toi-*.json")))
    assert "{" in got[0].read_text(encoding="utf-8")
    assert phone.errors() == []


def test_without_javascript_the_page_says_what_to_do(phone: Browser, site: Site) -> None:
    phone.devtools("Emulation.setScriptExecutionDisabled", value=True)
    phone.open(site.url)
    pictured(phone, "8-noscript")
    assert phone.one("noscript p").text == say("web", "noscript")


def test_the_box_grows_with_what_is_typed_and_leaves_room_to_read(phone: Browser) -> None:
    low = phone.run("return document.getElementById('text').offsetHeight")
    phone.one("#text").type("nhà tôi ở thôn Đông Thịnh, năm nay muốn đăng ký thoát nghèo thì cần những giấy tờ gì và nộp ở đâu " * 3)
    assert phone.run("return document.getElementById('text').offsetHeight") > low
    assert phone.run("return document.getElementById('log').clientHeight") > HEIGHT / 3
    pictured(phone, "9-long")
    phone.one("#send").tap()
    phone.until(lambda: phone.run("return document.getElementById('text').offsetHeight") == low)
