"""Opens everything an assistant needs."""

from __future__ import annotations

from bot.assistant import Assistant, Clock, system_clock
from bot.settings import Settings
from intents.dialogue import Dialogue
from storage.database import open_database
from storage.photos import PhotoStore
from storage.vault import open_vault


def open_assistant(settings: Settings, dialogue: Dialogue, clock: Clock = system_clock) -> Assistant:
    """The assistant on the database, keys and photos of the settings. Raises StorageError or VaultError."""
    engine = open_database(settings.database)
    return Assistant(engine, open_vault(settings.key_file), dialogue, PhotoStore(settings.photos), clock, link=settings.public_url)
