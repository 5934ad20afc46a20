"""The pages' own scripts are typed, and nothing is loaded from elsewhere."""

import os
import subprocess
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from .conftest import REPOSITORY


def test_the_scripts_have_no_fault_of_type() -> None:
    tsc = Path(os.environ["WINDLASS_CLIENT_TOOLS"]) / "node" / "node_modules" / ".bin" / "tsc"
    assets = REPOSITORY / "crates" / "dashboard" / "assets"
    options = ["--noEmit", "--checkJs", "--allowJs", "--strict", "--target", "es2022", "--lib", "es2022,dom,dom.iterable"]
    checked = subprocess.run([tsc, *options, assets / "page.js", assets / "shared.js"], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


def test_nothing_is_loaded_from_another_host(server: Any, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server.url}/ui/")
    expect(page.locator("#lamp")).to_have_text("live")
    assert asked and all(url.startswith(server.url) for url in asked), asked
