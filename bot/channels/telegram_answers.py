"""What Telegram's answers mean: an error as the outcome of a send, the state of a webhook as findings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from telegram import WebhookInfo
from telegram.error import BadRequest, ChatMigrated, Conflict, EndPointNotFound, Forbidden, InvalidToken, NetworkError, RetryAfter

from bot.channels.http_calls import UNSENT
from bot.channels.protocol import Finding, Later, NeedsPerson, Never, Outcome, Reason, Unknown
from knowledge.calendar import ZONE

DEAD = (InvalidToken, EndPointNotFound)
DEAD_TOKEN = (
    "Telegram không nhận DONGHANH_TELEGRAM_TOKEN nữa. Vào Telegram, mở @BotFather, gõ /token rồi chọn bot để lấy lại mã, "
    "ghi mã vào cài đặt và khởi động lại."
)
PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
LEFT = re.compile(
    r"chat not found|user not found|deactivated|peer_id_invalid|initiate conversation|kicked|not a member|upgraded to a supergroup", re.I
)
WORDED = (("Too Many Requests", Later(Reason.RATE)), ("Request Entity Too Large", Never(Reason.BAD_REQUEST, "413")))


def outcome(error: Exception) -> Outcome:
    """What became of a request that ended in this error."""
    match error:
        case RetryAfter():
            return Later(Reason.RATE, _seconds(error))
        case Forbidden():
            return Never(Reason.LEFT if LEFT.search(error.message) else Reason.BLOCKED, brief(error))
        case ChatMigrated():
            return Never(Reason.LEFT, brief(error))
        case InvalidToken() | EndPointNotFound():
            return NeedsPerson(DEAD_TOKEN)
        case BadRequest():
            return Never(Reason.LEFT if LEFT.search(error.message) else Reason.BAD_REQUEST, brief(error))
        case Conflict():
            return Later(Reason.BROKEN, detail=brief(error))
        case NetworkError() if isinstance(error.__cause__, UNSENT):
            return Later(Reason.BROKEN, everyone=True, detail=brief(error))
        case NetworkError():
            return next((known for words, known in WORDED if error.message.startswith(words)), Unknown(detail=brief(error)))
    return Unknown(detail=brief(error))  # an answer that makes no sense: the library lets any exception through


def brief(error: Exception) -> str:
    """The error for the log, without what the server's page or the person said."""
    return (
        f"{type(error).__name__}: {str(error).partition('. ')[0][:100]}"
        if isinstance(error, (NetworkError, Forbidden))
        else type(error).__name__
    )


def pause_after(error: Exception, failures: int) -> float:
    """How many seconds to wait after the error before another try, `failures` having gone before it."""
    return _seconds(error) if isinstance(error, RetryAfter) else PAUSES[min(failures, len(PAUSES) - 1)]


def _seconds(error: RetryAfter) -> float:
    after = error.retry_after
    return after.total_seconds() if isinstance(after, timedelta) else float(after)


# -- the webhook -------------------------------------------------------------------------------------------------------------------

FRESH = timedelta(hours=1)
CAUSES = (
    (r"response.*40[13]", "máy chủ của mình từ chối vì mã bí mật lệch nhau: khởi động lại để đặt lại DONGHANH_TELEGRAM_SECRET"),
    (r"response.*404", "đường dẫn sai: DONGHANH_TELEGRAM_WEBHOOK phải kết thúc bằng /webhook/telegram"),
    (r"response.*5\d\d", "máy chủ của mình báo lỗi: xem nhật ký"),
    (r"ssl|certificate|tls", "chứng chỉ HTTPS hết hạn hoặc không hợp lệ: gia hạn chứng chỉ"),
    (r"resolve|no such host|hostname", "không tìm thấy tên miền: xem lại tên miền trong DONGHANH_TELEGRAM_WEBHOOK"),
    (r"time(d)? ?-?out", "máy chủ của mình trả lời quá chậm: xem máy có quá tải không, tường lửa có chặn không"),
    (r"refused|unreachable|reset|route", "không tới được máy chủ của mình: xem máy chủ có đang chạy không, tường lửa có mở cổng 443 không"),
)


def webhook_findings(info: WebhookInfo, expected: str, now: datetime) -> Sequence[Finding]:
    """Whether updates come the way the settings say (`expected`: the webhook's address, "" for polling), and what holds them up."""
    findings = [_address(info.url, expected)]
    waiting = info.pending_update_count
    if waiting:
        findings.append(Finding(waiting < 100, f"Telegram đang giữ {waiting} tin chưa giao."))
    if expected and info.last_error_message and info.last_error_date:
        at, told = info.last_error_date, info.last_error_message
        why = next((cause for words, cause in CAUSES if re.search(words, told, re.I)), f"Telegram báo “{told}”")
        findings.append(
            Finding(not waiting and now - at > FRESH, f"Lần giao lỗi gần nhất lúc {at.astimezone(ZONE):%H:%M %d/%m/%Y}: {why}.")
        )
    return findings


def _address(found: str, expected: str) -> Finding:
    if expected:
        if found == expected:
            return Finding(True, f"Webhook trỏ tới {found}.")
        return Finding(False, f"Webhook đang trỏ tới {found or '(chưa đặt)'}, không phải {expected}: khởi động lại để đặt lại.")
    if not found:
        return Finding(True, "Nhận tin bằng cách hỏi Telegram (không dùng webhook).")
    return Finding(
        False, f"Bot đang có webhook trỏ tới {found} nên không hỏi tin được: khởi động lại để bỏ, hoặc đặt DONGHANH_TELEGRAM_WEBHOOK."
    )
