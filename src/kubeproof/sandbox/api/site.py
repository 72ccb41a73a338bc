"""Where the API is served: on a socket that somebody else has bound."""

import socket
import ssl

from aiohttp import web


async def serve(
    app: web.Application, listener: socket.socket, proof: ssl.SSLContext | None = None
) -> None:
    """Answer requests on a listening socket for as long as the event loop runs.

    Over TLS with ``proof`` of who it is, else over plain HTTP.

    A request's handler is cancelled when its client goes, which is what ends a watch.
    """
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True)
    await runner.setup()
    await web.SockSite(runner, listener, ssl_context=proof).start()
