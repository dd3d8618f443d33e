"""The settings of channels: declared by each channel, checked before it starts, each error says how to get what is missing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bot.channels.protocol import Setting
from bot.settings import SettingsError


def is_configured(declared: Sequence[Setting], environment: Mapping[str, str]) -> bool:
    """Whether somebody has begun to configure the channel: any of its needed settings is there."""
    return any(environment.get(one.name, "").strip() for one in declared if one.needed)


def values(declared: Sequence[Setting], environment: Mapping[str, str]) -> dict[str, str]:
    """Every setting's value by name, defaults filled in. Raises SettingsError naming the first that is missing or wrong; the
    value itself is not printed."""
    found = {}
    for one in declared:
        value = environment.get(one.name, "").strip() or one.default
        if not value and one.needed:
            raise SettingsError(f"Thiếu {one.name}. {one.how}")
        if value and not re.fullmatch(one.pattern, value):
            raise SettingsError(f"{one.name} không đúng dạng. {one.how}")
        found[one.name] = value
    return found
