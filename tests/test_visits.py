"""Those whom no message reaches are visited: their village head is told who they are, nobody else is."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from storage.database import writing
from storage.schema import ACCOUNT
from tests.conftest import People
from tests.test_reminders import FORM


def test_the_village_head_is_asked_to_visit_those_whom_nothing_reaches(people_of: People) -> None:
    for who, name in (("ho", "Nguyễn Văn Tư"), ("ho2", "Trần Thị Sáu")):
        for line in FORM:
            people_of.say(who, name if line == FORM[3] else line)
    people_of.say("ho2", "ngừng nhận tin")
    with writing(people_of.assistant.engine) as connection:  # both are on Zalo, and one has been silent for eight days
        away = people_of.now - timedelta(days=8)
        connection.execute(update(ACCOUNT).where(ACCOUNT.c.key.in_(("ho", "ho2"))).values(channel="zalo_oa", used_at=away))
    for line in ("thông báo: Mời bà con họp thôn tối mai.", "cả xã", "gửi thử", "đã đọc được", "gửi ngay", "đồng ý"):
        reply = people_of.say("can-bo", line)
    people_of.news("truong-thon")
    people_of.news("can-bo")
    reply = people_of.say("can-bo", "các thông báo")
    code = next(word.strip(".,:") for word in reply.text.split() if word.startswith("TB-"))
    assert "Đã nhắn trưởng thôn" in people_of.say("can-bo", f"nhờ trưởng thôn {code}").text
    told = "\n".join(people_of.news("truong-thon"))
    assert "Nguyễn Văn Tư" in told and "họp thôn tối mai" in told
    assert "Trần Thị Sáu" not in told  # has asked for no more announcements
