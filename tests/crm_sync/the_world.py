"""The systems outside a store, all on this machine, and the store's targets that point at them."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from kit.secrets import KEY_SETTING, new_key, seal
from simulator.receivers.sftp import PASSWORD, USER, SftpServer
from simulator.receivers.smtp import SmtpSink
from simulator.receivers.star import StarService
from simulator.receivers.webhook import WebhookReceiver

KEY = new_key()


@dataclass(frozen=True)
class World:
    """Every receiver, running."""

    sftp: SftpServer
    smtp: SmtpSink
    webhook: WebhookReceiver
    readable_webhook: WebhookReceiver
    star: StarService
    folder: Path

    def settings(self, kind: str) -> dict[str, Any]:
        """What a store's target of that kind has to say to reach its receiver."""
        return {
            "csv_folder": lambda: {"folder": str(self.folder / "csv")},
            "sftp_drop": lambda: {
                "host": "127.0.0.1",
                "port": self.sftp.port,
                "username": USER,
                "password": seal(PASSWORD),
                "host_key": self.sftp.host_key,
                "folder": "/",
            },
            "adf_email": lambda: {
                "host": "127.0.0.1",
                "port": self.smtp.port,
                "security": "none",
                "sender": "lanekeeper@store.example",
                "to": "leads@crm.example",
            },
            "webhook": lambda: {"url": self.webhook.url, "secret": seal(self.webhook.secret)},
            "readable_webhook": lambda: {
                "url": self.readable_webhook.url,
                "secret": seal(self.readable_webhook.secret),
                "read_back_url": self.readable_webhook.read_back_url,
            },
            "star_rest": lambda: {"url": self.star.url, "token": seal(self.star.token)},
        }[kind]()


KINDS = ("csv_folder", "sftp_drop", "adf_email", "webhook", "readable_webhook", "star_rest")


@asynccontextmanager
async def a_world(folder: Path, *, now: float | None = None) -> AsyncIterator[World]:
    world = World(
        SftpServer(folder / "sftp"),
        SmtpSink(),
        WebhookReceiver(now=now),
        WebhookReceiver(now=now),
        StarService(),
        folder,
    )
    receivers = (world.sftp, world.smtp, world.webhook, world.readable_webhook, world.star)
    with patch.dict(os.environ, {KEY_SETTING: KEY}):
        for receiver in receivers:
            await receiver.start()
        try:
            yield world
        finally:
            for receiver in receivers:
                await receiver.close()
