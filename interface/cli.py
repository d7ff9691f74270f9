"""The command `alliances`: finds the subcommand, says errors in words, and gives the exit code.

Exit codes: 0 well, 2 bad input, 3 some runs failed, 130 interrupted, 1 something unexpected (its
stack goes to a file). A subcommand is a module of its name in interface/commands/ with
`arguments(parser, lang)` and `run(options) -> int`, and a line in the table [command] of
wording/cli.toml. Only the one that is asked for is imported, so help is quick.
"""

from __future__ import annotations

import argparse
import atexit
import contextlib
import importlib
import os
import re
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Iterator, Sequence
from types import FrameType
from typing import Any, NoReturn

from village_alliances.interface import terminal
from village_alliances.wording import LANGUAGES, language, say, table, titled

from village_alliances import __version__

FINE, UNEXPECTED, BAD_INPUT, SOME_FAILED, INTERRUPTED = 0, 1, 2, 3, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out one command line (default: that of the process) and give back its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    lang = language_of(words)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(
                errors="replace"
            )  # a terminal that lacks a character shows ? instead of failing
    try:
        return carry_out(words, lang)
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else FINE
    except KeyboardInterrupt:
        complain(say("cli.interrupted", lang))
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # whoever read us has had enough
        return FINE
    except Exception as error:
        return explain(error, lang)


def command() -> NoReturn:
    """The command as a process of its own. One that was interrupted ends here and now: a thread
    that is still inside compiled code would bring down an interpreter that tidies up."""
    code = main()
    if code == INTERRUPTED:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def parsed(words: Sequence[str], lang: str) -> tuple[argparse.Namespace, Any]:
    """What a command line asks for, and the module that does it. Raises SystemExit after
    help and after wrong syntax."""
    with speaking(lang):
        return _parsed(words, lang)


def _parsed(words: Sequence[str], lang: str) -> tuple[argparse.Namespace, Any]:
    commands = table("cli.command")
    asked = next((word for word in words if word in commands), "")
    parser = Parser(
        prog="alliances",
        description=say("cli.purpose", lang),
        epilog=say("cli.epilog", lang),
        lang=lang,
    )
    parser.add_argument(
        "--version",
        action="version",
        version=f"alliances {__version__}",
        help=say("cli.option.version", lang),
    )
    which = parser.add_subparsers(
        title=say("cli.commands", lang), dest="command", metavar="COMMAND", parser_class=Parser
    )
    module: Any = None
    for name, text in commands.items():
        sub = which.add_parser(name, help=text[lang], description=text[lang], lang=lang)
        if name == asked:
            module = importlib.import_module(
                f"village_alliances.interface.commands.{name.replace('-', '_')}"
            )
            module.arguments(sub, lang)
    options = parser.parse_args(words)
    if options.command is None:
        parser.print_help()
        raise SystemExit(BAD_INPUT)
    options.lang = lang
    return options, module


def carry_out(words: Sequence[str], lang: str) -> int:
    """Parse and run a command line. Raises SystemExit as `parsed` does."""
    options, module = parsed(words, lang)
    with interrupted_alike():
        try:
            return int(module.run(options))
        finally:
            _say_where_code_is_kept(lang)


def _say_where_code_is_kept(lang: str) -> None:
    """Say it where compiled code and fonts do not lie where they should; for
    commands that had need of them."""
    module = sys.modules.get("village_alliances.sim.kept")
    remark = module.remark() if module is not None else None
    if remark is not None:
        complain(terminal.wrap(titled(say("cli.warnings", lang), lang, remark.lang(lang))))


def language_of(words: Sequence[str]) -> str:
    """The language of a command line: its --lang, else that of the environment."""
    for word, following in zip(words, [*words, ""][1:], strict=True):
        text = following if word == "--lang" else word.removeprefix("--lang=")
        if text in LANGUAGES and word.startswith("--lang"):
            return text
    return language()


class Formatter(argparse.HelpFormatter):
    """Help whose Chinese lines are as wide as they look."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30, width=terminal.columns_wide())

    def _split_lines(self, text: str, width: int) -> list[str]:
        return terminal.wrap(" ".join(text.split()), width).split("\n")

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return indent + terminal.wrap(" ".join(text.split()), width, len(indent))


class Parser(argparse.ArgumentParser):
    """A parser that speaks `lang`."""

    def __init__(
        self, *, prog: str, description: str, lang: str, epilog: str | None = None
    ) -> None:
        super().__init__(
            prog=prog,
            description=description,
            epilog=epilog,
            add_help=False,
            allow_abbrev=False,
            formatter_class=Formatter,
        )
        self.lang = lang
        self.add_argument("-h", "--help", action="help", help=say("cli.option.help", lang))
        self.add_argument(
            "--lang",
            choices=LANGUAGES,
            default=argparse.SUPPRESS,
            help=say("cli.option.lang", lang),
        )

    def format_help(self) -> str:
        """Headings end as [syntax] says; before Python 3.12 argparse does not look that up."""
        ending = table("cli.syntax")["%(heading)s:"][self.lang]
        page = super().format_help()
        return re.sub(r"^(\w+):$", lambda line: ending % {"heading": line[1]}, page, flags=re.M)

    def error(self, message: str) -> NoReturn:
        complain(self.format_usage().rstrip())
        complain(f"{self.prog}: {message}")
        raise SystemExit(BAD_INPUT)


def complain(text: str) -> None:
    """Say something on the error stream."""
    print(terminal.printable(text), file=sys.stderr, flush=True)


@contextlib.contextmanager
def speaking(lang: str) -> Iterator[None]:
    """While this lasts argparse speaks `lang`. It takes each sentence from gettext, by two names:
    they lead to [syntax] here."""
    spoken = {name: text[lang] for name, text in table("cli.syntax").items()}

    def sentence(text: str) -> str:
        return spoken.get(text, text)

    def one_or_many(name: str, many: str, count: int) -> str:
        return sentence(name if count == 1 else many)

    before = vars(argparse)["_"], vars(argparse)["ngettext"]
    vars(argparse).update(_=sentence, ngettext=one_or_many)
    try:
        yield
    finally:
        vars(argparse).update(_=before[0], ngettext=before[1])


class CommandStopped(KeyboardInterrupt):
    """Ctrl-C or a polite kill. A class of its own, for Python ends itself by SIGINT where a bare
    KeyboardInterrupt has passed through `exec`, which importing is full of, caught or not."""


@contextlib.contextmanager
def interrupted_alike() -> Iterator[None]:
    """While this lasts, Ctrl-C and a polite kill stop the command alike."""

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        raise CommandStopped

    signals = (signal.SIGINT, signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread():  # nobody's signals are ours
        yield
        return
    before = [signal.signal(which, stop) for which in signals]
    try:
        yield
    finally:
        for which, handler in zip(signals, before, strict=True):
            signal.signal(which, handler)


def explain(error: Exception, lang: str) -> int:
    """Say what went wrong without a stack. Errors with `message(lang)` are bad input, as are
    files that cannot be used."""
    message = getattr(error, "message", None)
    if callable(message):
        complain(str(message(lang)))
        return BAD_INPUT
    if isinstance(error, OSError) and error.strerror:
        complain(
            say("cli.cannot_file", lang, path=error.filename, reason=error.strerror)
            if error.filename
            else error.strerror
        )
        return BAD_INPUT
    if isinstance(error, MemoryError):
        complain(say("cli.no_memory", lang))
        return BAD_INPUT
    with tempfile.NamedTemporaryFile(
        "w", prefix="alliances-", suffix=".log", delete=False, encoding="utf-8"
    ) as file:
        traceback.print_exception(error, file=file)
    first = (str(error).splitlines() or [""])[0]
    complain(
        say("cli.unexpected", lang, error=f"{type(error).__name__}: {first}"[:300], path=file.name)
    )
    return UNEXPECTED


if __name__ == "__main__":
    command()
