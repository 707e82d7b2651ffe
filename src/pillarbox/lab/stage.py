"""The stage: how scenes act on a running lab.

Real SMTP from real addresses, with the standard library's client, as any other program
would do; then the traces that the servers keep. Everything here blocks: scenes run in
threads of their own.
"""

import contextlib
import secrets
import smtplib
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Final

from pillarbox.base.clock import Clock
from pillarbox.lab import hosts
from pillarbox.lab.hosts import Domain, Network
from pillarbox.lab.scene import Mail, Said, message_id_of
from pillarbox.store.traces import Query
from pillarbox.trace.step import Trace

PATIENCE_SECONDS: Final = 20.0
LOOK_SECONDS: Final = 0.05

# Looks for traces at one domain's server: (domain, query) -> matching traces, latest first.
Look = Callable[[str, Query], list[Trace]]
# Signs a message as a domain's server would: (domain, message) -> DKIM-Signature fields.
Sign = Callable[[str, bytes], bytes]


# Seals a message as a domain's server would: (domain, message, results) -> ARC fields.
Seal = Callable[[str, bytes, bytes], bytes]
FOOTER: Final = b"-- \r\nYou get this because you are on the list dev@gamma.test.\r\n"


@dataclass(frozen=True, slots=True)
class Actors:
    """What the stage cannot do itself; each may be called from any thread."""

    look: Look
    sign: Sign
    seal: Seal


class RealStage:
    """Acts on a running lab."""

    def __init__(self, network: Network, authority: Path, clock: Clock, actors: Actors) -> None:
        self._network = network
        self._tls = ssl.create_default_context(cafile=str(authority))
        self._clock = clock
        self._look = actors.look
        self._sign = actors.sign
        self._seal = actors.seal
        self._pause = threading.Event()
        self._began = clock.now()

    def begin(self) -> None:
        """Forget what came before: called when a scene begins."""
        self._began = self._clock.now()

    def submit(self, mail: Mail) -> str:
        domain = hosts.domain_of(mail.author.rpartition("@")[2])
        message = self._compose(mail)
        address = self._network.address(domain.host)
        with self._client(domain, address, hosts.SUBMISSION, "laptop.example") as client:
            client.login(mail.author, hosts.PASSWORD)
            client.sendmail(mail.author, [mail.to], message)
        return message_id_of(message)

    def inject(self, mail: Mail, *, host: int, helo: str) -> tuple[str, Said]:
        message = self._compose(mail)
        sender = mail.sender or mail.author
        return self.inject_raw(message, sender=sender, to=mail.to, host=host, helo=helo)

    def intercept(self, mail: Mail) -> bytes:
        message = self._compose(mail)
        return self._sign(mail.author.rpartition("@")[2], message) + message

    def inject_raw(
        self, message: bytes, *, sender: str, to: str, host: int, helo: str
    ) -> tuple[str, Said]:
        message = message.replace(b"{id}", self._new_id().encode())
        domain = hosts.domain_of(to.rpartition("@")[2])
        source = self._network.address(host)
        try:
            with self._client(domain, source, hosts.SMTP, helo) as client:
                said = _deliver(client, message, sender, to)
        except smtplib.SMTPServerDisconnected as exc:
            said = Said(421, str(exc))
        return message_id_of(message), said

    def await_trace(self, domain: str, message_id: str, *, refused: bool = False) -> Trace:
        query = Query(message_id=message_id)
        unfinished = {""} if refused else {"", "queued"}

        def finished() -> Trace | None:
            for trace in self._look(domain, query):
                # A sender's trace is at its end when the other server has taken the mail.
                if trace.action not in unfinished:
                    return trace
            return None

        return self._await(finished, f"a trace of {message_id} at {domain}")

    def relist(self, message: bytes, domain: str) -> bytes:
        author = message.partition(b"@")[2].partition(b">")[0].decode()
        listed = message.replace(b"\r\nSubject: ", b"\r\nSubject: [dev] ", 1) + FOOTER
        results = (
            f"mx.{domain}; spf=pass smtp.mailfrom={author}; dkim=pass header.d={author}; "
            f"dmarc=pass header.from={author}"
        )
        return self._seal(domain, listed, results.encode()) + listed

    def await_bounce(self, domain: str, recipient: str) -> Trace:
        query = Query(recipient=recipient, direction="in", since=self._began)

        def found() -> Trace | None:
            bounces = [trace for trace in self._look(domain, query) if not trace.sender]
            return bounces[0] if bounces else None

        return self._await(found, f"a notice for {recipient} at {domain}")

    def await_refused(self, domain: str, *, sender: str = "", recipient: str = "") -> Trace:
        def found() -> Trace | None:
            traces = self._look(domain, Query(sender=sender, recipient=recipient))
            return traces[0] if traces else None

        return self._await(found, f"a trace of {sender or recipient} at {domain}")

    def _await(self, find: Callable[[], Trace | None], what: str) -> Trace:
        end = self._clock.monotonic() + PATIENCE_SECONDS
        while (trace := find()) is None:
            if self._clock.monotonic() > end:
                raise TimeoutError(f"{what} did not appear in {PATIENCE_SECONDS:.0f} s")
            self._pause.wait(LOOK_SECONDS)
        return trace

    @contextlib.contextmanager
    def _client(self, domain: Domain, source: str, port: int, helo: str) -> Iterator[smtplib.SMTP]:
        """Connect with TLS to a domain's server from the address `source`."""
        client = smtplib.SMTP(
            self._network.address(domain.host),
            port,
            local_hostname=helo,
            timeout=PATIENCE_SECONDS,
            source_address=(source, 0),
        )
        # The certificate is for the server's name, and we connected by address.
        client._host = domain.mx  # type: ignore[attr-defined]  # noqa: SLF001
        try:
            client.starttls(context=self._tls)
            client.ehlo(helo)
            yield client
        finally:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                client.quit()
            client.close()

    def _new_id(self) -> str:
        return f"{secrets.token_hex(8)}@lab.example"

    def _compose(self, mail: Mail) -> bytes:
        return compose(mail, self._new_id(), self._clock.now())


def compose(mail: Mail, message_id: str, now: datetime) -> bytes:
    """Return a plain message with CRLF line ends."""
    names = {p.address: p.name for domain in hosts.DOMAINS for p in domain.people}
    shown = f"{names[mail.author]} <{mail.author}>" if mail.author in names else mail.author
    lines = [
        f"From: {shown}",
        f"To: {mail.to}",
        f"Subject: {mail.subject}",
        f"Date: {format_datetime(now)}",
        f"Message-ID: <{message_id}>",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        "",
        *mail.text.splitlines(),
        "",
    ]
    return "\r\n".join(lines).encode()


def _deliver(client: smtplib.SMTP, message: bytes, sender: str, to: str) -> Said:
    """Run one mail transaction octet for octet: smtplib's own would mend line ends."""
    for command in (f"MAIL FROM:<{sender}>", f"RCPT TO:<{to}>", "DATA"):
        code, text = client.docmd(command)
        if code >= 400:
            return Said(code, text.decode("utf-8", "replace"))
    client.send(message.replace(b"\r\n.", b"\r\n..") + b"\r\n.\r\n")
    code, text = client.getreply()
    return Said(code, text.decode("utf-8", "replace"))
