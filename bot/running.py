"""`donghanh run`: the web page and every configured channel in one process, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import webbrowser
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from bot.channels.protocol import Channel, Malformed
from bot.channels.table import configured
from bot.clock import RealClock
from bot.housekeeping import Housekeeping
from bot.intake import Intake, events_of
from bot.office import Office
from bot.opening import open_assistant
from bot.sender import Sender
from bot.settings import Settings, SettingsError
from bot.token_store import DatabaseTokens
from bot.web.server import Server
from intents.dialogue import Dialogue
from storage.database import writing
from storage.sending import address_old_notices

LOG = logging.getLogger(__name__)
AGAIN_SECONDS = 5.0
START_AGAIN_SECONDS = 60.0
STOP_SECONDS = 20


@dataclass
class Service:
    """Everything that runs, wired together. `channels` by name, configured ones only."""

    settings: Settings
    office: Office
    channels: Mapping[str, Channel]
    sender: Sender
    intake: Intake
    housekeeping: Housekeeping
    server: Server


def wired(settings: Settings, office: Office, channels: list[Channel]) -> Service:
    """The parts of a service, wired; nothing has started yet."""
    by_name = {channel.name: channel for channel in channels}
    sender = Sender(office, by_name, RealClock())
    intake = Intake(office, sender.wake)
    housekeeping = Housekeeping(sender, intake, by_name)
    server = Server(office, intake, sender, by_name, settings.public_url.startswith("https://"))
    return Service(settings, office, by_name, sender, intake, housekeeping, server)


def opened(settings: Settings, environment: Mapping[str, str], dialogue: Dialogue) -> Service:
    """The service of the settings. Raises SettingsError, StorageError, VaultError."""
    office = Office(open_assistant(settings, dialogue))
    channels = configured(environment, DatabaseTokens(office))
    templates = frozenset(channel.name for channel in channels if getattr(channel, "has_template", False))
    office.assistant = office.assistant.with_templates(templates)
    return wired(settings, office, channels)


async def serve(service: Service, *, show: bool = False) -> None:
    """Runs until SIGINT or SIGTERM: then nothing new is taken, what is under way is finished and written down."""
    with writing(service.office.assistant.engine) as connection:
        address_old_notices(connection)
    try:
        await _serve(service, show)
    finally:
        for channel in service.channels.values():
            await channel.stopped()
        service.office.close()


async def _serve(service: Service, show: bool) -> None:
    kept = service.settings
    listening = listening_at(kept)
    config = uvicorn.Config(
        service.server.app(), host=kept.host, port=kept.port, log_level="warning", timeout_graceful_shutdown=STOP_SECONDS
    )
    config.access_log = False  # addresses of people are personal data
    work = [asyncio.create_task(service.sender.run()), asyncio.create_task(service.housekeeping.run())]
    hearing = [asyncio.create_task(listen(channel, service.intake)) for channel in service.channels.values()]
    url = f"http://{kept.host}:{kept.port}/"
    server, loop = Quiet(config), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.leave)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    print(f"Đồng Hành đang chạy. Trang trò chuyện: {url}", flush=True)
    print("Kênh: " + ", ".join(["web", *service.channels]) + ". Dừng: Ctrl+C.", flush=True)
    if show:
        loop.call_later(1.0, webbrowser.open, url)
    try:
        await serving
    finally:
        for task in hearing:
            task.cancel()
        await asyncio.gather(*hearing, return_exceptions=True)
        service.housekeeping.stop()
        service.sender.stop()
        await asyncio.gather(*work, return_exceptions=True)


class Quiet(uvicorn.Server):
    """A server that leaves the signals to us: what is under way is finished and written down before the process ends."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def leave(self) -> None:
        """Stops taking; a second time does not wait."""
        self.force_exit = self.should_exit
        self.should_exit = True


def listening_at(kept: Settings) -> socket.socket:
    """The socket of the settings. Raises SettingsError where it is taken or not ours."""
    try:
        return socket.create_server((kept.host, kept.port))
    except OSError as error:
        why = f"{kept.host}:{kept.port} ({error.strerror})"
        raise SettingsError(f"Không mở được cổng {why}. Xin đổi DONGHANH_PORT, hoặc dừng chương trình đang dùng cổng đó.") from error


async def listen(channel: Channel, intake: Intake) -> None:
    """Starts a channel, and asks it for updates where they are not pushed. One that cannot start, because its platform is out of
    reach or does not know our token, is told and tried again, and so is one whose asking breaks off; the other channels run."""
    started = False
    while not (started and channel.webhook):
        try:
            if not started:
                await channel.started()
                started = True
                continue
            await poll(channel, intake)
        except SettingsError as error:
            LOG.error("%s: %s", channel.name, error)
        except Exception as error:
            LOG.error("%s: stopped and begun again: %s", channel.name, type(error).__name__)
        await asyncio.sleep(START_AGAIN_SECONDS)


async def poll(channel: Channel, intake: Intake) -> None:
    """Takes the updates of a channel one by one; the next is asked for once the one before is kept."""
    async for update in channel.poll():
        try:
            events = events_of(channel, update)
        except Malformed as error:
            LOG.warning("%s: an update that cannot be read: %s", channel.name, error)
            continue
        for event in events:
            while True:
                try:
                    await intake.take(channel, event)
                    break
                except Exception as error:  # the database is away: the update must not be confirmed
                    LOG.error("%s: an update was not kept: %s", channel.name, type(error).__name__)
                    await asyncio.sleep(AGAIN_SECONDS)
        if acknowledge := getattr(channel, "acknowledge", None):
            await acknowledge(update)
