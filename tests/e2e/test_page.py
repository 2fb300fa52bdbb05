"""The page as a person uses it, in Chromium, against the whole product."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from shared.local.product import PAGE_DIR
from shared.local.seed import SAMPLES
from tests import browsers
from tests.e2e.conftest import Product

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.models, pytest.mark.timeout(600)]

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 240_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browsers.path(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, product: Product) -> Iterator[Page]:
    """A page in English, signed in as the admin; it fails the test when the console says an error."""
    assert (PAGE_DIR / "index.html").exists(), "the page is not built: make page"
    context = browser.new_context(base_url=product.running.url, locale="en-GB")
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto("/")
    page.get_by_label("User name").fill(product.running.login.admin)
    page.get_by_label("Password", exact=True).fill(product.running.login.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Calls", exact=True)).to_be_visible()
    yield page
    context.close()
    assert problems == []


def test_a_recording_uploaded_on_the_page_is_seen_moving_and_opens_with_its_result(page: Page) -> None:
    page.locator("input[type=file]").first.set_input_files(SAMPLES / "en-conference.ogg")
    row = page.get_by_role("link", name=re.compile("en-conference")).first
    expect(row).to_be_visible(timeout=30_000)
    row.click()

    main = page.locator("main")
    expect(main).to_contain_text(re.compile(r"\d+ of \d+ points"), timeout=PATIENCE_MS)
    for text in ("Operator", "Customer", "Silence", "Cost of the call", "Summary", "conference"):
        expect(main).to_contain_text(text)


def test_a_person_swaps_the_speakers_and_the_call_is_judged_again(product: Product, page: Page) -> None:
    body = json.loads((SAMPLES / "dialogues" / "en-washing-machine-wrong-model.json").read_text())
    body.pop("expected")
    body["title"] = "Swapped by a person"
    product.client.post("/v1/calls", json=body).raise_for_status()
    page.get_by_role("link", name=re.compile("Swapped by a person")).first.click()
    first = page.locator(".turn").first
    expect(first).to_contain_text("Operator", timeout=PATIENCE_MS)
    expect(page.locator("main")).to_contain_text(re.compile(r"\d+ of \d+ points"), timeout=PATIENCE_MS)

    page.get_by_role("button", name="Actions on this call").click()
    page.get_by_role("button", name="Swap operator and customer").click()
    expect(first).to_contain_text("Customer", timeout=PATIENCE_MS)
    expect(page.locator("main")).to_contain_text("revision 2", timeout=PATIENCE_MS)
    expect(page.get_by_role("heading", name="History").locator("..")).to_contain_text(
        re.compile(r"Done.*revision 2"), timeout=PATIENCE_MS
    )


def test_a_wrong_password_is_said_in_words(browser: Browser, product: Product) -> None:
    context = browser.new_context(base_url=product.running.url, locale="en-GB")
    page = context.new_page()
    page.goto("/")
    page.get_by_label("User name").fill("nobody")
    page.get_by_label("Password", exact=True).fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    context.close()


def test_the_page_stays_signed_in_when_it_is_loaded_again(page: Page) -> None:
    page.reload()
    expect(page.get_by_role("heading", name="Calls", exact=True)).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_list_and_a_call_fit_a_phone(product: Product, page: Page, scheme: str) -> None:
    body = json.loads((SAMPLES / "dialogues" / "uz-muzlatgich-sotuvi.json").read_text())
    body.pop("expected")
    product.client.post("/v1/calls", json=body).raise_for_status()
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": 360, "height": 740})
    row = page.get_by_role("link", name=re.compile("Muzlatgich")).first
    expect(row).to_be_visible(timeout=30_000)
    assert _overflow(page) <= 0

    row.click()
    expect(page.get_by_role("heading", name=re.compile("Muzlatgich"))).to_be_visible()
    assert _overflow(page) <= 0


def _overflow(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    wide: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wide
