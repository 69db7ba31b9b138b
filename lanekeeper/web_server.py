"""uvicorn inside our own process life: it listens and closes when told, and never on a signal of its own."""

import socket

import uvicorn
from starlette.types import ASGIApp

from kit.errors import ConfigurationError

_LONGEST_REQUEST_SECONDS = 10


class WebServer:
    """One listening HTTP server. `port` is known once started; port 0 picks a free one."""

    def __init__(self, app: ASGIApp) -> None:
        config = uvicorn.Config(
            app,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_LONGEST_REQUEST_SECONDS,
            h11_max_incomplete_event_size=16_384,
        )
        self._config = config
        self._server = uvicorn.Server(config)
        self.port = 0

    async def start(self, host: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            listener.close()
            raise ConfigurationError(
                f"LANEKEEPER_WEB_ADDRESS: cannot listen on {host}:{port} ({error.strerror}); choose another"
            ) from error
        listener.setblocking(False)
        self.port = listener.getsockname()[1]
        self._config.load()
        self._server.lifespan = self._config.lifespan_class(self._config)
        await self._server.startup(sockets=[listener])
        self._sockets = [listener]

    async def stop(self) -> None:
        """Answers what was asked, then closes; requests that take too long are cut."""
        self._server.should_exit = True
        await self._server.shutdown(sockets=self._sockets)
