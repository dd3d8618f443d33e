"""The settings of the Telegram channel, each with how to get it."""

from __future__ import annotations

from bot.channels.protocol import Setting

NEW_SECRET = 'Tạo một mã: python3 -c "import secrets; print(secrets.token_urlsafe(32))"'
SETTINGS: tuple[Setting, ...] = (
    Setting(
        "DONGHANH_TELEGRAM_TOKEN",
        "Vào Telegram, mở @BotFather, gõ /newbot và làm theo; mã có dạng 123456789:chữ-và-số.",
        pattern=r"\d{1,20}:[A-Za-z0-9_-]{10,100}",
        secret=True,
    ),
    Setting(
        "DONGHANH_TELEGRAM_WEBHOOK",
        "Để trống thì máy tự hỏi Telegram. Muốn Telegram gọi đến: địa chỉ https đầy đủ, ví dụ https://tên-miền/webhook/telegram.",
        pattern=r"https://\S+",
        needed=False,
    ),
    Setting(
        "DONGHANH_TELEGRAM_SECRET",
        f"Chỉ cần khi có DONGHANH_TELEGRAM_WEBHOOK: 16 đến 256 chữ không dấu, số, gạch. {NEW_SECRET}",
        pattern=r"[A-Za-z0-9_-]{16,256}",
        secret=True,
        needed=False,
    ),
    Setting(
        "DONGHANH_TELEGRAM_API",
        "Địa chỉ máy chủ Bot API; chỉ đổi khi tự chạy máy chủ Bot API riêng.",
        pattern=r"https?://\S+",
        needed=False,
        default="https://api.telegram.org",
    ),
    Setting(
        "DONGHANH_TELEGRAM_RATE",
        "Số tin gửi mỗi giây, số nguyên từ 1; Telegram cho khoảng 30.",
        pattern=r"[1-9]\d{0,3}",
        needed=False,
        default="30",
    ),
)
