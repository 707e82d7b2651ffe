"""MessageView/get: what is told of a message before it is shown."""

import pytest

from pillarbox.delivery.unsubscribing import Unsubscribing
from pillarbox.jmap.error import MethodError
from pillarbox.serve.jmap.viewing import MAX_VIEWS, Viewing
from pillarbox.serve.reading import Readings
from pillarbox.serve.view_token import Tokens
from tests.delivery.test_unsubscribing import LIST, URL, FakeWeb
from tests.fakes import FakeClock
from tests.mailauth.dkim_lab import published, signed
from tests.serve.web.letters import letter, picture

TOKENS = Tokens(b"k" * 32)


def make(client, web=None):
    leaving = Unsubscribing(client.db, published(), web or FakeWeb(), FakeClock())
    return Viewing(Readings(client.db, TOKENS, lambda host: host), TOKENS, leaving)


@pytest.fixture
def view(client):
    viewing = make(client)

    async def call(*email_ids, **more):
        args = {"accountId": client.account_id, "emailIds": list(email_ids), **more}
        return await viewing.get(client.context(), args)

    return call


async def test_html(client, view):
    email = await client.deliver(
        letter(
            ("text/html", '<p style="color:red"><img src="cid:a"><img src="https://x/1">'
             '<img src="https://x/2" width=1 height=1><style>@import "x"</style>'),
            ("image/png", picture(), "Content-ID: <a>"),
            ("image/png; name=b.png", b"%PDF-1.7", "Content-Disposition: attachment"),
            ("text/html; name=c.html", "<p>x", "Content-Disposition: attachment"),
            kind="related",
        )
    )  # fmt: skip
    answer = await view(email, "e999", "x")
    assert answer["notFound"] == ["e999", "x"]
    (found,) = answer["list"]
    attachments = found.pop("attachments")
    path = found.pop("frameUrl")
    assert path.startswith("/m/")
    assert path.endswith("/body")
    assert found == {
        "emailId": email,
        "text": None,
        "remoteImages": 1,
        "trackers": 1,
        "otherRemote": 1,
        "colours": True,
        "shownAsText": "",
        "unsubscribe": None,
    }
    number = email[1:]
    assert attachments == [
        {
            "partId": "2", "blobId": f"g{number}-2", "name": None, "type": "image/png",
            "size": len(picture()), "inline": True, "preview": "image",
            "previewUrl": path.replace("body", "preview/2"),
        },
        {
            "partId": "3", "blobId": f"g{number}-3", "name": "b.png", "type": "application/pdf",
            "size": 8, "inline": False, "preview": "pdf",
            "previewUrl": path.replace("body", "preview/3"),
        },
        {
            "partId": "4", "blobId": f"g{number}-4", "name": "c.html", "type": "text/html",
            "size": 4, "inline": False, "preview": "text",
            "previewUrl": path.replace("body", "preview/4"),
        },
    ]  # fmt: skip


async def test_plain_text(client, view):
    email = await client.deliver(text="<b>Hello</b>")
    (found,) = (await view(email))["list"]
    assert found["frameUrl"] is None
    assert found["text"] == "<b>Hello</b>\n"


async def test_parts_one_below_the_other(client, view):
    email = await client.deliver(
        letter(("text/html", "<div><b>one"), ("image/png", picture()), ("text/plain", "<two>"))
    )
    (found,) = (await view(email))["list"]
    assert found["frameUrl"]
    assert [one["inline"] for one in found["attachments"]] == [True]


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"emailIds": ["e1"] * MAX_VIEWS + ["e2"], "remote": "yes"}, "invalidArguments"),
        ({"emailIds": "e1"}, "invalidArguments"),
        ({"emailIds": ["e1"], "more": 1}, "invalidArguments"),
        ({"emailIds": [f"e{n}" for n in range(MAX_VIEWS + 1)]}, "requestTooLarge"),
    ],
)
async def test_wrong_arguments(client, args, error):
    viewing = make(client)
    with pytest.raises(MethodError) as caught:
        await viewing.get(client.context(), {"accountId": client.account_id, **args})
    assert caught.value.type == error


async def test_leaving_a_list(client):
    web = FakeWeb()
    viewing = make(client, web)
    email = await client.deliver(signed(LIST))
    args = {"accountId": client.account_id, "emailIds": [email]}
    (found,) = (await viewing.get(client.context(), args))["list"]
    assert found["unsubscribe"] == {
        "kind": "oneClick", "url": URL, "to": None, "subject": None, "body": None,
    }  # fmt: skip
    args = {"accountId": client.account_id, "emailId": email}
    answer = await viewing.unsubscribe(client.context(), args)
    assert answer == {**args, "done": True, "status": 200, "problem": ""}
    assert len(web.asked) == 1
    web.status = 500
    assert not (await viewing.unsubscribe(client.context(), args))["done"]


async def test_what_proves_nothing_is_left_by_mail(client):
    viewing = make(client)
    email = await client.deliver(LIST)
    args = {"accountId": client.account_id, "emailIds": [email]}
    (found,) = (await viewing.get(client.context(), args))["list"]
    assert found["unsubscribe"] == {
        "kind": "mail", "url": None, "to": "off@list.example", "subject": "", "body": "",
    }  # fmt: skip
    for wrong in (email, "e999", "x"):
        with pytest.raises(MethodError) as caught:
            await viewing.unsubscribe(
                client.context(), {"accountId": client.account_id, "emailId": wrong}
            )
        assert caught.value.type == "notFound"
