"""`alliances dashboard`: open the page in which strategies are compared, on this machine."""

from __future__ import annotations

import os
import sys
import threading
import webbrowser
from argparse import ArgumentParser, Namespace

from village_alliances.interface import (
    inputs,
    terminal,  # noqa: F401  (prepares the console, as every command does)
)
from village_alliances.sim.worded import worded
from village_alliances.wording import say

HOST, PORT = "127.0.0.1", 8765


def arguments(parser: ArgumentParser, lang: str) -> None:
    """--host, --port, --root-path, --open, --precompute."""
    parser.add_argument(
        "--host",
        default=HOST,
        metavar="ADDRESS",
        help=say("dashboard.option.host", lang, host=HOST),
    )
    parser.add_argument(
        "--port",
        type=int,
        default=PORT,
        metavar="N",
        help=say("dashboard.option.port", lang, port=PORT),
    )
    parser.add_argument(
        "--root-path", default="", metavar="/PATH", help=say("dashboard.option.root_path", lang)
    )
    parser.add_argument("--open", action="store_true", help=say("dashboard.option.open", lang))
    parser.add_argument(
        "--precompute", action="store_true", help=say("dashboard.option.precompute", lang)
    )


def run(options: Namespace) -> int:
    """Serve until interrupted. Raises BadInput."""
    lang = options.lang
    try:
        import solara  # noqa: F401
        import uvicorn
    except ImportError:
        raise inputs.BadInput([worded("dashboard.option.not_installed")]) from None
    if not 0 < options.port < 65536:
        raise inputs.BadInput([worded("dashboard.option.bad_port", port=options.port)])
    if options.precompute:
        from village_alliances.interface.dashboard import predictions, stored

        stored.write_default()
        print(stored.DEFAULT)
        stale = not predictions.predictions()  # of another model or posterior, or none
        if stale and predictions.write_predictions():
            print(predictions.STORED)
        return 0
    if options.host not in (HOST, "localhost", "::1"):
        print(say("dashboard.option.open_to_all", lang, host=options.host), file=sys.stderr)
    os.environ["SOLARA_APP"] = "village_alliances.interface.dashboard.page"
    from village_alliances.interface.dashboard import server

    server.close_defaults(root_path=options.root_path)
    from solara.server.starlette import app

    server.guard()
    url = f"http://{options.host}:{options.port}{options.root_path.rstrip('/')}/"
    print(say("dashboard.option.serving", lang, url=url), flush=True)
    if options.open:
        threading.Timer(2.0, webbrowser.open, [url]).start()
    uvicorn.run(
        app,
        host=options.host,
        port=options.port,
        log_level="warning",
        ws_max_size=server.LARGEST_MESSAGE,
        access_log=False,
    )
    return 0
