"""Any arguments of any method give its response or a documented error, never a failure of ours."""

import random
from typing import Any

import pytest

from pillarbox.jmap.dates import format_utc_date
from tests.fakes import START

from .test_transfer import MESSAGE, deliver

ALLOWED = {
    "invalidArguments", "accountNotFound", "requestTooLarge", "cannotCalculateChanges",
    "anchorNotFound", "unsupportedFilter", "unsupportedSort", "stateMismatch", "tooManyChanges",
    "fromAccountNotFound", "forbidden", "unknownDataType", "singleton", "unknownMethod",
    "accountReadOnly", "invalidResultReference", "notFound", "rateLimit", "serverUnavailable",
    "unsupportedLanguage", "addressBookNotFound", "unknownKeyword",
}  # fmt: skip

QUERY = "filter sort position anchor anchorOffset limit calculateTotal"
NAMES = {
    "get": "ids properties language emailIds addresses offset length fetchAllBodyValues "
    "maxBodyValueBytes bodyProperties filter",
    "changes": "sinceState maxChanges",
    "query": f"{QUERY} collapseThreads sortAsTree filterAsTree text",
    "queryChanges": "filter sort sinceQueryState maxChanges upToId calculateTotal collapseThreads",
    "set": "ifInState create update destroy onDestroyRemoveEmails onSuccessUpdateEmail",
    "import": "emails ifInState",
    "copy": "fromAccountId create blobIds",
    "parse": "blobIds properties bodyProperties",
    "upload": "create",
    "lookup": "typeNames ids",
}
REQUIRED: dict[str, dict[str, Any]] = {
    "changes": {"sinceState": "0"},
    "queryChanges": {"sinceQueryState": "0"},
    "get": {"ids": []},
    "lookup": {"ids": [], "typeNames": []},
}
MAPS = {"create", "update", "emails"}
LISTS = {"ids", "properties", "sort", "destroy", "blobIds", "typeNames", "emailIds", "addresses"}
KEYS = """
operator conditions inMailbox hasKeyword text before after minSize from subject header body id name
parentId role sortOrder isSubscribed mailboxIds keywords receivedAt blobId partId type value
bodyStructure textBody htmlBody attachments bodyValues subParts property isAscending collation
keyword to email data data:asText size deviceClientId url keys types expires until @type version
kind uid action snoozed moveToMailboxId
""".split()  # noqa: SIM905


class Dice:
    """Makes values that are nearly right, and values that are not."""

    def __init__(self, seed, words):
        self.random = random.Random(seed)
        self.words = words

    def leaf(self):
        return self.random.choice(
            [None, True, False, 0, 1, -1, 7, 2**53, 1.5, -(2**60), "", "x" * 300, "\0", "\u2603",
             *self.words]
        )  # fmt: skip

    def value(self, depth=0):
        roll = self.random.random()
        if depth > 3 or roll < 0.45:
            return self.leaf()
        size = self.random.randrange(4)
        if roll < 0.65:
            return [self.value(depth + 1) for _ in range(size)]
        return {self.key(): self.value(depth + 1) for _ in range(size)}

    def key(self):
        return self.random.choice([*KEYS, *self.words, "#k", "a/b", "", "x" * 300])

    def arguments(self, method):
        names = NAMES[method.partition("/")[2]].split()
        chosen = self.random.sample(names, self.random.randrange(min(len(names), 3) + 1))
        needed = REQUIRED.get(method.partition("/")[2], {})
        return {**needed, **{name: self.argument(name) for name in chosen}}

    def argument(self, name):
        if self.random.random() < 0.2:
            return self.value()
        if name.startswith(("max", "limit", "position", "anchorOffset")):
            return self.random.choice([None, 0, 1, 2, -1, 7, 2**53])
        if name in MAPS:
            return {self.key(): self.object() for _ in range(self.random.randrange(1, 3))}
        if name == "filter":
            return self.object()
        if name in LISTS:
            return [self.random.choice(self.words + KEYS) for _ in range(self.random.randrange(4))]
        return self.leaf()

    def object(self):
        return {self.key(): self.value(2) for _ in range(self.random.randrange(5))}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
async def test_any_arguments(site, seed):
    number = await deliver(site, MESSAGE)
    client = site.client()
    session = (await client.get("/jmap/session")).json
    using = list(session["capabilities"])
    assert len(using) > 5
    mailbox = (await client.call("Mailbox/query", using, accountId=f"a{site.ann}"))[1]["ids"][0]
    words = [
        f"e{number}", f"g{number}", f"g{number}-2", mailbox, "t1", f"a{site.ann}", "a999",
        "storage", "singleton", "0", "1", "-1", "Email", "AND", "NOT", "text/plain", "$seen",
        "*", "inbox", format_utc_date(START), "2026-01-02T03:04:05+99:00", "#k",
    ]  # fmt: skip
    dice = Dice(seed, words)
    methods = [name for name in METHODS if not name.startswith("Core/")]
    for _ in range(60):
        calls = []
        for _ in range(8):
            method = dice.random.choice(methods)
            arguments = dice.arguments(method)
            if dice.random.random() < 0.95:
                arguments["accountId"] = f"a{site.ann}"
            calls.append([method, arguments, "c"])
        response = await client.calls(*calls, using=using)
        found = response["methodResponses"]
        assert len(found) >= len(calls)
        for (name, arguments, _), call in zip(found, calls, strict=False):
            if name == "error":
                assert arguments["type"] in ALLOWED, (call, arguments)


METHODS = """
Blob/get Blob/upload Blob/lookup Blob/copy PushSubscription/get PushSubscription/set Quota/get
Quota/changes Quota/query Quota/queryChanges Mailbox/get Mailbox/changes Mailbox/query
Mailbox/queryChanges Mailbox/set Thread/get Thread/changes Email/get Email/changes Email/query
Email/queryChanges Email/set Email/import Email/copy Email/parse SearchSnippet/get
Preferences/get Preferences/set Trace/get Trace/query MessageView/get Recipient/query
AddressBook/get AddressBook/changes AddressBook/set ContactCard/get ContactCard/changes
ContactCard/query ContactCard/queryChanges ContactCard/set ContactCard/copy Identity/get
Identity/changes Identity/set EmailSubmission/get EmailSubmission/changes EmailSubmission/query
EmailSubmission/queryChanges EmailSubmission/set VacationResponse/get VacationResponse/set
""".split()  # noqa: SIM905
