"""Pictures of a running installation's admin, for the documentation: `python scripts/pictures.py URL USER PASSWORD`.

Needs Playwright and a Chromium: CHROMIUM_BIN, or `chromium` on the PATH.
"""  # noqa: INP001 - a program, not a package

import argparse
import os
import shutil
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "img"


def main() -> None:
    asked = _arguments()
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        # Chromium's sandbox does not start for root.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=_chromium(), args=arguments)
        for scheme in ("light", "dark"):
            _take(browser, asked, scheme)
        browser.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="such as http://127.0.0.1:8000")
    parser.add_argument("user")
    parser.add_argument("password")
    return parser.parse_args()


def _chromium() -> str:
    path = os.environ.get("CHROMIUM_BIN") or shutil.which("chromium")
    if not path:
        raise SystemExit("No Chromium: install it, or name it in CHROMIUM_BIN.")
    return path


def _take(browser: Browser, asked: argparse.Namespace, scheme: str) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="dark" if scheme == "dark" else "light")
    suffix = "-dark" if scheme == "dark" else ""
    page.goto(f"{asked.url}/admin/")
    page.fill("[name=username]", asked.user)
    page.fill("[name=password]", asked.password)
    page.click("[type=submit]")
    page.wait_for_selector("#nav-sidebar")
    _shoot(page, f"index{suffix}")
    page.goto(f"{asked.url}/admin/orders/order/")
    _shoot(page, f"order-list{suffix}")
    _first(page, asked.url, "orders/order", suffix)
    _first(page, asked.url, "chain/wallet", suffix)
    page.close()


def _first(page: Page, url: str, model: str, suffix: str) -> None:
    """The page of the first row in a model's list."""
    page.goto(f"{url}/admin/{model}/")
    first = page.locator("#result_list a[href*='/change/']").first
    page.goto(url + str(first.get_attribute("href")))
    _shoot(page, f"{model.rpartition('/')[2]}{suffix}", whole=True)


def _shoot(page: Page, name: str, *, whole: bool = False) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=PICTURES / f"{name}.png", full_page=whole)


if __name__ == "__main__":
    main()
