"""How fast the SMTP engines are: commands per second, octets of body per second.

    .venv/bin/python bench/smtp_engine.py

CPU time, best of seven. One process, no sockets: the cost of the protocol alone.
"""

import time

from pillarbox.smtp import command as c
from pillarbox.smtp import reply as r
from pillarbox.smtp.capability import Capabilities
from pillarbox.smtp.event import BodyChunk, BodyRefused, Closed
from pillarbox.smtp.server import ServerConnection

GREETING = r.reply(220, "", "mx.example ESMTP")
READ_OCTETS = 64 * 1024
BODY = b"Subject: bench\r\n\r\n" + (b"x" * 70 + b"\r\n") * 14000


def answer(engine, event):
    match event:
        case c.Hello():
            engine.send(engine.hello_reply("mx.example"))
        case c.MailFrom():
            engine.send(r.SENDER_OK)
        case c.RcptTo():
            engine.send(r.RECIPIENT_OK)
        case c.DataRequested():
            engine.send(r.GO_AHEAD)
        case BodyChunk() | BodyRefused() | Closed():
            pass
        case _:
            engine.send(r.OK)


def drive(engine, wire, octets=READ_OCTETS):
    for at in range(0, len(wire), octets):
        engine.receive(wire[at : at + octets])
        while (event := engine.next_event()) is not None:
            answer(engine, event)
        engine.data_to_send()


def best(run, times=7):
    costs = []
    for _ in range(times):
        start = time.process_time()
        run()
        costs.append(time.process_time() - start)
    return min(costs)


def commands():
    one = (
        b"MAIL FROM:<sender@client.example>\r\n"
        b"RCPT TO:<jones@foo.example>\r\nRCPT TO:<green@foo.example>\r\nNOOP\r\nRSET\r\n"
    )
    wire = b"EHLO client.example\r\n" + one * 4000
    number = wire.count(b"\r\n")
    cost = best(lambda: drive(ServerConnection(GREETING, Capabilities()), wire))
    print(f"server: {number / cost / 1000:8.0f} k commands/s")
    one = (
        b"MAIL FROM:<sender@client.example> SIZE=4096 BODY=8BITMIME RET=HDRS ENVID=abc\r\n"
        b"RCPT TO:<jones@foo.example> NOTIFY=FAILURE ORCPT=rfc822;jones@foo.example\r\nRSET\r\n"
    )
    wire = b"EHLO client.example\r\n" + one * 4000
    number = wire.count(b"\r\n")
    cost = best(lambda: drive(ServerConnection(GREETING, Capabilities()), wire))
    print(f"server: {number / cost / 1000:8.0f} k commands/s with parameters")


def bodies():
    head = b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<jones@foo.example>\r\n"
    wire = head + b"DATA\r\n" + BODY * 20 + b".\r\n"
    cost = best(lambda: drive(ServerConnection(GREETING, Capabilities()), wire))
    print(f"server: {len(wire) / cost / 1e6:8.0f} MB/s of DATA")
    wire = head + b"BDAT %d LAST\r\n" % (len(BODY) * 20) + BODY * 20
    cost = best(lambda: drive(ServerConnection(GREETING, Capabilities()), wire))
    print(f"server: {len(wire) / cost / 1e6:8.0f} MB/s of BDAT")


if __name__ == "__main__":
    commands()
    bodies()
