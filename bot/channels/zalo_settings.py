"""The settings of the Zalo Official Account channel, each with how to get it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.channels.protocol import Setting
from bot.channels.zalo_oauth import COMMAND

PREFIX = "DONGHANH_ZALO_"
NO_PREFIX = "none"
PAGE = "tại https://developers.zalo.me"
URL = r"https?://[\w.-]+(:\d{1,5})?(/[^\s?#/]+)*"


def _named(name: str, how: str, pattern: str = r"\S+", *, secret: bool = False, needed: bool = False, default: str = "") -> Setting:
    return Setting(f"{PREFIX}{name}", how, pattern, secret, needed, default)


SETTINGS = (
    _named("APP_ID", f"ID ứng dụng, trong Cài đặt của ứng dụng {PAGE}.", r"\d+", needed=True),
    _named("APP_SECRET", f"Khoá bí mật của ứng dụng, trong Cài đặt {PAGE}.", secret=True, needed=True),
    _named("OA_SECRET", f"OA Secret Key, trong mục Webhook {PAGE} (không phải khoá bí mật của ứng dụng).", secret=True, needed=True),
    _named("CALLBACK", f"Official Account Callback Url đã lưu {PAGE}; cần cho lệnh {COMMAND}.", r"https?://\S+"),
    _named("REFRESH_TOKEN", f"Refresh token, chỉ cần lần đầu nếu không dùng lệnh {COMMAND}.", secret=True),
    _named("ACCESS_TOKEN", "Access token đi cùng refresh token, chỉ dùng lần đầu.", secret=True),
    _named("API", "Địa chỉ máy chủ gửi tin; chỉ đổi khi Zalo đổi.", URL, default="https://openapi.zalo.me"),
    _named("OAUTH", "Địa chỉ máy chủ cấp quyền; chỉ đổi khi Zalo đổi.", URL, default="https://oauth.zaloapp.com"),
    _named("BUSINESS_API", "Địa chỉ máy chủ mẫu tin; chỉ đổi khi Zalo đổi.", URL, default="https://business.openapi.zalo.me"),
    _named("TEMPLATE", "Mã mẫu tin đã duyệt, cho người quá 7 ngày chưa nhắn (tuỳ chọn)."),
    _named("TEMPLATE_FIELD", "Tên tham số chứa nội dung trong mẫu tin.", r"\w+", default="noi_dung"),
    _named("BUTTON_PREFIX", f"Ký tự đứng trước nội dung mà nút bấm gửi về; {NO_PREFIX}: không có.", r"[!-~]{1,8}", default="#"),
    _named("BUTTON_HIDDEN", "1: lần bấm nút không hiện trong hội thoại; 0: có hiện.", "[01]", default="1"),
    _named("SIGNED_BY", "Phần đầu của chữ ký webhook: app_id (mặc định) hoặc oa_id.", "app_id|oa_id", default="app_id"),
    _named("OA_NAME", "Tên Official Account, hiện khi xin số điện thoại (tuỳ chọn).", ".{1,100}"),
    _named("CONTACT_IMAGE", "Địa chỉ https của ảnh hiện khi xin số điện thoại; để trống thì xin bằng lời.", r"https://\S+"),
    _named("RATE_PER_MINUTE", "Số yêu cầu mỗi phút mà gói dịch vụ cho phép.", r"[1-9]\d{0,5}", default="4000"),
)


def short_names(values: Mapping[str, str]) -> dict[str, str]:
    """The values of checked settings by their names without what all of them begin with."""
    return {one.name.removeprefix(PREFIX): values[one.name] for one in SETTINGS}
