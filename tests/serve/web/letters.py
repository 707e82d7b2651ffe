"""Messages to show, filed in an account."""

import base64
import io

from PIL import Image

from pillarbox.mime.summary import summarise
from pillarbox.store import messages
from pillarbox.store.mailboxes import Role
from tests.fakes import START


def picture(form="PNG", size=(8, 6), **more):
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, form, **more)
    return out.getvalue()


def letter(*parts, kind="mixed", fields=()):
    """Return a message. parts: (type, content, more fields)."""
    lines = ["From: Ann <ann@example.net>", "Subject: Hello", *fields]
    lines += [f'Content-Type: multipart/{kind}; boundary="cut"', ""]
    for media, content, *more in parts:
        octets = content.encode() if isinstance(content, str) else content
        lines += ["--cut", f"Content-Type: {media}", *more]
        lines += ["Content-Transfer-Encoding: base64", "", base64.encodebytes(octets).decode()]
    return "\r\n".join([*lines, "--cut--", ""]).encode()


async def file(db, account_id, octets, mailbox=Role.INBOX):
    """File a message and return its number."""

    def deliver(tx):
        incoming = messages.Incoming(summarise(octets), tx.blobs[0], START)
        return messages.deliver(tx, account_id, mailbox, incoming).message_id

    return await db.write(deliver, blobs=(octets,))
