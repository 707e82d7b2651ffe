"""Writing and sending in a real browser: taken back, later, forgotten files, what became of it."""

import pytest
from playwright.async_api import expect

from tests.serve.jmap.site import BOB
from tests.serve.web.letters import picture

from .browser import Watched, need_webmail, signed_in

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]
MAIL = "urn:ietf:params:jmap:mail"


@pytest.fixture
async def page(site, chromium):
    need_webmail()
    page = await signed_in(site, chromium)
    await page.get_by_text("All done").wait_for()
    return page


async def write(page, subject, text="Hello Bob"):
    await page.keyboard.press("c")
    await page.locator(".compose .rich-text").wait_for()
    await page.keyboard.type(BOB + ",")
    await page.fill("#compose-subject", subject)
    await page.locator(".compose .rich-text").click()
    await page.keyboard.type(text)


async def send(page):
    await page.locator(".compose-foot").get_by_role("button", name="Send", exact=True).click()


async def at_once(site, page):
    """Nothing waits for an undo."""
    name, _ = await site.client().call(
        "Preferences/set", ["urn:pillarbox:jmap:preferences"], accountId=f"a{site.ann}",
        update={"singleton": {"undoSeconds": 0}},
    )  # fmt: skip
    assert name == "Preferences/set"
    await page.reload()
    await page.get_by_text("All done").wait_for()


async def for_bob(site, properties=("subject",)):
    client = site.client(BOB)
    account = f"a{site.bob}"
    _, found = await client.call("Email/query", [MAIL], accountId=account)
    _, got = await client.call(
        "Email/get", [MAIL], accountId=account, ids=found["ids"], properties=list(properties)
    )
    return got["list"]


async def test_it_is_taken_back_and_goes_on(site, page):
    watched = Watched(page)
    await write(page, "Too early")
    await send(page)
    await page.get_by_text("Leaves in 10 seconds.").wait_for()
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator("#compose-subject")).to_have_value("Too early")
    await expect(page.locator(".compose .rich-text")).to_contain_text("Hello Bob")
    site.clock.advance(60)
    assert await for_bob(site) == []
    assert watched.problems == []


async def test_what_became_of_it_is_told(site, page):
    await at_once(site, page)
    await write(page, "On its way")
    await send(page)
    await page.get_by_text("Sent.", exact=True).wait_for()
    await page.locator(".place", has_text="Sent").click()
    await page.locator(".row-subject", has_text="On its way").click()
    await expect(page.locator(".fates")).to_contain_text("delivered")
    assert [one["subject"] for one in await for_bob(site)] == ["On its way"]


async def test_later_is_kept_by_the_server(site, page):
    await write(page, "Tomorrow")
    await page.get_by_role("button", name="Send later").click()
    await page.get_by_role("button", name="Tomorrow morning").click()
    await expect(page.locator(".toast")).to_contain_text("Leaves ")
    await page.locator(".place", has_text="Scheduled").click()
    await page.locator(".row-subject", has_text="Tomorrow").wait_for()
    assert await for_bob(site) == []


async def test_nothing_attached_is_asked_about(page):
    await write(page, "Plans", "The plans are attached.")
    await send(page)
    await page.get_by_text("Nothing is attached").wait_for()
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.locator(".compose")).to_be_visible()
    file = {"name": "plans.txt", "mimeType": "text/plain", "buffer": b"North bed: peas"}
    await page.locator(".compose input[type=file]").set_input_files(file)
    await page.locator(".compose").get_by_text("plans.txt").wait_for()
    await send(page)
    await page.get_by_text("Leaves in").wait_for()


async def test_a_picture_in_the_text_arrives_in_the_text(site, page):
    await at_once(site, page)
    await write(page, "Picture", "Look: ")
    await page.locator(".compose .rich-text").evaluate(
        """(box, octets) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(octets)], "a.png", {type: "image/png"}));
        box.dispatchEvent(new ClipboardEvent("paste",
          {clipboardData: data, bubbles: true, cancelable: true})); }""",
        list(picture("PNG", (30, 20))),
    )
    await page.locator(".compose .rich-text img").wait_for()
    await send(page)
    await page.get_by_text("Sent.", exact=True).wait_for()
    await page.locator(".place", has_text="Sent").click()
    await page.locator(".row-subject", has_text="Picture").click()
    await expect(page.locator(".fates")).to_contain_text("delivered")
    (found,) = await for_bob(site, ("bodyStructure", "hasAttachment"))
    assert not found["hasAttachment"]
    kinds = str(found["bodyStructure"])
    assert "multipart/related" in kinds
    assert "image/png" in kinds


async def test_who_is_nobody_is_told_at_once(page):
    await page.keyboard.press("c")
    await page.locator(".compose .rich-text").wait_for()
    await page.keyboard.type("nobody@example.test,")
    await page.fill("#compose-subject", "Lost")
    await page.locator(".compose .rich-text").click()
    await page.keyboard.type("Hello")
    await send(page)
    await expect(page.locator(".compose .banner.bad")).to_contain_text("nobody@example.test")
    await expect(page.locator(".compose .rich-text")).to_contain_text("Hello")


async def test_who_signs_out_finds_it_among_the_drafts(site, page):
    await write(page, "Half", "These words are dear to me.")
    await page.get_by_role("button", name="Account ann@example.test").click()
    await page.get_by_role("menuitem", name="Sign out").click()
    await page.wait_for_url("**/sign-in**")
    client, account = site.client(), f"a{site.ann}"
    _, found = await client.call("Email/query", [MAIL], accountId=account)
    _, got = await client.call(
        "Email/get", [MAIL], accountId=account, ids=found["ids"],
        properties=["subject", "preview", "keywords"],
    )  # fmt: skip
    (draft,) = got["list"]
    assert (draft["subject"], draft["preview"]) == ("Half", "These words are dear to me.")
    assert draft["keywords"]["$draft"]


async def test_mailto_links_open_it(site, page):
    link = "mailto:bob%40example.test?subject=Tea%20%26%20cake&body=At%20four%3F&cc=c@d.example"
    base = f"http://localhost:{site.port}"
    await page.goto(f"{base}/compose?mailto={link.replace('%', '%25').replace('&', '%26')}")
    await expect(page.locator("#compose-subject")).to_have_value("Tea & cake")
    await expect(page.locator(".compose .rich-text")).to_contain_text("At four?")
    assert await page.locator(".compose .recipient").count() == 2
