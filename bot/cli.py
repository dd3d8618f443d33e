"""The command `donghanh`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from bot.batch import answer_lines, settled
from intents.dialogue import Dialogue
from intents.training import ready
from intents.understand import Understander
from knowledge.calendar import today_in_vietnam
from knowledge.load import knowledge


def dialogue() -> Dialogue:
    """The dialogue on the present data; builds the matcher first where that has not been done."""
    return Dialogue(Understander(knowledge(), ready()))


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

    return 0 if report(options.sets or sets(), dialogue(), options.fails, options.today) else 1


def check(_options: argparse.Namespace) -> int:
    from knowledge.check import problems

    found = problems()
    print("\n".join(found) if found else "Dữ liệu không có lỗi.")
    return 1 if found else 0


def coverage(_options: argparse.Namespace) -> int:
    from knowledge.check import coverage as lines

    print("\n".join(lines()))
    return 0


def bench(_options: argparse.Namespace) -> int:
    from bot.benchmark import run

    return run()


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
    commands.add_parser("bench", help="đo thời gian và bộ nhớ").set_defaults(run=bench)
    commands.add_parser("check", help="kiểm tra dữ liệu, liệt kê lỗi").set_defaults(run=check)
    commands.add_parser("coverage", help="in bảng câu hỏi × kế hoạch").set_defaults(run=coverage)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    options = parser().parse_args(arguments)
    return int(options.run(options))


if __name__ == "__main__":
    sys.exit(main())
