"""The whole lab, as a newcomer starts it: every scene over real SMTP, TLS and DNS."""

import contextlib
import imaplib
import json
import os
import poplib
import signal
import smtplib
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from pillarbox.lab import hosts
from pillarbox.lab.scenes import SCENES
from tests.webmail.browser import open_browser, open_page

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parents[2]


def network():
    """A network of our own, so that a lab that runs already is left alone."""
    return 20 + os.getpid() % 100


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A running lab with its page."""
    state = tmp_path_factory.mktemp("lab") / "state"
    port = 20000 + os.getpid() % 20000
    with (state.parent / "out").open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "pillarbox", "lab", "--state", str(state), "--port", str(port),
             "--network", str(network())],
            cwd=ROOT, stdout=out, stderr=out,
        )  # fmt: skip
    page = f"http://127.0.0.1:{port}"
    end = time.monotonic() + 60
    while True:
        with contextlib.suppress(OSError):
            if urllib.request.urlopen(page + "/", timeout=5).status == 200:
                break
        assert time.monotonic() < end, (state.parent / "out").read_text()
        assert process.poll() is None, (state.parent / "out").read_text()
        time.sleep(0.1)
    yield Lab(state, page)
    process.send_signal(signal.SIGINT)
    assert process.wait(40) == 0


class Lab:
    def __init__(self, state, page):
        self.state, self.page = state, page
        self.address = hosts.Network(network()).address
        self.tls = ssl.create_default_context(cafile=str(state / "ca.pem"))

    def get(self, path):
        return urllib.request.urlopen(self.page + path, timeout=30).read().decode()

    def post(self, path, data=b"", **headers):
        request = urllib.request.Request(self.page + path, data=data, headers=headers)
        return urllib.request.urlopen(request, timeout=60)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """What `lab --once --json` says."""
    state = tmp_path_factory.mktemp("once") / "state"
    done = subprocess.run(
        [sys.executable, "-m", "pillarbox", "lab", "--once", "--json", "--state", str(state),
         "--network", str(network() + 100)],
        cwd=ROOT, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return {scene["name"]: scene for scene in json.loads(done.stdout)["scenes"]}


@pytest.mark.parametrize("scene", SCENES, ids=lambda s: s.name)
def test_scene(scene, results):
    result = results[scene.name]
    assert result["problem"] == ""
    assert result["verdict"] == scene.expected == result["expected"]
    assert result["ok"] is True
    assert result["traces"]


def test_at_least_eight_scenes_and_each_has_a_name_of_its_own():
    assert len({scene.name for scene in SCENES}) == len(SCENES) >= 8


def test_play_all_on_the_page_then_read_everywhere(lab):
    lab.post("/play/all", Accept="text/plain", Origin=lab.page)
    home = lab.get("/")
    assert home.count("As it must be") == len(SCENES)
    assert "Not as expected" not in home
    bob = lab.address(2)
    with imaplib.IMAP4(bob, hosts.IMAP) as imap:
        imap.host = "mx.beta.test"
        imap.starttls(lab.tls)
        imap.login("bob@beta.test", hosts.PASSWORD)
        _, data = imap.select("INBOX")
        count = int(data[0] or 0)
        assert count >= 5
        _, fetched = imap.fetch("1", "(RFC822)")
        assert b"Authentication-Results: mx.beta.test" in b"".join(fetched[0] or ())  # type: ignore[arg-type]
    pop = poplib.POP3(bob, hosts.POP3)
    pop.host = "mx.beta.test"
    pop.stls(lab.tls)
    pop.user("bob@beta.test")
    pop.pass_(hosts.PASSWORD)
    assert pop.stat()[0] == count
    pop.quit()
    with imaplib.IMAP4_SSL(bob, hosts.IMAPS, ssl_context=lab.tls) as imap:
        imap.login("dora@beta.test", hosts.PASSWORD)
        assert imap.select("INBOX")[0] == "OK"
    pops = poplib.POP3_SSL(bob, hosts.POP3S, context=lab.tls)
    pops.user("bob@beta.test")
    pops.pass_(hosts.PASSWORD)
    pops.quit()
    with smtplib.SMTP_SSL(bob, hosts.SUBMISSIONS, context=lab.tls) as client:
        client.login("bob@beta.test", hosts.PASSWORD)
        assert client.noop()[0] == 250
    mailbox = lab.get("/mail/bob@beta.test")
    assert "Lunch on Friday?" in mailbox
    assert "Junk" in mailbox
    trace = lab.get("/traces")
    assert "Refused" in trace


def test_a_trace_tells_the_story_with_its_evidence(lab):
    lab.post("/play/all-pass", Accept="text/plain", Origin=lab.page)
    import re  # noqa: PLC0415

    link = re.search(r"/traces/beta\.test/[a-z0-9]+", lab.get("/traces"))
    assert link is not None
    story = lab.get(link[0])
    assert "This really comes from alpha.test" in story
    assert "TLSv1.3" in story
    assert "v=DMARC1; p=reject" in story
    assert "&quot;dnssec&quot;: true" in story


def test_writing_on_the_page(lab):
    body = b"to=dora%40beta.test&subject=Hi+%3Cb%3E&text=Hello"
    lab.post("/send/carol@gamma.test", body, Origin=lab.page)
    end = time.monotonic() + 20
    while "Hi &lt;b&gt;" not in (page := lab.get("/mail/dora@beta.test")):
        assert time.monotonic() < end
        time.sleep(0.1)
    assert "<b>Hi" not in page


def test_other_pages_cannot_play(lab):
    with pytest.raises(urllib.error.HTTPError, match="403"):
        lab.post("/play/all-pass", Origin="http://evil.example")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        lab.get("/mail/nobody@beta.test")


def test_passwords_need_tls_and_relaying_needs_a_password(lab):
    with smtplib.SMTP(lab.address(1), hosts.SUBMISSION) as client:
        client.ehlo("x.example")
        assert "auth" not in client.esmtp_features
        assert client.docmd("MAIL FROM:<alice@alpha.test>")[0] == 530
    with smtplib.SMTP(lab.address(1), hosts.SMTP) as client:
        client.ehlo("x.example")
        client.docmd("MAIL FROM:<a@soft.test>")
        assert client.docmd("RCPT TO:<b@elsewhere.example>")[0] == 550


def pillarbox(lab, domain, *words):
    """Run a command for a domain's server; return what its --json says."""
    config = lab.state / domain / "pillarbox.toml"
    done = subprocess.run(
        [sys.executable, "-m", "pillarbox", *words, "--json", "--config", str(config)],
        cwd=ROOT, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_reports_go_to_those_who_ask_and_are_read_there(lab):
    for scene in ("all-pass", "dane-match"):
        lab.post(f"/play/{scene}", Accept="text/plain", Origin=lab.page)
    day = time.strftime("%Y-%m-%d", time.gmtime())
    sent = pillarbox(lab, "beta.test", "reports", "send", "--day", day, "--unfinished")
    assert {("dmarc", "alpha.test"), ("tls", "alpha.test")} <= {
        (one["kind"], one["domain"]) for one in sent
    }
    end = time.monotonic() + 20
    while True:
        kept = pillarbox(lab, "alpha.test", "reports", "list")
        if {one["kind"] for one in kept} == {"dmarc", "tls"}:
            break
        assert time.monotonic() < end, kept
        time.sleep(0.2)
    tls = next(one for one in kept if one["kind"] == "tls")
    shown = pillarbox(lab, "alpha.test", "reports", "show", str(tls["number"]))
    assert shown["report"]["policies"][0]["kind"] == "tlsa"
    assert tls["messages"] == tls["aligned"] > 0


async def test_the_page_opens_the_webmail_of_a_person(lab):
    async with open_browser() as browser:
        page = await open_page(browser)
        await page.goto(lab.page + "/")
        async with page.expect_popup() as opened:
            await page.get_by_role("button", name="Alice Arden's webmail").click()
        mail = await opened.value
        await mail.wait_for_url(f"http://{lab.address(1)}:{hosts.WEB}/sign-in*")
        await mail.get_by_role("button", name="Sign in").click()
        await mail.wait_for_selector(".sidebar")
        assert mail.url.startswith(f"http://{lab.address(1)}:{hosts.WEB}/mail/")
