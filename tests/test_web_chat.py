"""The web chat over real HTTP: a household is served as on every other channel, and nothing sent to it does harm."""

from __future__ import annotations

import base64
import json
import re
import uuid
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.chat import PLAYED
from bot.office import Office
from bot.web import chat
from intents.wording import group, say
from storage import people
from storage.database import reading, writing
from tests.conftest import People
from tests.fakes.server import Fake
from tests.test_photos import picture

SHAPE: dict[str, Any] = {"text": str, "choices": list, "document": (dict, type(None)), "news": list, "up_to": int, "account": str}


class Site(Fake):
    """The real page and its server. `losses` answers of /api/chat are lost on their way, after the message was taken."""

    def __init__(self, office: Office, most_bytes: int = chat.MOST_BYTES) -> None:
        super().__init__()
        self.app: ASGIApp = Starlette(routes=chat.routes(office, secure=False, most_bytes=most_bytes))
        self.losses = 0
        self.taken = 0

    def routes(self) -> list[BaseRoute]:
        return [Mount("/", app=self.serve)]

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != "/api/chat":
            return await self.app(scope, receive, send)
        self.taken += 1
        if not self.losses:
            return await self.app(scope, receive, send)
        self.losses -= 1

        async def nowhere(_event: Any) -> None:
            return None

        await self.app(scope, receive, nowhere)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})
        raise ConnectionResetError


@pytest.fixture
def site(people_of: People) -> Iterator[Site]:
    with Site(Office(people_of.assistant)) as running:
        yield running


class Visitor:
    """One browser: it opens the page, keeps its cookie and sends what the page would send."""

    def __init__(self, site: Site) -> None:
        self.client = httpx.Client(base_url=site.url, trust_env=False, timeout=60)
        self.page = self.client.get("/")
        self.seen = 0

    def post(self, said: str, message: str = "", **more: Any) -> httpx.Response:
        body = {"message": message or uuid.uuid4().hex, "text": said, "photo": None, "location": None}
        return self.client.post("/api/chat", json=body | more, headers={"Origin": str(self.client.base_url).rstrip("/")})

    def say(self, said: str, message: str = "", **more: Any) -> dict[str, Any]:
        answer = self.post(said, message, **more)
        assert answer.status_code == 200, answer.text
        reply: dict[str, Any] = answer.json()
        assert reply.keys() == SHAPE.keys() and all(isinstance(reply[name], kind) for name, kind in SHAPE.items())
        return reply

    def news(self) -> list[str]:
        """What waits; the next look says that it was shown."""
        said = self.client.get("/api/news", params={"seen": self.seen}).json()
        self.seen = said["up_to"]
        told: list[str] = said["news"]
        return told


@pytest.fixture
def visitor(site: Site) -> Visitor:
    return Visitor(site)


def count(people_of: People, query: str) -> int:
    with reading(people_of.assistant.engine) as connection:
        return int(connection.execute(text(query)).scalar_one())


def register(household: Visitor) -> str:
    """Registers a household to the end; gives the code it was told."""
    said = "đăng ký thoát nghèo: tôi là Hoàng Thị Mua, thôn Đông Thịnh, xã Thiên Lộc, huyện Can Lộc, Hà Tĩnh, hộ nghèo, 4 khẩu, năm 2026"
    answers = {"đồng ý không": "đồng ý", "làm tiếp": "làm tiếp", "xem lại đơn": "đúng", "ở đâu": "1", "chọn": "1"}
    reply = household.say(said)
    for _ in range(30):
        code = re.search(r"Mã của bà con: (\S+)", reply["text"])
        if code:
            return code[1]
        reply = household.say(next((answer for asked, answer in answers.items() if asked in reply["text"].lower()), "bỏ qua"))
    raise AssertionError(reply["text"])


# -- people


def test_a_household_registers_and_is_told_of_the_decision_on_the_page(visitor: Visitor, people_of: People) -> None:
    code = register(visitor)
    assert code in visitor.say("đơn của tôi")["text"]
    people_of.say("can-bo", f"nhận {code}")
    people_of.say("can-bo", f"duyệt {code}")
    told = "\n".join(visitor.news())
    assert code in told
    assert visitor.news() == []


def test_news_whose_answer_is_lost_come_again_until_the_page_has_shown_them(visitor: Visitor, people_of: People) -> None:
    code = register(visitor)
    people_of.say("can-bo", f"ghi nhận {code}")
    lost = visitor.client.get("/api/news").json()["news"]
    assert lost and visitor.news() == lost
    assert visitor.news() == []


def test_a_locked_shared_phone_shows_no_news_before_its_pin(visitor: Visitor, people_of: People) -> None:
    code = register(visitor)
    visitor.say("máy dùng chung")
    visitor.say("4826")
    visitor.say("khóa máy")
    people_of.say("can-bo", f"ghi nhận {code}")
    assert visitor.news() == []
    visitor.say("4826")
    assert code in "\n".join(visitor.news())


def test_choices_come_as_buttons_that_mean_what_they_say(visitor: Visitor) -> None:
    reply = visitor.say("đăng ký thoát nghèo")
    assert [choice.keys() for choice in reply["choices"]] == [{"label", "means"}] * 2
    assert "đồng ý" in visitor.say(reply["choices"][0]["means"])["text"]


def test_the_same_message_sent_again_gets_the_same_reply_and_has_one_effect(visitor: Visitor, people_of: People) -> None:
    first = visitor.say("gặp cán bộ: nhà tôi dột, hỏi ai để được sửa?", "gui-lai-00001")
    taken = count(people_of, "select count(*) from inbox"), count(people_of, "select count(*) from outbox")
    again = visitor.say("gặp cán bộ: nhà tôi dột, hỏi ai để được sửa?", "gui-lai-00001")
    assert (again["text"], again["choices"]) == (first["text"], first["choices"])
    assert taken == (count(people_of, "select count(*) from inbox"), count(people_of, "select count(*) from outbox"))


def test_a_message_whose_answer_was_lost_is_taken_once(site: Site, visitor: Visitor, people_of: People) -> None:
    site.losses = 1
    with pytest.raises(httpx.TransportError):
        visitor.post("đăng ký thoát nghèo", "mat-tra-loi-1")
    assert visitor.say("đăng ký thoát nghèo", "mat-tra-loi-1")["choices"]
    assert count(people_of, "select count(*) from inbox") == 1


def test_two_cookies_are_two_people_even_with_the_same_message_number(site: Site, people_of: People) -> None:
    one, other = Visitor(site), Visitor(site)
    code = register(one)
    assert code in one.say("đơn của tôi", "cung-mot-so")["text"]
    assert code not in other.say("đơn của tôi", "cung-mot-so")["text"]
    assert count(people_of, "select count(*) from account where channel = 'web'") == 2


def test_a_document_comes_with_its_bytes(visitor: Visitor) -> None:
    register(visitor)
    document = visitor.say("xuất dữ liệu của tôi")["document"]
    assert document["media"] == "application/json" and document["name"].endswith(".json")
    assert "Hoàng Thị Mua" in base64.b64decode(document["content"], validate=True).decode()


def test_a_photo_and_a_place_go_with_a_report(visitor: Visitor, people_of: People) -> None:
    key = chat.account_of(visitor.client.cookies["dh"])
    with writing(people_of.assistant.engine) as connection:
        number = people.of_account(connection, chat.CHANNEL, key, people_of.now)
        people.give_role(connection, people_of.assistant.vault, number, *PLAYED["truong-thon"])
    visitor.say("hôm qua hội phụ nữ tặng 5 triệu cho hộ bà Lan")
    sent = visitor.say("", photo=base64.b64encode(picture()).decode())
    assert "ảnh" in sent["text"].lower()
    assert visitor.post("", location=[18.44, 105.77]).status_code == 200


def test_what_is_no_photo_is_answered_in_words(visitor: Visitor, people_of: People) -> None:
    for content in (b"", b"khong phai anh", b"<svg onload=alert(1)>", picture()[:200]):
        assert "không phải ảnh" in visitor.say("", photo=base64.b64encode(content).decode())["text"]
    assert count(people_of, "select count(*) from inbox") == 0


# -- what is refused, always in Vietnamese, never with a 500

GOOD: dict[str, Any] = {"message": "a-good-number", "text": "chào", "photo": None, "location": None}
WRONG: list[Any] = [
    [],
    "chào",
    None,
    7,
    {},
    {"text": "chào"},
    GOOD | {"message": "ngắn"},
    GOOD | {"message": "a" * 65},
    GOOD | {"message": "có dấu cách"},
    GOOD | {"message": "abcdefgh\n"},
    GOOD | {"message": 12345678},
    GOOD | {"message": None},
    GOOD | {"text": None},
    GOOD | {"text": ["chào"]},
    GOOD | {"text": " \n "},
    GOOD | {"photo": "không phải base64"},
    GOOD | {"photo": "abc"},
    GOOD | {"photo": "@@@@"},
    GOOD | {"photo": 5},
    GOOD | {"photo": ["AAAA"]},
    GOOD | {"location": "18.4,105.7"},
    GOOD | {"location": [18.4]},
    GOOD | {"location": [18.4, 105.7, 3]},
    GOOD | {"location": [91, 0]},
    GOOD | {"location": [0, -181]},
    GOOD | {"location": [float("nan"), 0]},
    GOOD | {"location": [10**400, 0]},
    GOOD | {"location": ["18.4", "105.7"]},
    GOOD | {"location": [True, False]},
    GOOD | {"location": {"lat": 18.4, "lon": 105.7}},
]
BODIES = [json.dumps(one).encode() for one in WRONG]
BODIES += [b"", b"{", b"\xff\xfe\x00", b"[" * 100_000, b'{"message": ' + b"9" * 5000 + b"}", json.dumps(GOOD).encode("utf-16")]


def test_malformed_bodies_are_refused_in_words(visitor: Visitor, people_of: People) -> None:
    for body in BODIES:
        answer = visitor.client.post("/api/chat", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400, body[:100]
        assert answer.json() in ({"error": say("web_error", "unreadable")}, {"error": say("web_error", "empty")}), body[:100]
    assert count(people_of, "select count(*) from inbox") == 0


@pytest.mark.parametrize(
    "media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "application/jsonp"]
)
def test_only_json_is_taken(visitor: Visitor, people_of: People, media: str) -> None:
    answer = visitor.client.post("/api/chat", content=json.dumps(GOOD).encode(), headers={"Content-Type": media})
    assert (answer.status_code, answer.json()) == (415, {"error": say("web_error", "not_json")})
    assert count(people_of, "select count(*) from inbox") == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://noi-khac.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_site_cannot_write_or_read_in_a_visitors_name(
    site: Site, visitor: Visitor, people_of: People, headers: dict[str, str]
) -> None:
    assert visitor.client.post("/api/chat", json=GOOD, headers=headers).status_code == 403
    assert visitor.client.get("/api/news", headers=headers).status_code == 403
    without_cookie = httpx.post(f"{site.url}/api/chat", json=GOOD, headers=headers, trust_env=False)
    assert without_cookie.status_code == 403
    assert "set-cookie" not in without_cookie.headers
    assert count(people_of, "select count(*) from inbox") == 0


def test_a_body_that_is_too_large_is_refused_whether_it_tells_its_size_or_not(people_of: People) -> None:
    def pieces() -> Iterator[bytes]:
        yield from [b"x" * 1000] * 30

    with Site(Office(people_of.assistant), most_bytes=10_000) as site:
        visitor = Visitor(site)
        headers = {"Content-Type": "application/json"}
        for content in (b"x" * 10_001, pieces()):
            answer = visitor.client.post("/api/chat", content=content, headers=headers)
            assert (answer.status_code, answer.json()) == (413, {"error": say("web_error", "too_large")})
        assert visitor.post("x" * 9_000).status_code == 200


def test_a_photo_of_the_largest_size_gets_through(visitor: Visitor) -> None:
    largest = picture() + bytes(10_000_000 - len(picture()))
    assert "10 MB" not in visitor.say("", photo=base64.b64encode(largest).decode())["text"]
    assert "10 MB" in visitor.say("", photo=base64.b64encode(largest + b"x").decode())["text"]


def test_a_text_that_is_too_long_is_answered_by_the_dialogue(visitor: Visitor) -> None:
    assert visitor.say("x" * 2001)["text"] == say("out_of_scope", "too_long")
    assert visitor.say("x" * 1_000_000)["text"] == say("out_of_scope", "too_long")


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "'; drop table person; --",
        "\x00\x1b[2J\x07",
        "\ud800 nửa chữ",
        "{0.__class__}",
        "\u202e\u200b\ufeff",
        "🇻🇳" * 500,
    ],
)
def test_hostile_text_is_answered_like_any_other(visitor: Visitor, hostile: str) -> None:
    body = json.dumps(GOOD | {"text": hostile}).encode()
    answer = visitor.client.post("/api/chat", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.json()["text"]


def test_who_writes_too_fast_is_asked_to_wait_and_others_are_not(site: Site, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat, "MOST_A_MINUTE", 3)
    answers = [visitor.post("cảm ơn") for _ in range(7)]  # in two minutes at most, of which one has more than three
    assert next(answer.json() for answer in answers if answer.status_code == 429) == {"error": say("web_error", "too_fast")}
    assert {answer.status_code for answer in answers} == {200, 429}
    assert Visitor(site).post("cảm ơn").status_code == 200


def test_the_memory_of_paces_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat, "MOST_SESSIONS", 10)
    pace = chat.Pace()
    assert all(pace.allows(str(number)) for number in range(100))
    assert len(pace._sent) <= 10


# -- the cookie, the headers, the page


def cookie_of(answer: httpx.Response) -> tuple[str, dict[str, str]]:
    morsel = SimpleCookie(answer.headers["set-cookie"])["dh"]
    return morsel.value, {name: str(value).lower() for name, value in morsel.items() if value}


def test_the_cookie_is_long_closed_to_programs_and_lives_a_year(visitor: Visitor) -> None:
    value, flags = cookie_of(visitor.page)
    assert len(value) == 43
    assert flags == {"httponly": "true", "samesite": "lax", "path": "/", "max-age": "31536000"}
    assert cookie_of(visitor.client.get("/"))[0] == value


def test_behind_https_the_cookie_is_secure(people_of: People) -> None:
    class Secure(Site):
        def __init__(self, office: Office) -> None:
            super().__init__(office)
            self.app = Starlette(routes=chat.routes(office, secure=True))

    with Secure(Office(people_of.assistant)) as site:
        assert cookie_of(httpx.get(site.url, trust_env=False))[1]["secure"] == "true"


@pytest.mark.parametrize("given", ["", "x", "a" * 42, "a" * 44, "../../etc/passwd", "a" * 42 + "=", "a" * 5000])
def test_a_cookie_of_another_shape_is_replaced(site: Site, given: str) -> None:
    for answer in (
        httpx.get(site.url, headers={"Cookie": f"dh={given}"}, trust_env=False),
        httpx.post(f"{site.url}/api/chat", json=GOOD, headers={"Cookie": f"dh={given}"}, trust_env=False),
    ):
        assert answer.status_code == 200
        assert re.fullmatch(r"[A-Za-z0-9_-]{43}", cookie_of(answer)[0])


def test_the_cookie_is_written_nowhere(visitor: Visitor, people_of: People) -> None:
    visitor.say("gặp cán bộ: bao giờ có kết quả?")
    value, _ = cookie_of(visitor.page)
    with reading(people_of.assistant.engine) as connection:
        keys = connection.execute(text("select key from account where channel = 'web'")).scalars().all()
    assert [len(key) for key in keys] == [65] and keys[0].startswith("w")
    stored = b"".join(path.read_bytes() for path in Path(str(people_of.where.database)).parent.rglob("*") if path.is_file())
    assert keys[0].encode() in stored
    assert value.encode() not in stored


def test_nothing_of_what_is_said_is_logged(visitor: Visitor, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    caplog.set_level(0)
    visitor.say("tôi tên Lò Văn Kín")
    visitor.client.post("/api/chat", content='{"text": "Lò Văn Kín"', headers={"Content-Type": "application/json"})
    printed = caplog.text + "".join(capfd.readouterr())
    assert "Văn Kín" not in printed
    assert cookie_of(visitor.page)[0] not in printed


@pytest.mark.parametrize(
    ("path", "kept"), [("/", "no-cache"), ("/chat.css", "max-age"), ("/chat.js", "max-age"), ("/api/news", "no-store")]
)
def test_every_answer_carries_the_headers_that_protect_it(visitor: Visitor, path: str, kept: str) -> None:
    headers = visitor.client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert kept in headers["cache-control"]


def test_answers_and_refusals_of_the_chat_are_not_kept_by_anybody(visitor: Visitor) -> None:
    for answer in (visitor.post("chào"), visitor.post("", "x"), visitor.client.post("/api/chat", content=b"x")):
        assert answer.headers["cache-control"] == "no-store"
        assert "content-security-policy" in answer.headers


def test_the_page_is_small_and_says_every_text_it_was_given(visitor: Visitor) -> None:
    style, program = visitor.client.get("/chat.css"), visitor.client.get("/chat.js")
    page = visitor.page.text
    assert sum(len(part.content) for part in (visitor.page, style, program)) < 19_000
    assert "{{" not in page
    source = (Path(chat.__file__).parent / "chat.html").read_text(encoding="utf-8")
    assert [name for name in group("web") if f"{{{{{name}}}}}" not in source] == []
    asked = set(re.findall(r"word\('(\w+)'\)", program.text))
    assert asked == set(re.findall(r"data-(\w+)=", page)) and asked
    assert re.search(r"\b(let|const|class|fetch|Promise)\b|=>|`", program.text) is None  # old browsers know none of these
    assert "innerHTML" not in program.text and "style=" not in page and "onclick=" not in page


def test_news_of_nobody_are_none_and_make_no_account(site: Site, people_of: People) -> None:
    assert httpx.get(f"{site.url}/api/news", trust_env=False).json() == {"news": [], "up_to": 0, "account": "nobody", "asked": None}
    assert Visitor(site).news() == []
    assert count(people_of, "select count(*) from account where channel = 'web'") == 0
