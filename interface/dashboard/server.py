"""How the page is served: closed defaults of Solara, nothing from the internet, requests from
other origins turned away."""

from __future__ import annotations

import contextlib
import ctypes
import os
import secrets
import sys
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

STATIC = Path(__file__).parent / "static"
LARGEST_MESSAGE = (
    16 * 1024 * 1024
)  # bytes a browser may send at once; an upload is limited to far less (tables.py)
TITLE = "Village alliances · 村村联合"


def close_defaults(root_path: str = "") -> None:
    """Set what Solara leaves open or sends abroad. Called before a page is served,
    however the server was started."""
    os.environ.setdefault(
        "MPLBACKEND", "agg"
    )  # else Solara names one of notebooks, which every command begun from here would inherit
    import solara.server.cdn_helper as cdn
    import solara.server.settings as s
    import solara.settings

    if root_path:
        s.main.root_path = root_path.rstrip("/")
    s.telemetry.mixpanel_enable = False
    s.main.mode = "production"
    s.theme.show_banner = False
    s.theme.title = TITLE
    s.theme.loader = "plain"
    s.assets.fontawesome_enabled = False
    s.session.http_only = True
    if s.session.secret_key == s.SESSION_SECRET_KEY_DEFAULT:
        s.session.secret_key = secrets.token_hex(32)
    if "SOLARA_KERNEL_CULL_TIMEOUT" not in os.environ:
        s.kernel.cull_timeout = "30m"
    s.kernel.max_per_session = min(s.kernel.max_per_session, 20)
    if str(STATIC) not in s.assets.extra_locations:
        s.assets.extra_locations = [str(STATIC), *s.assets.extra_locations]
    solara.settings.main.check_hooks = "off"
    cdn.fetch_from_cdn = _never


TURN = 0.001  # seconds


def share_memory() -> None:
    """Let all threads allocate from two pools, where the system is glibc's: by default each thread
    keeps a pool of its own and what lies unused in it."""
    pools_at_most = -8  # M_ARENA_MAX of malloc.h
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").mallopt(pools_at_most, 2)


def take_short_turns() -> None:
    """Let threads hand the interpreter on five times as often as by default: drawing a page is many
    small steps, and each waits for a thread that computes."""
    sys.setswitchinterval(TURN)


def warm_up() -> None:
    """Have everything compiled and imported before the first visitor comes."""
    from village_alliances.interface.dashboard import answers, sweeps  # noqa: F401
    from village_alliances.sim import ensemble, model  # noqa: F401

    ensemble.warm_up()
    from village_alliances.interface.dashboard import hunts  # noqa: F401


_warming = threading.Thread(target=warm_up, daemon=True, name="warm up")


def warm_up_aside() -> None:
    """Warm up in a thread, so that the server answers meanwhile."""
    import scipy.spatial  # noqa: F401  (here: two threads that import it at once see it half made)

    _warming.start()


def wait_until_warm() -> None:
    """Wait for that thread: two threads that import the same large package
    at once see it half made."""
    if _warming.is_alive():
        _warming.join()


def _never(url: str) -> bytes:
    raise FileNotFoundError(
        f"{url} is not among the installed files, and nothing is fetched from the internet"
    )


def guard() -> None:
    """Put `Guard` before Solara's application, once."""
    from solara.server.starlette import app

    if getattr(app, "guarded", False):
        return
    app.guarded = True
    if app.middleware_stack is None:
        app.add_middleware(Guard)
    else:
        app.middleware_stack = Guard(app.middleware_stack)


class Guard:
    """Turns away a websocket that another site's page opens, and tells browsers to keep
    the page to itself (ASGI)."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one connection, or refuse it."""
        if scope["type"] == "websocket" and not same_origin(headers_of(scope)):
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": "another origin"})
            return

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *HEADERS]
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)


HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"referrer-policy", b"no-referrer"),
    (
        b"content-security-policy",
        b"default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
        b"style-src 'self' 'unsafe-inline'; "
        b"img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' ws: "
        b"wss:; object-src 'none'; base-uri 'self'",
    ),
)


def headers_of(scope: Any) -> dict[str, str]:
    """The headers of an ASGI connection, names in lower case."""
    return {
        name.decode("latin-1").lower(): value.decode("latin-1")
        for name, value in scope.get("headers", [])
    }


def same_origin(headers: dict[str, str]) -> bool:
    """Whether the page that asks came from this server. A program other than a
    browser sends no origin."""
    origin = headers.get("origin")
    if origin is None:
        return True
    asked = {headers.get("host", ""), headers.get("x-forwarded-host", "")} - {""}
    return urlsplit(origin).netloc in asked
