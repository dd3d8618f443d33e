"""What Zalo Bot's answers mean: an error as the failure of a message, the account and its webhook as findings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from bot.channels.protocol import Finding, Later, NeedsPerson, Never, Reason, Unknown
from bot.channels.zalo_bot_settings import TOKEN
from intents.messages import printable

DEAD_TOKEN = f"Zalo không nhận token của bot. Xem lại {TOKEN}: lấy token mới trong Zalo Bot Manager rồi khởi động lại."
NO_QUOTA = "Bot Zalo đã hết hạn mức gửi tin của gói. Chờ sang tháng hoặc nâng gói trong Zalo Bot Manager rồi khởi động lại."
QUOTA = re.compile(r"quota|hạn mức|monthly|per month")
NO_CHAT = re.compile(r"\b(?:chat|user)\w*\b.*(?:not found|not exist|invalid)")
Failure = Later | Never | Unknown | NeedsPerson


@dataclass(frozen=True)
class Answer:
    """What became of a request: its result, or the failure as it would be told of a message; `code` 0: no answer at all."""

    code: int
    result: Any = None
    failure: Failure | None = None


def understood(response: httpx.Response) -> Answer:
    status = response.status_code
    try:
        body = response.json()
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict) or not isinstance(body.get("ok"), bool):
        return Answer(status, failure=KNOWN[429] if status == 429 else Unknown(detail=f"nonsense {status}"))
    if body["ok"] and status < 400:
        return Answer(200, body.get("result"))
    told = body.get("error_code")
    code = told if type(told) is int else status
    parameters = body.get("parameters")
    seconds = [place.get("retry_after") for place in (body, parameters) if isinstance(place, dict)]
    waiting = next((float(one) for one in seconds if isinstance(one, int | float) and 0 < one < 86_400), None)
    return Answer(code, failure=_failure(code, str(body.get("description", "")).casefold(), waiting))


KNOWN: Mapping[int, Failure] = {
    401: NeedsPerson(DEAD_TOKEN),
    403: Never(Reason.BLOCKED, "403"),
    408: Unknown(detail="408"),
    429: Later(Reason.RATE, everyone=True, detail="429"),
}


def _failure(code: int, description: str, waiting: float | None) -> Failure:
    if code == 429 and waiting is not None:
        return Later(Reason.RATE, waiting, everyone=True, detail="429")
    if 400 <= code < 500 and QUOTA.search(description):
        return NeedsPerson(NO_QUOTA, Reason.QUOTA)
    if code in (400, 404) and NO_CHAT.search(description):
        return Never(Reason.LEFT, str(code))
    return KNOWN.get(code) or (Never(Reason.BAD_REQUEST, str(code)) if 400 <= code < 500 else Unknown(detail=str(code)))


# -- what the bot is there ---------------------------------------------------------------------------------------------------------


def account_finding(answer: Answer) -> Finding:
    if answer.failure:
        return Finding(False, f"Không hỏi được Zalo Bot: {answer.failure.detail}")
    named = answer.result if isinstance(answer.result, dict) else {}
    name, number, kind = (printable(str(named.get(one, ""))) for one in ("account_name", "id", "account_type"))
    return Finding(True, f"Bot {name} (mã {number}, loại {kind}).")


def webhook_finding(answer: Answer, expected: str) -> Finding:
    """Whether the webhook is the one of the settings (`expected`, "" for none)."""
    if answer.failure and answer.code != 404:  # 404: none is set
        return Finding(False, f"Không hỏi được webhook: {answer.failure.detail}")
    found = printable(str(answer.result.get("url") or "")) if isinstance(answer.result, dict) else ""
    if found == expected:
        return Finding(True, f"Zalo gọi đến {found}." if found else "Không đặt webhook: máy tự hỏi Zalo có tin mới không.")
    return Finding(False, f"Webhook ở Zalo là {found or '(trống)'}, cài đặt là {expected or '(trống)'}: khởi động lại để đặt lại.")
