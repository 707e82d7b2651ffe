"""Messages that scripts find in Ann's INBOX."""

MESSAGES = (
    b"From: Carl <carl@example.com>\r\nTo: ann@example.test\r\nSubject: One\r\n"
    b"Date: Thu, 1 Jan 2026 10:00:00 +0000\r\nMessage-ID: <1@example.com>\r\n\r\nfirst text\r\n",
    b"From: Dora <dora@example.com>\r\nTo: ann@example.test\r\nSubject: =?utf-8?q?Zw=C3=A9i?=\r\n"
    b"Date: Thu, 1 Jan 2026 11:00:00 +0100\r\nMessage-ID: <2@example.com>\r\n"
    b"In-Reply-To: <1@example.com>\r\n"
    b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain\r\n\r\nsecond text\r\n"
    b"--b\r\nContent-Type: application/octet-stream; name=a.bin\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--b--\r\n",
    b"From: carl@example.com\r\nSubject: Three\r\n\r\n.dot\r\n..dots\r\nthird\r\n",
)


async def fill(house, count):
    """Put the first `count` messages into Ann's INBOX, as they are."""
    reader, writer = await house.connect("imap")
    writer.write(b"a LOGIN ann@example.test pw\r\n")
    for message in MESSAGES[:count]:
        writer.write(b"b APPEND INBOX {%d+}\r\n%b\r\n" % (len(message), message))
    writer.write(b"c LOGOUT\r\n")
    said = await reader.read()
    assert said.count(b"b OK") == count, said
    writer.close()
