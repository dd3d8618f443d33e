"""The commands of whoever runs the machine: exports, the check of the audit, new keys, retention, the first invitation.

Each gives the exit code: 0 done, 1 it could not be done or something is wrong, 2 what was asked is not clear. What went
wrong stands on standard error. All act as person 0, the command line, in the audit.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from bot.settings import Settings, SettingsError, settings
from intents.codes import new_code
from intents.flows.roles import INVITED_FOR
from intents.people import Person, Role
from intents.records import CaseKind, Invite
from intents.wording import say
from knowledge.calendar import ZONE
from knowledge.units import VILLAGE_WORDS, Area, Unit, communes, plain_name, province_now
from knowledge.vietnamese import fold
from storage import audit, effects, retention, rotation
from storage.database import StorageError, open_database, reading, writing
from storage.desk import DatabaseDesk
from storage.exporting import Wanted, export
from storage.photos import PhotoStore
from storage.sheets import ExportError
from storage.vault import VaultError, open_vault

Command = Callable[[Namespace], int]
EXPORTS = {"registrations": CaseKind.REGISTRATION, "activities": CaseKind.REPORT}
COMMUNE_WORDS = ("xa ", "phuong ", "thi tran ", "dac khu ")
MOST_CHOICES = 12
LEVELS = (
    "toàn quốc (bỏ --area)",
    'tỉnh, ví dụ "Hà Tĩnh"',
    'xã, ví dụ "xã Can Lộc, Hà Tĩnh"',
    'thôn, ví dụ "thôn Đông Thịnh, xã Can Lộc, Hà Tĩnh"',
)
LEVEL = {Role.ADMIN: 0, Role.PROVINCE_OFFICER: 1, Role.COMMUNE_OFFICER: 2, Role.VILLAGE_HEAD: 3}


class Unclear(Exception):
    """What was asked may mean several things or none; the message says which to choose from."""


def _told(command: Command) -> Command:
    """The command, with what is expected to go wrong told in words instead of a traceback."""

    @wraps(command)
    def run(options: Namespace) -> int:
        try:
            return command(options)
        except Unclear as question:
            print(question, file=sys.stderr)
            return 2
        except OperationalError as error:
            print(f"Cơ sở dữ liệu không làm được việc này: {error.orig}", file=sys.stderr)
        except (SettingsError, StorageError, VaultError, ExportError, OSError) as error:
            print(error, file=sys.stderr)
        return 1

    return run


@contextmanager
def _opened(options: Namespace, *, make: bool = False) -> Iterator[tuple[Settings, Engine]]:
    """The settings and the database. A slip in a name makes no empty database, and no new keys beside an old one; with `make`
    both are made where there is neither."""
    kept = settings(database=options.database)
    if not make or (isinstance(kept.database, Path) and kept.database.exists()):
        for path, what in ((kept.database, "cơ sở dữ liệu"), (kept.key_file, "tệp khóa")):
            if isinstance(path, Path) and not path.exists():
                raise StorageError(f"Không thấy {what} {path}. Xin kiểm tra đường dẫn.")
    engine = open_database(kept.database)
    try:
        yield kept, engine
    finally:
        engine.dispose()


def _now() -> datetime:
    return datetime.now(UTC)


# -- places ------------------------------------------------------------------------------------------------------------------


def area_of(written: str) -> Area:
    """The area that "thôn Đông Thịnh, xã Thiên Lộc, huyện Can Lộc, Hà Tĩnh" names, from village to province; parts may be
    left out. Raises Unclear with the choices where it may be several, or none."""
    parts = [part.strip() for part in written.split(",") if part.strip()]
    village = parts.pop(0) if len(parts) > 1 and VILLAGE_WORDS.match(fold(parts[0])) else ""
    province = parts.pop() if parts and _is_province(parts[-1]) else ""
    if not parts and province and not village:
        return Area(province_now(province))
    if not 1 <= len(parts) <= 2:
        raise Unclear(f'Chưa rõ nơi "{written}". Xin viết dạng "xã Can Lộc, Hà Tĩnh".')
    name, district = parts[0], "".join(parts[1:])
    found = communes(name, district, province) or communes(name, district)
    units = [unit for unit in found if _fits(unit, name, district, province)]
    exact = [unit for unit in units if name.casefold() == (unit.former if district else unit.commune).casefold()]
    if exact and (province or district):  # "phường Hưng Phú, Cần Thơ" is today's; other places there were called so before
        units = exact
    areas = {unit.area(village) if village else Area(unit.province, unit.commune): unit.label for unit in units}
    if len(areas) == 1:
        return next(iter(areas))
    raise Unclear(_choices(written, [unit.label for unit in units or found]))


def _is_province(name: str) -> bool:
    return not fold(name).startswith(COMMUNE_WORDS) and bool(province_now(name))


def _fits(unit: Unit, name: str, district: str, province: str) -> bool:
    """Whether a unit is called, and lies, just as was written: no slip is forgiven where a role or personal data are given
    out. A commune of today has no district."""
    if plain_name(name) not in (plain_name(unit.commune), plain_name(unit.former)):
        return False
    in_province = not province or plain_name(province) in (plain_name(unit.province), plain_name(unit.old_province))
    return in_province and (not district or not unit.district or plain_name(district) == plain_name(unit.district))


def _choices(written: str, labels: list[str]) -> str:
    if not labels:
        return f'Không tìm thấy nơi nào tên "{written}".'
    lines = [f"  - {label}" for label in dict.fromkeys(labels)]
    more = [f"  … và {len(lines) - MOST_CHOICES} nơi nữa"] if len(lines) > MOST_CHOICES else []
    return "\n".join([f'Chưa rõ nơi "{written}". Có phải là:', *lines[:MOST_CHOICES], *more])


# -- the commands --------------------------------------------------------------------------------------------------------------


@_told
def export_cases(options: Namespace) -> int:
    """Writes registrations or activities to a file, personal data masked unless asked for."""
    area = area_of(options.area) if options.area else Area()
    at = _now()
    path = options.out or Path(f"{options.what}-{at.astimezone(ZONE):%Y-%m-%d}.{options.format}")
    wanted = Wanted(EXPORTS[options.what], area, options.since, options.with_personal_data)
    with _opened(options) as (kept, engine):
        count = export(engine, open_vault(kept.key_file), wanted, options.format, path, at)
    print(f"Đã ghi {count} dòng ({area.label}) vào {path}")
    if options.with_personal_data:
        print("Tệp có dữ liệu cá nhân; việc xuất đã ghi vào sổ kiểm soát. Xin giữ kín và xóa khi dùng xong.")
    return 0


@_told
def verify_audit(options: Namespace) -> int:
    """Computes the chain of the audit again."""
    with _opened(options) as (kept, engine):
        vault = open_vault(kept.key_file)
        with reading(engine) as connection:
            found = audit.verify(connection, vault)
    if found.problem:
        print(f"Sổ kiểm soát SAI: {found.problem} ({found.lines} dòng trước đó còn đúng)")
        return 1
    print(f"Sổ kiểm soát đúng: {found.lines} dòng")
    return 0


@_told
def rotate_keys(options: Namespace) -> int:
    """Seals everything with a new key."""
    with _opened(options) as (kept, engine):
        count = rotation.rotate(engine, kept.key_file, _now())
    print(f"Đã niêm lại {count} mục bằng khóa mới và bỏ khóa cũ.")
    print(f"Xin sao lưu ngay {kept.key_file}; các bản sao lưu cơ sở dữ liệu trước đây vẫn cần tệp khóa cũ.")
    return 0


@_told
def retain(options: Namespace) -> int:
    """Ends what is kept long enough, or only counts it."""
    with _opened(options) as (kept, engine):
        photos = PhotoStore(kept.photos)
        counts = retention.run(engine, open_vault(kept.key_file), photos, _now(), dry=options.dry_run)
    print("Đến hạn (chạy thử, chưa xóa gì):" if options.dry_run else "Đã xóa hoặc làm trống:")
    for rule in retention.RULES:
        print(f"{counts[rule.kind]:6}  {rule.kind}: giữ {rule.kept_for} ({rule.reason})")
    return 0


@_told
def invite(options: Namespace) -> int:
    """Prints a one-time code that gives a role in an area."""
    role = Role(options.role)
    area = area_of(options.area) if options.area else Area()
    if sum(map(bool, area.keys[:3])) != LEVEL[role]:
        raise Unclear(f"{say('role', role.value).capitalize()} cần --area là {LEVELS[LEVEL[role]]}.")
    with _opened(options, make=role is Role.ADMIN) as (kept, engine):
        vault, at = open_vault(kept.key_file), _now()
        with writing(engine) as connection:
            nobody = Person(rotation.COMMAND_LINE, Role.ADMIN)
            desk = DatabaseDesk(connection, vault, nobody, at)
            while desk.invitation(code := new_code("MM")) is not None:
                pass
            acting = effects.Acting(connection, vault, nobody, at, "command line", PhotoStore(kept.photos))
            effects.perform(acting, [Invite(code, role, area, at + INVITED_FOR)])
    until = (at + INVITED_FOR).astimezone(ZONE)
    print(f"{code}\nMã mời {say('role', role.value)}, {area.label}; dùng một lần, đến {until:%H:%M %d/%m/%Y}.")
    return 0
