"""A website with a post office: what comes by SMTP is checked, and has a trace."""

import asyncio
import contextlib
import smtplib

from pillarbox.serve import listener, worker
from tests.serve.jmap.site import ANN, Site

ZONE = """
proven.example. TXT "v=spf1 ip4:127.0.0.1 -all"
_dmarc.proven.example. TXT "v=DMARC1; p=reject"
proven.example. MX 10 mx.proven.example.
mx.proven.example. A 127.0.0.9
odd.example. TXT "v=spf1 ip4:192.0.2.1 -all"
forged.example. TXT "v=spf1 ip4:192.0.2.1 -all"
_dmarc.forged.example. TXT "v=DMARC1; p=reject"
quarantined.example. TXT "v=spf1 ip4:192.0.2.1 -all"
_dmarc.quarantined.example. TXT "v=DMARC1; p=quarantine"
1.0.0.127.in-addr.arpa. PTR client.example.com.
"""
SMTP = '[[listener]]\nprotocol = "smtp"\naddress = "127.0.0.1"\nport = 0\ntls = "starttls"\n'


class PostOffice(Site):
    """smtp: the port where mail comes in, from 127.0.0.1."""

    def __init__(self, folder, more=""):
        (folder / "zone").write_text(ZONE)
        super().__init__(folder, SMTP + more)
        self.sessions = set()

    async def open(self):
        await super().open()
        endpoint = listener.Endpoint("smtp", "127.0.0.1", 0, "starttls", plaintext_auth=False)
        bound, (sock,) = listener.bind(endpoint, 1)
        self.smtp = bound.port
        loop = asyncio.get_running_loop()
        self.inlet = await worker.listen(loop, sock, bound, self.service, self.sessions)
        sock.close()

    async def close(self):
        self.inlet.close()
        for task in self.sessions:
            task.cancel()
        await asyncio.gather(*self.sessions, return_exceptions=True)
        await super().close()

    async def post(self, sender, octets, recipient=ANN):
        """Hand in a message; the reply that refused it, or None."""

        def hand_in():
            with smtplib.SMTP("127.0.0.1", self.smtp, "client.example.com", 20) as client:
                try:
                    client.sendmail(sender, [recipient], octets)
                except smtplib.SMTPResponseException as refused:
                    return refused.smtp_code
            return None

        return await asyncio.to_thread(hand_in)

    @property
    def base(self):
        return f"http://localhost:{self.port}"


@contextlib.asynccontextmanager
async def open_post_office(folder, more=""):
    office = PostOffice(folder, more)
    await office.open()
    try:
        yield office
    finally:
        await office.close()
