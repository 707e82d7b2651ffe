"""The settings of the webmail in a real browser, with a real server behind it."""

import asyncio
import os
import re
from pathlib import Path

import pyotp
import pytest

from tests.serve.jmap.site import PASSWORD

from .browser import VirtualAuthenticator, Watched, need_webmail, signed_in, violations

pytestmark = pytest.mark.e2e

SHOTS = os.environ.get("PILLARBOX_SHOTS", "")
"""A folder for pictures of the pages; empty for none."""
PAGES = (
    "general", "writing", "labels", "senders", "vacation", "keyboard", "notifications", "offline",
    "security", "account", "transfer",
)  # fmt: skip
LOOKS = [
    ("light", (1280, 900), "en-GB"),
    ("dark", (1280, 900), "de-DE"),
    ("light", (360, 740), "de-DE"),
]


@pytest.fixture(autouse=True)
def _built():
    need_webmail()


def base(site):
    return f"http://localhost:{site.port}"


async def shot(page, name):
    if SHOTS:
        await page.screenshot(path=f"{SHOTS}/{name}.png")


async def preferences(site):
    using = ["urn:pillarbox:jmap:preferences"]
    _, found = await site.client().call(
        "Preferences/get", using, accountId=f"a{site.ann}", ids=None
    )
    return found["list"][0]


@pytest.mark.parametrize(("scheme", "size", "locale"), LOOKS)
async def test_nothing_stands_in_anybodys_way(site, chromium, scheme, size, locale):
    viewport = {"width": size[0], "height": size[1]}
    page = await signed_in(
        site, chromium, "/settings", color_scheme=scheme, viewport=viewport, locale=locale
    )
    watched = Watched(page)
    narrow = size[0] < 800
    await page.get_by_role("searchbox").first.wait_for()
    await shot(page, f"settings-{scheme}-{size[0]}")
    assert await violations(page) == []
    for name in PAGES:
        await page.goto(f"{base(site)}/settings/{name}")
        await page.locator(".settings-page .setting").first.wait_for()
        await page.wait_for_load_state("networkidle")
        await shot(page, f"{name}-{scheme}-{size[0]}")
        assert await violations(page) == [], name
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size[0], name
        if narrow:
            assert not await page.locator(".settings-side").is_visible()
    assert watched.problems == []


async def test_a_setting_is_found_by_words_and_kept(site, chromium):
    page = await signed_in(site, chromium, "/settings")
    await page.get_by_role("searchbox", name="Search settings").fill("night mode")
    await page.keyboard.press("Enter")
    await page.wait_for_url(re.compile("/settings/general"))
    focused = await page.evaluate("document.activeElement.tagName")
    assert focused == "SELECT"
    await page.get_by_label("Colours").select_option("dark")
    await page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
    await page.get_by_label("Language").select_option("de")
    await page.get_by_role("heading", name="Einstellungen").wait_for()
    await page.reload()
    await page.get_by_role("heading", name="Einstellungen").wait_for()
    kept = await preferences(site)
    assert (kept["theme"], kept["language"]) == ("dark", "de")


async def test_a_key_is_pressed_anew_and_conflicts_are_told(site, chromium):
    page = await signed_in(site, chromium, "/settings/keyboard")
    await page.get_by_role("button", name="Change the key: Go to Sent").click()
    await page.get_by_label("New key").press("g")
    await page.get_by_text("is used already").wait_for()
    await page.get_by_label("New key").press("y")
    await page.get_by_role("dialog").get_by_role("button", name="Save").click()
    await page.get_by_role("dialog").wait_for(state="hidden")
    assert (await preferences(site))["keyboard"]["map"] == {"goSent": "g y"}
    await page.get_by_role("button", name="Change the key: Write").click()
    await page.get_by_role("button", name="No key").click()
    await page.get_by_role("dialog").wait_for(state="hidden")
    await page.locator("body").press("c")
    await page.locator("body").press("g")
    await page.locator("body").press("y")
    await page.wait_for_url(re.compile("/mail/"))


async def test_labels_and_folders(site, chromium):
    page = await signed_in(site, chromium, "/settings/labels")
    await page.get_by_label("New label").fill("To read")
    await page.keyboard.press("Enter")
    await page.get_by_label("Name of the label To read").wait_for()
    assert (await preferences(site))["labels"][0]["keyword"] == "to_read"
    await page.locator("#setting-folders > .button").click()
    await page.get_by_role("dialog").get_by_label("Name", exact=True).fill("Garden")
    await page.get_by_role("dialog").get_by_role("button", name="Save").click()
    await page.get_by_role("button", name="With the folder Garden").click()
    await page.get_by_role("menuitem", name="Another name").click()
    await page.get_by_role("dialog").get_by_label("Name", exact=True).fill("Orchard")
    await page.get_by_role("dialog").get_by_role("button", name="Save").click()
    await page.get_by_role("button", name="With the folder Orchard").click()
    await page.get_by_role("menuitem", name="Delete the folder").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await page.get_by_text("Folder “Orchard” deleted").wait_for()


async def test_blocked_senders(site, chromium):
    page = await signed_in(site, chromium, "/settings/senders")
    field = page.get_by_label("Address to block")
    await field.fill("nobody")
    await page.keyboard.press("Enter")
    await page.get_by_text("This is no address").wait_for()
    await field.fill("Troll@Example.net")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Remove troll@example.net").wait_for()
    assert (await preferences(site))["blockedSenders"] == ["troll@example.net"]


async def test_security_asks_who_is_there(site, chromium):
    """An app password, an authenticator app, and a passkey, after confirming once."""
    page = await signed_in(site, chromium, "/settings/security")
    watched = Watched(page)
    await VirtualAuthenticator(page).plug_in()
    site.clock.advance(3600)
    await page.get_by_role("button", name="New app password").click()
    await page.get_by_label("For which program").fill("Phone")
    await page.get_by_role("button", name="Make it").click()
    await page.get_by_label("Your password", exact=True).fill("wrong")
    await page.get_by_role("button", name="Confirm", exact=True).click()
    await page.get_by_role("alert").wait_for()
    assert await violations(page) == []
    await page.get_by_label("Your password", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Confirm", exact=True).click()
    secret = await page.locator(".secret").inner_text()
    assert len(secret) > 12
    await shot(page, "app-password")
    await page.get_by_role("button", name="I have kept it").click()
    await page.get_by_role("button", name="Remove Phone").wait_for()

    await page.get_by_role("button", name="Set up an authenticator app").click()
    secret = await page.locator(".secret").inner_text()
    picture = page.get_by_role("img", name="QR code")
    assert await picture.evaluate("async (image) => { await image.decode(); return true; }")
    await shot(page, "totp")
    assert await violations(page) == []
    code = pyotp.TOTP(secret.replace(" ", "")).at(site.clock.now())
    await page.get_by_label("The code that the app shows now").fill(code)
    await page.get_by_role("button", name="Turn on").click()
    await page.locator(".codes li").first.wait_for()
    assert await page.locator(".codes li").count() == 10
    await page.get_by_role("button", name="I have kept it").click()
    await page.get_by_text("Codes are asked for").wait_for()

    await page.get_by_label("Name of the new passkey").fill("Laptop")
    await page.get_by_role("button", name="Add a passkey").click()
    await page.get_by_role("button", name="Remove Laptop").wait_for()
    site.clock.advance(3600)
    await page.get_by_role("button", name="Remove Laptop").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await page.get_by_role("button", name="Confirm with a passkey").click()
    await page.get_by_role("button", name="Remove Laptop").wait_for(state="detached")
    await page.get_by_text("Passkey removed").wait_for()
    assert watched.problems == []


async def test_other_sessions_are_ended(site, chromium):
    await signed_in(site, chromium, "/settings/account")
    page = await signed_in(site, chromium, "/settings/security")
    await page.get_by_role("button", name="Sign out everywhere else").click()
    await page.get_by_role("dialog").get_by_role("button", name="Sign out everywhere else").click()
    await page.get_by_text("Signed out in one other place").wait_for()


async def test_who_is_away_says_so(site, chromium):
    page = await signed_in(site, chromium, "/settings/vacation")
    watched = Watched(page)
    await page.get_by_role("switch").click()
    await page.get_by_label("Subject").fill("Gone fishing")
    await page.locator("#setting-vacation textarea").fill("Back on Monday.\nAnn")
    await page.get_by_role("button", name="Save").click()
    await page.locator("#setting-vacation .banner").wait_for()
    using = ["urn:ietf:params:jmap:vacationresponse"]
    _, found = await site.client().call(
        "VacationResponse/get", using, accountId=f"a{site.ann}", ids=None
    )
    (said,) = found["list"]
    assert (said["isEnabled"], said["subject"]) == (True, "Gone fishing")
    assert said["textBody"] == "Back on Monday.\nAnn"
    await page.reload()
    await page.locator("#setting-vacation .banner").wait_for()
    assert await violations(page) == []
    assert watched.problems == []


MBOX = b"""From - Mon Mar  2 10:00:00 2026
From: Bob <bob@example.net>
To: ann@example.test
Subject: First of two
Message-ID: <one@example.net>
Date: Mon, 2 Mar 2026 10:00:00 +0000

One
>From the start

From - Mon Mar  2 11:00:00 2026
From: Bob <bob@example.net>
To: ann@example.test
Subject: Second of two
Message-ID: <two@example.net>
Date: Mon, 2 Mar 2026 11:00:00 +0000

Two

"""


async def test_mail_is_taken_in_and_given_out(site, chromium, tmp_path):
    page = await signed_in(site, chromium, "/settings/transfer")
    file = tmp_path / "old.mbox"
    file.write_bytes(MBOX)
    await page.locator("#setting-import select").select_option(label="Inbox")
    await page.locator("#setting-import input[type=file]").set_input_files(str(file))
    await page.locator("#setting-import").get_by_role("status").wait_for()
    await page.goto(f"{base(site)}/")
    await page.get_by_text("Second of two").first.wait_for()
    await page.get_by_text("First of two").first.wait_for()
    await page.goto(f"{base(site)}/settings/transfer")
    async with page.expect_download() as download:
        await page.locator("#setting-export").get_by_role("button").last.click()
    given = await asyncio.to_thread(Path(await (await download.value).path()).read_bytes)
    assert given.count(b"Subject: First of two") == 1
    assert given.count(b"Subject: Second of two") == 1
    assert b">From the start" in given
