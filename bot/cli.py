"""The command `donghanh`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

from bot.batch import answer_lines, settled
from bot.preparation import prepared
from intents.dialogue import Dialogue
from intents.understand import Understander
from knowledge.calendar import today_in_vietnam
from knowledge.load import knowledge


def dialogue() -> Dialogue:
    """The dialogue on the present data; builds the matcher first where that has not been done."""
    return Dialogue(Understander(knowledge(), prepared()))


def ask(options: argparse.Namespace) -> int:
    dialogues = dialogue()
    if options.json:
        for line in answer_lines(sys.stdin, dialogues):
            print(line, flush=True)
        return 0
    if not options.question:
        print('Cần một câu hỏi: donghanh ask "hạn báo cáo" --place "Ninh Bình"', file=sys.stderr)
        return 2
    print(dialogues.take_turn(settled(options.place), options.question, today_in_vietnam()).reply.text)
    return 0


def parse_report(options: argparse.Namespace) -> int:
    from bot.parsing import report_lines

    return _stream(report_lines)


def parse_registration(options: argparse.Namespace) -> int:
    from bot.parsing import registration_lines

    return _stream(registration_lines)


def _stream(lines: Callable[[Iterable[str]], Iterator[str]]) -> int:
    for line in lines(sys.stdin):
        print(line, flush=True)
    return 0


def talk(options: argparse.Namespace) -> int:
    from bot.chat import chat
    from bot.opening import open_assistant
    from bot.settings import settings

    kept = settings(database=options.database)
    return chat(open_assistant(kept, dialogue()), Path(str(kept.database)).name)


def evaluate(options: argparse.Namespace) -> int:
    from bot.evaluation import report, sets

    held = report(options.sets or sets(), dialogue(), options.fails, options.today)
    if not options.sets:
        from bot.parse_scoring import print_scores

        print_scores()
    return 0 if held else 1


def check(_options: argparse.Namespace) -> int:
    from knowledge.check import problems

    found = problems()
    print("\n".join(found) if found else "Dữ liệu không có lỗi.")
    return 1 if found else 0


def coverage(_options: argparse.Namespace) -> int:
    from knowledge.check import coverage as lines

    print("\n".join(lines()))
    return 0


def bench(options: argparse.Namespace) -> int:
    from bot.benchmark import run

    return run(options.only)


def administer(options: argparse.Namespace) -> int:
    from bot import administration

    return int(getattr(administration, options.does)(options))


def run(options: argparse.Namespace) -> int:
    from bot.channel_commands import run as run_all

    return run_all(options, dialogue())


def channels(options: argparse.Namespace) -> int:
    from bot import channel_commands

    return int(getattr(channel_commands, options.does)(options))


def channel_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`run` and `channels`; `does` names the function in bot.channel_commands."""
    service = commands.add_parser("run", help="chạy trang trò chuyện và mọi kênh đã cấu hình trong .env")
    service.add_argument("--open", action="store_true", help="mở trang trò chuyện trong trình duyệt")
    service.set_defaults(run=run)
    of_channels = commands.add_parser("channels", help="kiểm tra và cấp phép các kênh").add_subparsers(dest="does", required=True)
    asks = of_channels.add_parser("check", help="hỏi từng nền tảng: bot là ai, webhook, token; nói rõ điều chưa được")
    asks.set_defaults(run=channels)
    allows = of_channels.add_parser("authorize", help="cấp phép Zalo OA: in trang đồng ý, rồi nhận mã")
    allows.add_argument("--code", default="", help="mã ở sau code= trong địa chỉ mà Zalo chuyển về")
    allows.set_defaults(run=channels)
    for command in (service, asks, allows):
        command.add_argument("--env", type=Path, help="tệp cấu hình (mặc định: .env ở thư mục này)")
        command.add_argument("--database", type=Path, help="tệp SQLite (mặc định: DONGHANH_DATABASE, hoặc donghanh.sqlite3)")


def administration_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The commands of whoever runs the machine; `does` names their function in bot.administration."""
    export = commands.add_parser("export", help="xuất đơn đăng ký hoặc hoạt động ra tệp; dữ liệu cá nhân được che")
    export.add_argument("what", choices=("registrations", "activities"), help="đơn đăng ký hoặc báo cáo hoạt động")
    export.add_argument("--format", choices=("csv", "json", "xlsx"), required=True, help="csv (phân cách bằng ;), json hoặc xlsx")
    export.add_argument("--area", default="", help='chỉ một nơi, ví dụ "xã Can Lộc, Hà Tĩnh"')
    export.add_argument("--since", type=date.fromisoformat, help="gửi từ ngày này, dạng 2026-01-01")
    export.add_argument("--with-personal-data", action="store_true", help="không che dữ liệu cá nhân (ghi vào sổ kiểm soát)")
    export.add_argument("--out", type=Path, help="tệp ghi ra (mặc định: tên theo loại và ngày, ở thư mục này)")
    checked = commands.add_parser("audit", help="sổ kiểm soát").add_subparsers(dest="audit", required=True)
    verify = checked.add_parser("verify", help="kiểm tra sổ kiểm soát có bị sửa, xóa, chèn dòng nào không")
    keys = commands.add_parser("keys", help="khóa mã hóa").add_subparsers(dest="keys", required=True)
    rotate = keys.add_parser("rotate", help="thêm khóa mới và niêm lại mọi thứ; dừng giữa chừng thì chạy lại là tiếp tục")
    retain = commands.add_parser("retention", help="xóa những gì đã giữ đủ lâu")
    retain.add_argument("--dry-run", action="store_true", help="chỉ đếm, không xóa gì")
    invite = commands.add_parser("invite", help="in mã mời một lần cho một vai trò")
    invite.add_argument("--role", choices=("admin", "province_officer", "commune_officer", "village_head"), required=True, help="vai trò")
    invite.add_argument("--area", default="", help='nơi phụ trách, ví dụ "thôn Đông Thịnh, xã Can Lộc, Hà Tĩnh"')
    does = {"export_cases": export, "verify_audit": verify, "rotate_keys": rotate, "retain": retain, "invite": invite}
    for name, command in does.items():
        command.add_argument("--database", type=Path, help="tệp SQLite (mặc định: DONGHANH_DATABASE, hoặc donghanh.sqlite3)")
        command.set_defaults(run=administer, does=name)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="donghanh", description="Trợ lý hỏi đáp phong trào Vì người nghèo.")
    commands = top.add_subparsers(dest="command", required=True)
    one = commands.add_parser("ask", help="hỏi một câu, hoặc cả loạt với --json")
    one.add_argument("question", nargs="?")
    one.add_argument("--place", help='nơi ở, ví dụ "Can Lộc"')
    one.add_argument("--json", action="store_true", help="mỗi dòng vào một đối tượng JSON, mỗi dòng ra một trả lời")
    one.set_defaults(run=ask)
    live = commands.add_parser("chat", help="trò chuyện trong cửa sổ lệnh")
    live.add_argument(
        "--database", type=Path, default=None, help="tệp SQLite giữ mọi thứ (mặc định: DONGHANH_DATABASE, hoặc donghanh.sqlite3)"
    )
    live.set_defaults(run=talk)
    for name, run, what in (
        ("parse-report", parse_report, "đọc hiểu báo cáo hoạt động"),
        ("parse-registration", parse_registration, "đọc hiểu đơn đăng ký"),
    ):
        parse = commands.add_parser(name, help=f"{what}: mỗi dòng vào một đối tượng JSON, mỗi dòng ra một kết quả")
        parse.add_argument("--json", action="store_true", required=True, help="định dạng JSON từng dòng (bắt buộc)")
        parse.set_defaults(run=run)
    test = commands.add_parser("eval", help="chạy các bộ câu hỏi và in kết quả")
    test.add_argument("sets", nargs="*", type=Path, help="tệp .jsonl; mặc định là mọi bộ có sẵn")
    test.add_argument("--fails", type=int, default=40, help="in nhiều nhất bao nhiêu câu sai")
    test.add_argument("--today", default="", help="ngày hôm nay, dạng 2026-11-21")
    test.set_defaults(run=evaluate)
    measure = commands.add_parser("bench", help="đo thời gian và bộ nhớ")
    measure.add_argument("--only", choices=("channels",), default="", help="chỉ một phần: channels đo webhook và việc gửi")
    measure.set_defaults(run=bench)
    commands.add_parser("check", help="kiểm tra dữ liệu, liệt kê lỗi").set_defaults(run=check)
    commands.add_parser("coverage", help="in bảng câu hỏi × kế hoạch").set_defaults(run=coverage)
    administration_commands(commands)
    channel_commands(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    return int(options.run(options))


if __name__ == "__main__":
    sys.exit(main())
