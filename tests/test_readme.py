"""The README names every command and setting there is."""

from __future__ import annotations

import re
from pathlib import Path

from bot.channels.table import KINDS
from bot.cli import parser

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_command_is_in_the_readme() -> None:
    commands = next(action.choices for action in parser()._actions if action.dest == "command")
    assert commands is not None
    assert [name for name in commands if f"donghanh {name}" not in README] == []


def test_every_setting_is_in_the_readme() -> None:
    code = " ".join(
        path.read_text(encoding="utf-8")
        for package in ("knowledge", "intents", "storage", "bot")
        for path in (ROOT / package).rglob("*.py")
    )
    written = README + (ROOT / ".env.example").read_text(encoding="utf-8")
    named = set(re.findall(r"DONGHANH_[A-Z_]*[A-Z]", code)) | {one.name for kind in KINDS for one in kind.settings}
    assert [name for name in sorted(named - {"DONGHANH_ZALO"}) if name not in written] == []


def test_the_makefile_has_what_the_readme_says() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert [name for name in set(re.findall(r"make ([a-z]+)", README)) if f"\n{name}:" not in makefile] == []
