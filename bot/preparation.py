"""The matcher's tables, prepared by one process at a time: whoever starts meanwhile waits instead of preparing them too."""

from __future__ import annotations

import fcntl

from intents.matcher import Matcher
from intents.training import model_path, ready


def prepared() -> Matcher:
    """The matcher for the present data; built first where it is not there yet."""
    if model_path().exists():
        return ready()
    folder = model_path().parent
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".preparing").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return ready()
