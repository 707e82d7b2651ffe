"""How fast the SMTP engines are: commands per second, octets of body per second.

    .venv/bin/python bench/smtp_engine.py

CPU time, best of seven. One process, no sockets: the cost of the protocol alone.
"""

import time

from pillarbox.base.address import Address
from pillarbox.pop3 import event as pop3_event
from pillarbox.pop3 import server as pop3_server
from pillarbox.smtp import command as c
from pillarbox.smtp import reply as r
from pillarbox.smtp.capability import Capabilities
from pillarbox.smtp.client import ClientConnection
from pillarbox.smtp.event import BodyChunk, BodyRefused, Closed
from pillarbox.smtp.outgoing import Mail, Recipient
from pillarbox.smtp.progress import BodyWanted, Done
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


def client():
    to = tuple(Recipient(Address("jones", f"foo{i}.example")) for i in range(10))
    mail = Mail(Address("sender", "client.example"), to)
    ehlo = b"220 mx\r\n250-mx\r\n250 PIPELINING\r\n"
    replies = b"250 2.1.0 ok\r\n" + b"250 2.1.5 ok\r\n" * 10 + b"354 go\r\n"

    def run(times, body):
        engine = ClientConnection("client.example")
        engine.hello()
        engine.receive(ehlo)
        while engine.next_event() is not None:
            pass
        for _ in range(times):
            engine.begin(mail)
            engine.receive(replies)
            while not isinstance(engine.next_event(), BodyWanted):
                pass
            for at in range(0, len(body), READ_OCTETS):
                engine.send_body(body[at : at + READ_OCTETS])
                engine.data_to_send()
            engine.end_body()
            engine.data_to_send()
            engine.receive(b"250 2.0.0 queued\r\n")
            while not isinstance(engine.next_event(), Done):
                pass

    cost = best(lambda: run(400, b"x\r\n"))
    print(f"client: {400 * 13 / cost / 1000:8.0f} k commands/s")
    cost = best(lambda: run(1, BODY * 20))
    print(f"client: {len(BODY) * 20 / cost / 1e6:8.0f} MB/s of DATA")


def pop3():
    def run():
        engine = pop3_server.ServerConnection("x", pop3_event.Capabilities(mechanisms=("PLAIN",)))
        engine.receive(b"AUTH PLAIN =\r\nRETR 1\r\n")
        engine.next_event()
        engine.open([pop3_event.Item("1", len(BODY) * 20)])
        engine.next_event()
        engine.begin_message()
        for at in range(0, len(BODY), READ_OCTETS):
            chunk = BODY[at : at + READ_OCTETS]
            for _ in range(20):
                engine.send_chunk(chunk)
                engine.data_to_send()
        engine.end_message()

    print(f"POP3:   {len(BODY) * 20 / best(run) / 1e6:8.0f} MB/s of RETR")


if __name__ == "__main__":
    commands()
    bodies()
    client()
    pop3()
