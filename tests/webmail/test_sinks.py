"""Whatever others can write is text on the screen: never markup, a script or a style.

Every string that a sender, a program or the person could fill carries payloads; then each screen
is visited. Nothing may run, and nothing may even be stopped by the policy: that would mean that a
sink was reached.
"""

import json

import pytest

from pillarbox.store import traces
from pillarbox.trace.phrase import phrase
from pillarbox.trace.step import Step, Trace
from tests.serve.jmap.site import ANN, PASSWORD

from .browser import Watched, need_webmail, signed_in
from .post import open_post_office

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

PAYLOADS = (
    "<img src=x onerror=pwned()>",
    "\"'><svg onload=pwned()>",
    "</script><script>pwned()</script>",
    "</title></textarea></style><iframe srcdoc='<script>parent.pwned()</script>'>",
    "javascript:pwned()//",
    "{{constructor.constructor('pwned()')()}}${pwned()}",
)
WATCH = """
window.__run = [];
window.pwned = () => { (window.top || window).__run.push("ran in " + location.href); };
document.addEventListener("securitypolicyviolation", (event) =>
  window.__run.push(event.violatedDirective + " " + event.blockedURI + " " + event.sample));
"""
CAPABILITIES = [
    "urn:ietf:params:jmap:mail", "urn:ietf:params:jmap:contacts",
    "urn:ietf:params:jmap:submission", "urn:ietf:params:jmap:vacationresponse",
    "urn:pillarbox:jmap:preferences",
]  # fmt: skip
SETTINGS = (
    "general", "writing", "labels", "senders", "vacation", "keyboard", "notifications", "offline",
    "security", "account", "transfer",
)  # fmt: skip


def quoted(text):
    return text.replace("\\", "\\\\").replace('"', '\\"')


def hostile(payload, number):
    """Return a letter, every field of which is a payload."""
    name = quoted(payload)
    return "\r\n".join(
        [
            f'From: "{name}" <eve{number}@proven.example>',
            f'To: "{name}" <ann@example.test>',
            f'Cc: "{name}" <x@proven.example>',
            f'Reply-To: "{name}" <y@proven.example>',
            f"Subject: {payload}",
            f"List-Id: {payload} <a.proven.example>",
            f"Message-ID: <{number}@proven.example>",
            f"X-Mailer: {payload}",
            'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="cut"',
            "",
            "--cut\r\nContent-Type: text/plain; charset=utf-8",
            "",
            f"{payload} https://proven.example/{payload}\r\n> {payload}",
            f'--cut\r\nContent-Type: text/html; charset=utf-8; name="{name}"',
            "",
            f"<p title='{payload}'>{payload}</p><a href='{payload}'>{payload}</a>",
            f'--cut\r\nContent-Type: text/plain; name="{name}.txt"',
            f'Content-Disposition: attachment; filename="{name}.txt"\r\n',
            payload,
            "--cut--",
            "",
        ]
    ).encode()


def story(number):
    """Return a trace of refused mail, whose every parameter and evidence is a payload."""
    payload = PAYLOADS[number % len(PAYLOADS)]
    steps = [
        Step(key="connect", at=1.0, params={
            "ip": payload, "rdns": payload, "helo": payload, "listener": payload}),
        Step(key="envelope", at=1.0, params={
            "sender": payload, "recipients": [payload], "size": 3}),
        Step(key="spf.fail", at=1.0, params={"domain": payload, "ip": payload},
             evidence={payload: {payload: [payload]}}, rfc=payload),
        Step(key="dkim.fail", at=1.0, params={"domain": payload, "reason": payload}),
        Step(key="dmarc.fail", at=1.0, params={"domain": payload, "policy": payload}),
        Step(key="decision.refuse", at=1.0, params={"because": phrase(payload), "text": payload}),
        Step(key=payload, at=1.0, params={payload: payload}),
        Step(key="reply", at=1.0, params={"code": 550, "enhanced": payload, "text": payload}),
    ]  # fmt: skip
    return Trace(
        id=f"sink{number}", direction="in", started_at=1_770_000_000.0, action="refused",
        verdict="forged", client_ip=payload, helo=payload, sender=payload, recipients=[ANN],
        header_from=payload, message_id=payload, subject=payload, steps=steps,
    )  # fmt: skip


async def say(client, account_id, name, **arguments):
    named, found = await client.call(name, CAPABILITIES, accountId=account_id, **arguments)
    assert named == name, found
    return found


async def poison(office):
    """Put payloads wherever text is kept."""
    client, account = office.client(), f"a{office.ann}"
    for number, payload in enumerate(PAYLOADS):
        assert await office.post("eve@proven.example", hostile(payload, number)) is None
        await office.db.write(
            lambda tx, number=number: traces.save(tx, traces.prepare(story(number)), [office.ann])
        )
        made = await say(
            client, account, "Mailbox/set",
            create={"b": {"name": payload.replace("/", "|"), "parentId": None}},
        )  # fmt: skip
        assert made["created"], made
        card = {
            "@type": "Card", "version": "1.0", "uid": f"sink{number}",
            "name": {"full": payload},
            "emails": {"e": {"address": f"eve{number}@proven.example", "label": payload}},
            "notes": {"n": {"note": payload}},
            "organizations": {"o": {"name": payload}},
            "titles": {"t": {"name": payload}},
            "phones": {"p": {"number": payload}},
            "onlineServices": {"s": {"uri": payload}},
        }  # fmt: skip
        books = await say(client, account, "AddressBook/get", ids=None)
        card["addressBookIds"] = {books["list"][0]["id"]: True}
        made = await say(client, account, "ContactCard/set", create={"c": card})
        assert made["created"], made
    every = " ".join(PAYLOADS)[:190]
    identity = (await say(client, account, "Identity/get", ids=None))["list"][0]["id"]
    html = "".join(f"<p>{payload}</p>" for payload in PAYLOADS)
    signature = {"name": every, "textSignature": every, "htmlSignature": html}
    done = await say(client, account, "Identity/set", update={identity: signature})
    assert done["notUpdated"] is None, done
    words = {"subject": every, "textBody": every, "htmlBody": html, "isEnabled": True}
    done = await say(client, account, "VacationResponse/set", update={"singleton": words})
    assert done["notUpdated"] is None, done
    wishes = {
        "labels": [{"keyword": f"k{n}", "name": one} for n, one in enumerate(PAYLOADS)],
        "savedSearches": [{"name": one, "query": one} for one in PAYLOADS],
        "own": {one[:190]: one for one in PAYLOADS},
    }
    done = await say(client, account, "Preferences/set", update={"singleton": wishes})
    assert done["notUpdated"] is None, done
    mails = (await say(client, account, "Email/query", filter=None))["ids"]
    keys = {f"keywords/k{n}": True for n in range(len(PAYLOADS))}
    await say(client, account, "Email/set", update=dict.fromkeys(mails, keys))
    # A session whose browser has a hostile name.
    answer = await office.stranger(user_agent=PAYLOADS[0], origin=office.base).post(
        "/auth/sign-in", {"username": ANN, "password": PASSWORD}
    )
    assert answer.status < 500
    return mails


async def test_nothing_that_anybody_wrote_is_more_than_text(tmp_path, chromium):
    need_webmail()
    async with open_post_office(tmp_path) as office:
        mails = await poison(office)
        page = await signed_in(office, chromium)
        await page.context.add_init_script(WATCH)
        watched = Watched(page)
        ran: list[str] = []

        async def settle(selector):
            await page.locator(selector).first.wait_for()
            await page.wait_for_load_state("networkidle")
            ran.extend(await page.evaluate("window.__run.splice(0)"))

        async def visit(path, selector):
            await page.goto(office.base + path)
            await settle(selector)

        await visit("/", ".row-subject")
        assert "onerror" in await page.locator(".list-pane").inner_text()
        for number in range(len(mails)):
            await page.locator(".row-subject").nth(number).click()
            await settle(".reading-subject")
            await page.keyboard.press("i")
            await settle(".trace-panel")
            await page.keyboard.press("i")
        for one in mails:
            await visit(f"/trace/{one}", ".trace-page .trace-panel")
        await visit("/refused", ".refused")
        assert "onerror" in await page.locator(".refused").inner_text()
        for number in range(len(PAYLOADS)):
            links = page.locator(".refused li button, .refused li a, .refused summary")
            await links.nth(number).click()
            await settle(".refused")
        await visit("/contacts", ".contact-list")
        for number in range(len(PAYLOADS)):
            await page.locator(".contact-list a").nth(number).click()
            await settle(".contact-form, .contact")
        for name in SETTINGS:
            await visit(f"/settings/{name}", ".settings-page .setting")
        for payload in PAYLOADS:
            sought = json.dumps(payload)
            url = await page.evaluate(f"'/search?q=' + encodeURIComponent({sought})")
            await visit(url, ".list-pane")
            url = await page.evaluate(
                f"(p => '/compose?to=' + p + '&subject=' + p + '&body=' + p)"
                f"(encodeURIComponent({sought}))"
            )
            await visit(url, ".compose .rich-text")
            await page.keyboard.press("Escape")
        await visit("/", ".row-subject")
        await page.keyboard.press("Control+k")
        await settle(".palette-list")
        for payload in PAYLOADS:
            await page.keyboard.insert_text(payload[:10])
            await settle(".palette-list")
            await page.keyboard.press("Control+a")
        await page.keyboard.press("Escape")
        # Answering quotes what a stranger wrote, into the editor.
        await page.locator(".row-subject").first.click()
        await settle(".reading-subject")
        await page.keyboard.press("r")
        await settle(".compose .rich-text")
        assert ran == []
        assert watched.problems == []
        # The watch is awake: what a sink would do is seen.
        await page.evaluate("try { document.body.innerHTML = '<p>'; } catch { /* refused */ }")
        await page.wait_for_function("window.__run.length > 0")
        assert "require-trusted-types-for" in (await page.evaluate("window.__run"))[0]
