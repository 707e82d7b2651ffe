"""Without a connection: what was there is read, what is done waits and is done once."""

import pytest
from playwright.async_api import expect

from tests.serve.jmap.site import BOB
from tests.serve.web.letters import file, letter

from .browser import Watched, need_webmail, signed_in

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]
MAIL = "urn:ietf:params:jmap:mail"
KEPT = """async () => {
  await navigator.serviceWorker.ready;
  for (;;) {
    const cache = await caches.open("pillarbox-files");
    if (await cache.match("/") && (await cache.keys()).length > 20) return;
    await new Promise(done => setTimeout(done, 50));
  } }"""


async def mails(site, account, username, role):
    client = site.client(username)
    _, boxes = await client.call("Mailbox/get", [MAIL], accountId=account, ids=None)
    (box,) = [one["id"] for one in boxes["list"] if one["role"] == role]
    _, found = await client.call(
        "Email/query", [MAIL], accountId=account, filter={"inMailbox": box}
    )
    return found["ids"]


@pytest.fixture
async def page(site, chromium):
    """The inbox with two letters, all of it kept, and the connection gone."""
    need_webmail()
    for subject in ("First", "Second"):
        octets = letter(("text/plain", f"Words of {subject}"))
        octets = octets.replace(b"Subject: Hello", f"Subject: {subject}".encode())
        await file(site.db, site.ann, octets)
    page = await signed_in(site, chromium)
    await page.locator(".row-subject", has_text="First").click()
    await page.locator(".plain", has_text="Words of First").wait_for()
    await page.locator(".row-subject", has_text="Second").click()
    await page.locator(".plain", has_text="Words of Second").wait_for()
    await page.evaluate(KEPT)
    await page.wait_for_event(
        "requestfinished", lambda asked: "Identity/get" in (asked.post_data or "")
    )
    await page.wait_for_load_state("networkidle")
    await page.context.set_offline(True)
    await page.goto(f"http://localhost:{site.port}/")
    await page.locator(".row-subject", has_text="First").wait_for()
    return page


async def test_mail_is_read(page):
    watched = Watched(page)
    await expect(page.locator(".offline")).to_be_visible()
    await page.locator(".row-subject", has_text="First").click()
    await page.locator(".plain", has_text="Words of First").wait_for()
    # Parts of the program that were never shown are there, too.
    await page.goto(page.url.split("/mail")[0] + "/contacts")
    await page.get_by_role("heading", name="Contacts", exact=True).wait_for()
    assert watched.problems == []


async def test_what_one_does_is_done_later(site, page):
    account = f"a{site.ann}"
    await page.locator(".row", has_text="First").locator("input").click()
    await page.keyboard.press("e")
    await expect(page.locator(".row-subject", has_text="First")).to_have_count(0)
    await page.keyboard.press("c")
    await page.locator(".compose .rich-text").wait_for()
    await page.keyboard.type(BOB + ",")
    await page.fill("#compose-subject", "From the train")
    await page.locator(".compose .rich-text").click()
    await page.keyboard.type("Soon there.")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".toast.bad")).to_contain_text("leaves by itself")
    assert await mails(site, account, "ann@example.test", "archive") == []
    assert await mails(site, f"a{site.bob}", BOB, "inbox") == []
    await page.context.set_offline(False)
    await page.reload()
    await expect(page.locator(".offline")).to_have_count(0)
    await expect(page.locator(".row-subject", has_text="First")).to_have_count(0)
    await expect(page.get_by_text("Leaves in")).to_be_visible()
    assert len(await mails(site, account, "ann@example.test", "archive")) == 1
    assert len(await mails(site, account, "ann@example.test", "sent")) == 1


async def test_who_would_lose_words_is_asked(page):
    await page.keyboard.press("c")
    await page.locator(".compose .rich-text").wait_for()
    await page.fill("#compose-subject", "Not lost")
    await page.get_by_role("button", name="Account ann@example.test").click()
    await page.get_by_role("menuitem", name="Sign out").click()
    await page.get_by_text("it would be lost").wait_for()
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.locator("#compose-subject")).to_have_value("Not lost")


async def test_who_signs_out_leaves_nothing(site, page):
    await page.context.set_offline(False)
    await page.goto(f"http://localhost:{site.port}/")
    await page.get_by_role("button", name="Account ann@example.test").click()
    await page.get_by_role("menuitem", name="Sign out").click()
    await page.wait_for_url("**/sign-in**")
    left = await page.evaluate("""async () => {
      const found = {};
      for (const { name, version } of await indexedDB.databases()) {
        const db = await new Promise((done, fail) => {
          const asked = indexedDB.open(name, version);
          asked.onsuccess = () => done(asked.result); asked.onerror = fail; });
        for (const store of db.objectStoreNames)
          found[`${name}/${store}`] = await new Promise(done => {
            db.transaction(store).objectStore(store).count().onsuccess =
              event => done(event.target.result); });
        db.close();
      }
      return found; }""")
    assert [name for name, count in left.items() if count] == []
