"""What Zalo's error codes and statuses mean for a message: one table, read by `meaning`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import httpx

from bot.channels.protocol import Later, NeedsPerson, Never, Outcome, Reason, Sent, Unknown
from knowledge.calendar import ZONE

HOUR = 3600.0
NIGHT = range(22, 30)  # hours of Vietnam's day, counted on past midnight: 22:00 to 05:59
MORNING = (6, 5)  # a little after six: their clock need not be ours


@dataclass(frozen=True)
class Renew:
    """The access token is not good any more: get another one once, and send again once."""


@dataclass(frozen=True)
class AtMorning:
    """Not at night: again after six in the morning."""


Meaning = Later | Never | NeedsPerson | Renew | AtMorning

WEBSITE = "https://oa.zalo.me"
CONSOLE = "https://developers.zalo.me"

MESSAGE: Mapping[int, Meaning] = {
    -32: Later(Reason.RATE, 60, everyone=True),
    -100: Later(Reason.BROKEN, 5),  # an upload that has expired; the next try uploads anew
    -200: Never(Reason.BAD_REQUEST),
    -201: Never(Reason.BAD_REQUEST),
    -204: NeedsPerson(f"Official Account đã bị xoá. Kiểm tra tại {WEBSITE}."),
    -205: NeedsPerson(f"Official Account không tồn tại. Kiểm tra tại {WEBSITE} và cấp quyền lại: donghanh channels authorize."),
    -209: NeedsPerson(f"Ứng dụng Zalo chưa bật. Vào {CONSOLE}, mục Cài đặt, bật “Đang hoạt động”."),
    -210: Never(Reason.BAD_REQUEST),
    # A quota of one feature: answers within 48 hours are free and have none, so the others need not wait.
    -211: Later(Reason.QUOTA, HOUR),
    -212: NeedsPerson(f"Ứng dụng chưa đăng ký Official Account API. Đăng ký tại {CONSOLE}."),
    -213: Never(Reason.LEFT),
    -216: Renew(),
    -218: Later(Reason.QUOTA, 6 * HOUR),  # what this one person may receive
    -219: NeedsPerson(f"Ứng dụng Zalo đã bị gỡ hoặc bị khoá. Kiểm tra tại {CONSOLE}."),
    -220: Renew(),
    -221: NeedsPerson(f"Official Account chưa xác thực. Nộp hồ sơ xác thực tại {WEBSITE}."),
    -223: NeedsPerson("Official Account chưa cấp quyền gửi tin cho ứng dụng. Chạy: donghanh channels authorize."),
    -224: NeedsPerson(f"Gói dịch vụ của Official Account không đủ hoặc đã hết hạn. Nâng cấp hoặc gia hạn tại {WEBSITE}."),
    -227: Never(Reason.LEFT),
    -230: Never(Reason.WINDOW),
    -232: Never(Reason.WINDOW),
    -233: Never(Reason.BAD_REQUEST),
    -234: AtMorning(),
    -235: NeedsPerson(f"Loại Official Account này không được dùng API gửi tin. Kiểm tra loại tài khoản tại {WEBSITE}."),
    -240: NeedsPerson("Zalo đã đóng phiên bản API mà phần mềm đang dùng. Cần cập nhật phần mềm."),
    -242: NeedsPerson(f"Ứng dụng đang bắt buộc appsecret_proof. Tắt tuỳ chọn này tại {CONSOLE}."),
    -244: Never(Reason.REFUSED),
    -248: Never(Reason.BAD_REQUEST),  # what this message says breaks Zalo's policy
    -249: Never(Reason.ACCOUNT),
    # No money hinders only what is paid for; answers are free and have to go on.
    -320: Later(Reason.QUOTA, 6 * HOUR),
    -321: Later(Reason.QUOTA, 6 * HOUR),
}

PARAMETERS = (-112, *range(-1129, -1119))
TEMPLATE: Mapping[int, Meaning] = {
    -108: Never(Reason.WRONG_NUMBER),
    -109: Never(Reason.ACCOUNT),
    **{code: Never(Reason.BAD_REQUEST) for code in PARAMETERS},
    -114: Never(Reason.REFUSED),
    -115: Later(Reason.QUOTA, 6 * HOUR),
    -117: Never(Reason.ACCOUNT),
    -118: Never(Reason.WRONG_NUMBER),
    -119: Never(Reason.REFUSED),
    -124: Renew(),
    -131: Never(Reason.ACCOUNT),
    -133: AtMorning(),
    -135: Never(Reason.ACCOUNT),
    -139: Never(Reason.REFUSED),
    -141: Never(Reason.REFUSED),
    -144: Later(Reason.QUOTA, 6 * HOUR),
    -147: Later(Reason.QUOTA, 6 * HOUR),
}

TABLE: Mapping[int, Meaning] = {**MESSAGE, **TEMPLATE}

TOLD: Mapping[int, str] = {
    -211: f"Official Account đã hết hạn mức gửi tin tính phí. Xem và mua thêm tại {WEBSITE}.",
    -248: "Zalo cho rằng một tin vi phạm chính sách (go.zalo.me/oa-policy). Xem lại thông báo gửi gần nhất.",
    -249: "Mẫu tin không gửi được theo mã người dùng. Tạo mẫu mới loại tuỳ chỉnh rồi sửa DONGHANH_ZALO_TEMPLATE.",
    -320: "Ứng dụng chưa nối với Zalo Cloud Account nên tin tính phí không gửi được. Nối tại https://zalo.cloud.",
    -321: "Zalo Cloud Account hết tiền nên tin tính phí không gửi được. Nạp tiền tại https://zalo.cloud.",
    -109: "Mã mẫu tin không đúng. Sửa DONGHANH_ZALO_TEMPLATE.",
    -115: "Hết hạn mức hoặc hết tiền gửi tin theo mẫu. Kiểm tra tại https://zalo.cloud.",
    -117: "Official Account không có quyền dùng mẫu tin này. Kiểm tra DONGHANH_ZALO_TEMPLATE.",
    -131: "Mẫu tin chưa được Zalo duyệt. Chờ duyệt, hoặc đổi DONGHANH_ZALO_TEMPLATE.",
    -135: f"Official Account chưa được phép gửi tin theo mẫu. Đăng ký tại {WEBSITE}.",
}
"""What a person has to mend though the channel goes on: the administrators are told once a month."""


def until_morning(now: datetime) -> float:
    """Seconds until sending is allowed again; an hour where it is not night here and they say it is."""
    here = now.astimezone(ZONE)
    if here.hour not in NIGHT and here.hour + 24 not in NIGHT:
        return HOUR
    morning = here.replace(hour=MORNING[0], minute=MORNING[1], second=0, microsecond=0)
    return (morning + timedelta(days=here.hour >= NIGHT.start) - here).total_seconds()


def meaning(code: int, now: datetime) -> Later | Never | NeedsPerson | Renew:
    """What the code of an answer means for the message."""
    match TABLE.get(code, Never(Reason.BAD_REQUEST)):
        case AtMorning():
            return Later(Reason.WINDOW, until_morning(now), detail=str(code))
        case NeedsPerson(detail):
            return NeedsPerson(f"{detail} (Zalo báo lỗi {code})")
        case Later() | Never() as found:
            return replace(found, detail=str(code))
        case Renew() as found:
            return found


def understood(answer: httpx.Response, now: datetime) -> tuple[int, dict[str, Any] | Outcome | Renew]:
    """Zalo's code (0: well, or none), and the `data` of the answer or what became of the request."""
    try:
        body = answer.json()
        code = int(body["error"])
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
        code, body = 0, None
    if code not in TABLE and (failed := unsent(answer.status_code, answer.headers.get("retry-after", ""))):
        return code, failed
    if body is None:
        return 0, Unknown(detail="nonsense")
    if code:
        return code, meaning(code, now)
    return 0, body["data"] if isinstance(body.get("data"), dict) else {}


def unsent(status: int, retry_after: str) -> Outcome | None:
    """What an HTTP status that carries no answer of Zalo's means; None for success."""
    if status < 300:
        return None
    detail = f"http {status}"
    if status == 429:
        return Later(Reason.RATE, min(float(retry_after), HOUR) if retry_after.isdecimal() else 60.0, everyone=True, detail=detail)
    if status >= 500 or status == 408:
        return Unknown(detail=detail)
    if status in (401, 403, 404, 407):
        return NeedsPerson(f"Máy chủ Zalo từ chối mọi yêu cầu (HTTP {status}). Kiểm tra DONGHANH_ZALO_API và tường lửa.")
    if status < 400:
        return Later(Reason.BROKEN, 300, everyone=True, detail=detail)
    return Never(Reason.BAD_REQUEST, detail)


def explained(outcome: Outcome) -> str:
    """What went wrong, for the person who asked."""
    match outcome:
        case NeedsPerson(detail):
            return detail
        case Later(reason, detail=detail) | Never(reason, detail) | Unknown(reason, detail):
            return f"Zalo không nhận yêu cầu ({reason}; {detail})."
        case Sent():
            return ""
