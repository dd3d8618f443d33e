"""The channels there are. Adding one: its module, and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import bot.channels.telegram as telegram
import bot.channels.zalo_bot as zalo_bot
import bot.channels.zalo_oa as zalo_oa
from bot.channels.configuration import is_configured, values
from bot.channels.protocol import Channel, Setting
from bot.channels.tokens import TokenStore


@dataclass(frozen=True)
class Kind:
    """A channel that can be configured: its settings, and how it is made from their values."""

    name: str
    settings: Sequence[Setting]
    make: Callable[[Mapping[str, str], TokenStore], Channel]


KINDS = (
    Kind("telegram", telegram.SETTINGS, telegram.make),
    Kind("zalo_oa", zalo_oa.SETTINGS, zalo_oa.make),
    Kind("zalo_bot", zalo_bot.SETTINGS, zalo_bot.make),
)


def configured(environment: Mapping[str, str], tokens: TokenStore) -> list[Channel]:
    """The channels that the environment configures. Raises SettingsError for one that is begun and not complete."""
    return [kind.make(values(kind.settings, environment), tokens) for kind in KINDS if is_configured(kind.settings, environment)]
