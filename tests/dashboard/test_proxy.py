"""Behind Debian's nginx, under a path, with a password: as docs/deploy.md says."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.dashboard.conftest import ROOT, Server, free_port

pytestmark = pytest.mark.browser
NGINX = shutil.which("nginx") or ("/usr/sbin/nginx" if Path("/usr/sbin/nginx").exists() else None)


def location(port: int, passwords: Path) -> str:
    """The location blocks of docs/deploy.md, with this test's port and password file."""
    page = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    match = re.search(r"(    large_client_header_buffers.*?\n    \}\n)\}", page, re.DOTALL)
    assert match
    return (
        match[1]
        .replace("127.0.0.1:8765", f"127.0.0.1:{port}")
        .replace("/etc/nginx/alliances.htpasswd", str(passwords))
    )


@pytest.fixture
def proxied(browser: Any, tmp_path: Path) -> Iterator[str]:
    """The address of a dashboard behind nginx."""
    if NGINX is None:
        pytest.skip("no nginx was found: apt-get install -y nginx")
    server = Server(tmp_path, "--root-path", "/alliances").wait()
    outside = free_port()
    (tmp_path / "passwords").write_text("county:{PLAIN}secret\n")
    temporary = " ".join(
        f"{kind}_temp_path {tmp_path}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = f"user {'root' if os.getuid() == 0 else 'nobody'};" if os.getuid() == 0 else ""
    (tmp_path / "nginx.conf").write_text(
        f"{user} pid {tmp_path}/nginx.pid; error_log {tmp_path}/error.log; events {{}}\n"
        f"http {{ access_log off; {temporary}\n"
        "map $http_upgrade $connection_upgrade { default upgrade; '' close; }\n"
        f"server {{ listen "
        f"127.0.0.1:{outside};\n{location(server.port, tmp_path / 'passwords')}}} }}\n"
    )
    subprocess.run(
        [NGINX, "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)],
        check=True,
        capture_output=True,
    )
    until = time.monotonic() + 10
    while not (tmp_path / "nginx.pid").exists() and time.monotonic() < until:
        time.sleep(0.1)
    yield f"http://127.0.0.1:{outside}/alliances/"
    os.kill(int((tmp_path / "nginx.pid").read_text()), signal.SIGTERM)
    server.stop()


def test_page_works_behind_the_proxy(browser: Any, proxied: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(proxied, timeout=20)
    assert refused.value.code == 401
    context = browser.new_context(
        http_credentials={"username": "county", "password": "secret"}, locale="en-GB"
    )
    page = context.new_page()
    page.set_default_timeout(90_000)
    bad: list[str] = []
    page.on(
        "response",
        lambda answer: (
            bad.append(f"{answer.status} {answer.url}")
            if answer.status >= 400 and answer.status != 401
            else None
        ),
    )
    page.goto(proxied + "?lang=en")
    page.wait_for_selector(".answer .chart[data-drawn]")
    before = page.inner_text(".verdict .says")
    page.get_by_label("Years ahead").fill("10")
    page.wait_for_function(
        "before => ![undefined, before].includes(document.querySelector('.verdict "
        ".says')?.innerText)",
        arg=before,
    )
    page.wait_for_function(
        "location.pathname === '/alliances/' && location.search.includes('years=10')"
    )
    page.click("nav >> text=Evidence")
    page.wait_for_selector(".sheet tbody tr")
    page.reload()
    page.wait_for_selector(".sheet tbody tr")
    context.close()
    assert not bad, bad
