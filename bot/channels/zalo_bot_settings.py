"""The settings of the Zalo Bot channel, each with how to get it."""

from __future__ import annotations

from bot.channels.protocol import Setting

NEW_SECRET = 'Tạo một khóa: python3 -c "import secrets; print(secrets.token_urlsafe(32))"'
TOKEN, WEBHOOK, SECRET = "DONGHANH_ZALO_BOT_TOKEN", "DONGHANH_ZALO_BOT_WEBHOOK", "DONGHANH_ZALO_BOT_SECRET"
API, RATE = "DONGHANH_ZALO_BOT_API", "DONGHANH_ZALO_BOT_RATE"
GET_TOKEN = (
    "Trong ứng dụng Zalo, tìm Zalo Bot Manager (hoặc vào bot.zaloplatforms.com), tạo bot có tên bắt đầu bằng chữ Bot; "
    "Zalo nhắn lại token dạng mã:khóa, chép nguyên vào đây."
)
GET_WEBHOOK = "Để trống thì máy tự hỏi Zalo. Muốn Zalo gọi đến: địa chỉ https đầy đủ, ví dụ https://tên-miền/webhook/zalo_bot."
GET_SECRET = f"Chỉ cần khi có {WEBHOOK}: 8 đến 256 chữ không dấu, không cách. {NEW_SECRET}"
GET_API = "Địa chỉ máy chủ của Zalo Bot; chỉ đổi khi Zalo đổi."
GET_RATE = "Số tin gửi mỗi giây, lớn hơn 0 (Zalo không công bố giới hạn)."
SETTINGS = (
    Setting(TOKEN, GET_TOKEN, r"[^\s:/?#%]+:[^\s:/?#%]+", secret=True),
    Setting(WEBHOOK, GET_WEBHOOK, r"https://\S+", needed=False),
    Setting(SECRET, GET_SECRET, r"[!-~]{8,256}", secret=True, needed=False),
    Setting(API, GET_API, r"https?://[\w.-]+(:\d{1,5})?(/[^\s?#]*)?", needed=False, default="https://bot-api.zaloplatforms.com"),
    Setting(RATE, GET_RATE, r"(?=.*[1-9])\d{1,3}(\.\d{1,3})?", needed=False, default="5"),
)
