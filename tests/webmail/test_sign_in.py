"""Signing in with a real browser: with and without JavaScript, with passkeys, from links."""

import asyncio
import contextlib
from datetime import timedelta

import pyotp
import pytest

from pillarbox import foundation
from pillarbox.serve.second_step import SecondStep
from pillarbox.store import second_factors
from tests.serve.jmap.site import ANN, PASSWORD

from .browser import VirtualAuthenticator, Watched, open_page, violations

pytestmark = pytest.mark.e2e

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
# What the webmail's security page will do.
ADD_PASSKEY = """
async () => {
  const bytes = (t) => Uint8Array.from(
    atob(t.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (b) => btoa(String.fromCharCode(...new Uint8Array(b)))
    .replace(/\\+/g, "-").replace(/\\//g, "_").replace(/=+$/, "");
  const post = async (path, body) => (await fetch(path, {method: "POST",
    headers: {"Content-Type": "application/json"}, body: JSON.stringify(body)})).json();
  const {ticket, publicKey: p} = await post("/auth/passkeys/options", {});
  const made = await navigator.credentials.create({publicKey: {...p,
    challenge: bytes(p.challenge), user: {...p.user, id: bytes(p.user.id)},
    excludeCredentials: p.excludeCredentials.map((c) => ({...c, id: bytes(c.id)}))}});
  const r = made.response;
  return post("/auth/passkeys/register", {ticket, name: "Laptop", credential: {
    id: made.id, rawId: text(made.rawId), type: made.type, clientExtensionResults: {},
    response: {clientDataJSON: text(r.clientDataJSON), transports: r.getTransports(),
      attestationObject: text(r.attestationObject)}}});
}
"""
ME = "async () => (await (await fetch('/auth/me')).json()).address ?? null"


def base(site):
    return f"http://localhost:{site.port}"


async def me(page, site):
    """Return who is signed in in the browser of a page."""
    answer = await page.context.request.get(f"{base(site)}/auth/me")
    return (await answer.json()).get("address")


async def fill(page, password=PASSWORD):
    await page.get_by_label("Email address").fill(ANN)
    await page.get_by_label("Password", exact=True).fill(password)
    await page.get_by_role("button", name="Sign in", exact=True).click()


async def arrived(page, site, path="/"):
    """Wait until a page is shown. The webmail, at "/", goes on by itself."""
    if path == "/":
        await page.wait_for_url(lambda url: not url.startswith(f"{base(site)}/sign-in"))
    else:
        await page.wait_for_url(f"{base(site)}{path}")


async def second_factor(site):
    """Ask Ann for codes from now on."""
    marker = foundation.marker(site.settings)
    step = SecondStep(site.db, site.clock, foundation.sealer(site.settings), marker)

    def enable(tx):
        second_factors.begin_totp(tx, site.ann, step.seal(site.ann, SECRET))
        second_factors.enable_totp(tx, site.ann, 1, [])

    await site.db.write(enable)


async def link(site):
    marker = foundation.marker(site.settings)
    token = await site.db.write(
        foundation.sign_in_link, marker, ANN, timedelta(minutes=5), stay=False
    )
    return f"{base(site)}/sign-in?link={token}"


@contextlib.asynccontextmanager
async def elsewhere(html):
    """Serve one page on another site, and yield its URL."""

    async def serve(reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n"
            writer.write(head + html.encode())
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        port = server.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.close()


async def test_without_javascript(site, chromium):
    await second_factor(site)
    page = await open_page(chromium, java_script_enabled=False)
    await page.goto(f"{base(site)}/sign-in?next=/sign-out")
    await fill(page, "wrong")
    assert "Caps Lock" in await page.get_by_role("alert").inner_text()
    assert await page.get_by_label("Email address").input_value() == ANN
    await fill(page)
    await page.get_by_label("Code").fill(pyotp.TOTP(SECRET).at(site.clock.now()))
    await page.keyboard.press("Enter")
    await arrived(page, site, "/sign-out")
    assert await me(page, site) == ANN
    await page.get_by_role("button", name="Sign out").click()
    await page.get_by_text("You are signed out").wait_for()
    assert await me(page, site) is None


async def test_the_cookie_is_out_of_reach(site, chromium):
    page = await open_page(chromium)
    await page.goto(f"{base(site)}/sign-in?next=/sign-out")
    await fill(page)
    await arrived(page, site, "/sign-out")
    (cookie,) = await page.context.cookies()
    assert (cookie["name"], cookie["httpOnly"], cookie["sameSite"]) == ("pillarbox", True, "Strict")
    assert await page.evaluate("document.cookie") == ""


@pytest.mark.parametrize("button", [True, False])
async def test_a_passkey_signs_in(site, chromium, button):
    """By its button, and offered by the browser in the field of the address."""
    page = await open_page(chromium)
    if button:
        await page.add_init_script(
            "PublicKeyCredential.isConditionalMediationAvailable = async () => false"
        )
    watched = Watched(page)
    key = await VirtualAuthenticator(page).plug_in()
    await page.goto(f"{base(site)}/sign-in?next=/sign-out")
    await fill(page)
    await arrived(page, site, "/sign-out")
    assert "passkey" in await page.evaluate(ADD_PASSKEY)
    (credential,) = await key.credentials()
    assert credential["isResidentCredential"]
    await page.context.clear_cookies()
    await page.goto(f"{base(site)}/sign-in?next=/sign-out")
    if button:
        await page.get_by_role("button", name="Sign in with a passkey").click()
    await arrived(page, site, "/sign-out")
    assert await me(page, site) == ANN
    assert watched.problems == []


async def test_a_passkey_of_nobody_says_what_to_do(site, chromium):
    page = await open_page(chromium)
    await VirtualAuthenticator(page).plug_in()
    await page.goto(f"{base(site)}/sign-in?next=/sign-out")
    await fill(page)
    await arrived(page, site, "/sign-out")
    await page.evaluate(ADD_PASSKEY)
    await page.evaluate(
        """async () => fetch("/auth/passkeys/remove", {method: "POST", headers:
        {"Content-Type": "application/json"}, body: JSON.stringify({passkey:
        (await (await fetch("/auth/passkeys")).json()).passkeys[0].passkey})})"""
    )
    await page.context.clear_cookies()
    await page.goto(f"{base(site)}/sign-in")
    await page.get_by_role("button", name="Sign in with a passkey").click()
    await page.get_by_text("not known here").wait_for()
    assert await me(page, site) is None


async def test_a_link_from_another_site_ends_signed_in(site, chromium):
    page = await open_page(chromium)
    url = await link(site)
    async with elsewhere(f'<a href="{url}">Alice</a>') as there:
        await page.goto(there)
        await page.get_by_text("Alice").click()
        await page.get_by_role("button", name=f"Sign in as {ANN}").click()
        await arrived(page, site)
    assert await page.evaluate(ME) == ANN


async def test_who_is_signed_in_is_not_asked_again(site, chromium):
    page = await open_page(chromium)
    await page.goto(await link(site))
    # The button has the focus: Enter is enough.
    await page.wait_for_function("document.activeElement.tagName === 'BUTTON'")
    await page.keyboard.press("Enter")
    await arrived(page, site)
    async with elsewhere(f'<a href="{base(site)}/sign-in?next=/sign-out">mail</a>') as there:
        await page.goto(there)
        await page.get_by_text("mail").click()
        await arrived(page, site, "/sign-out")


FORGERIES = """
<form id=f method=post action="{base}/sign-out"><input name=x value=y></form>
<iframe name=frame></iframe>
<script>
const send = (path, options) => fetch("{base}" + path,
  {{method: "POST", credentials: "include", ...options}}).catch(() => 0);
(async () => {{
  await send("/auth/sign-out", {{mode: "no-cors", body: "{{}}"}});
  await send("/auth/sign-out", {{mode: "no-cors", body: new URLSearchParams({{a: "b"}})}});
  await send("/auth/sign-out", {{body: "{{}}", headers: {{"Content-Type": "application/json"}}}});
  navigator.sendBeacon("{base}/auth/sessions/end-others", "{{}}");
  await send("/auth/sign-out", {{mode: "no-cors", body: new Blob(["{{}}"])}});
  f.target = "frame";
  f.submit();
  document.title = "done";
}})();
</script>
"""


async def test_another_site_changes_nothing(site, chromium):
    page = await open_page(chromium)
    await page.goto(await link(site))
    # The button has the focus: Enter is enough.
    await page.wait_for_function("document.activeElement.tagName === 'BUTTON'")
    await page.keyboard.press("Enter")
    await arrived(page, site)
    refused = []
    page.context.on("response", lambda r: refused.append(r.status) if "/sign-out" in r.url else 0)
    async with elsewhere(FORGERIES.format(base=base(site))) as there:
        await page.goto(there)
        await page.wait_for_function("document.title === 'done'")
        await page.wait_for_load_state("networkidle")
    assert refused
    assert 200 not in refused
    assert await me(page, site) == ANN


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (320, 640)])
async def test_nothing_stands_in_anybodys_way(site, chromium, scheme, size):
    await second_factor(site)
    page = await open_page(
        chromium,
        color_scheme=scheme,
        viewport={"width": size[0], "height": size[1]},
        locale="de-DE",
    )
    watched = Watched(page)

    async def look():
        assert await violations(page) == []
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size[0]

    await page.goto(f"{base(site)}/sign-in")
    assert await page.evaluate("document.documentElement.lang") == "de"
    assert await page.evaluate("document.activeElement.name") == "username"
    await page.get_by_role("button", name="Passkey").wait_for()
    await look()
    await page.get_by_label("E-Mail-Adresse").fill(ANN)
    await page.get_by_label("Passwort", exact=True).fill("wrong")
    await page.keyboard.press("Enter")
    await page.get_by_role("alert").wait_for()
    assert await page.evaluate("document.activeElement.name") == "password"
    await look()
    await page.get_by_label("Passwort", exact=True).fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.get_by_label("Code").wait_for()
    await look()
    await page.goto(await link(site))
    await look()
    await page.goto(f"{base(site)}/sign-out")
    await look()
    await page.get_by_role("button", name="Abmelden").click()
    await page.wait_for_load_state()
    await look()
    assert watched.problems == []
