"""MDN/send and MDN/parse: read receipts, given and read (RFC 9007).

A receipt and the keyword that it was given ($mdnsent, RFC 3503) are one transaction, so none is
given twice. Nothing is told without being asked: by the message, and by a client.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from pillarbox.base.errors import NotFound, OverQuota
from pillarbox.base.keywords import MDN_SENT
from pillarbox.delivery.envelope import Client, Envelope, Recipient
from pillarbox.delivery.handing_in import HandingIn
from pillarbox.delivery.inbound import Answer
from pillarbox.jmap import arguments, ids, receipt
from pillarbox.jmap.error import MethodError, SetError
from pillarbox.mime import mdn
from pillarbox.mime.addresses import Mailbox, only_mailbox
from pillarbox.mime.header import Header, parse_header
from pillarbox.mime.thread import base_subject, message_ids
from pillarbox.serve.jmap.emails_parse import is_message
from pillarbox.serve.jmap.emails_set import EmailsSet
from pillarbox.serve.jmap.mail_blobs import Fetch
from pillarbox.serve.jmap.method import Capability, Context
from pillarbox.serve.jmap.set_answer import SetAnswer, created_ids
from pillarbox.store import identities, placements, threads
from pillarbox.store.database import Transaction
from pillarbox.store.identities import Identity
from pillarbox.store.ids import AccountId, MessageId, ThreadId

URN: Final = "urn:ietf:params:jmap:mdn"
MAX_BLOBS: Final = 50
_SENT: Final = "$mdnsent"
_MAX_LOOKED_AT: Final = 50  # messages of a thread, for the one that a receipt is about


class _About(NamedTuple):
    """The message that a receipt is about."""

    message_id: MessageId
    octets: bytes
    header: Header


class Receipts:
    """Both methods. fetch: gives blobs. emails: for what onSuccessUpdateEmail wants."""

    def __init__(self, handing: HandingIn, emails: EmailsSet, fetch: Fetch) -> None:
        self._handing = handing
        self._emails = emails
        self._fetch = fetch

    def capability(self) -> Capability:
        """Return what app.py gives to the API."""
        return Capability(URN, {"MDN/send": self.send, "MDN/parse": self.parse})

    async def send(self, context: Context, args: dict[str, Any]) -> dict[str, Any]:
        """Answer MDN/send (RFC 9007 §2.1)."""
        arguments.check_names(args, {"accountId", "identityId", "send", "onSuccessUpdateEmail"})
        given = arguments.objects(args, "send")
        wishes = arguments.objects(args, "onSuccessUpdateEmail")
        if max(len(given), len(wishes)) > context.limits.max_objects_in_set:
            raise MethodError("requestTooLarge")
        identity = await self._identity(context, args)
        sent, refused = {}, {}
        implied, states = SetAnswer(), []
        for name, value in given.items():
            try:
                patch = _wish(wishes, name)
                told, (answer, *around) = await self._send(context, identity, value, patch)
            except SetError as exc:
                refused[name] = exc.as_object()
                continue
            sent[name] = told
            implied.updated |= answer.updated
            states += around
        if states:
            more = implied.as_object(args["accountId"], states[0], states[-1])
            context.more.append(("Email/set", more))
        return {
            "accountId": args["accountId"],
            "sent": sent or None,
            "notSent": refused or None,
        }

    async def _identity(self, context: Context, args: dict[str, Any]) -> Identity:
        number = ids.number(
            ids.IDENTITY, created_ids(context)(arguments.string(args, "identityId"))
        )
        found = None
        if number is not None:
            found = await context.db.read(identities.find, context.visitor.account_id, number)
        if found is None:
            raise arguments.invalid("there is no such identityId")
        return found

    async def _send(
        self, context: Context, identity: Identity, value: Mapping[str, Any], patch: dict[str, Any]
    ) -> tuple[dict[str, Any], tuple[SetAnswer, str, str]]:
        """Give one receipt; return what the client is told. Raises SetError."""
        wanted = receipt.read(value)
        about = await self._about(context, wanted.for_email_id)
        asking = mdn.asking(about.header)
        if not asking:
            raise SetError("notFound", "the message does not ask for a receipt")
        may = self._handing.may_send_as
        if not await may(context.visitor.address, identity.address):
            raise SetError("forbiddenFrom", "this identity is not the account's any more")
        final = wanted.final_recipient or f"rfc822; {identity.address}"
        if not await may(context.visitor.address, final.partition(";")[2].strip()):
            raise SetError("forbiddenFrom", "finalRecipient is not an address of this account")
        if wanted.disposition.sending_mode != mdn.SENDINGS[0] and not _is_plain(about.header):
            raise SetError(
                "forbidden", "it must be asked for: the message asks for another address"
            )
        notification = mdn.Notification(
            final_recipient=final,
            action=wanted.disposition.action_mode,
            sending=wanted.disposition.sending_mode,
            type=wanted.disposition.type,
            reporting_ua=wanted.reporting_ua or "",
            original_recipient=about.header.text("original-recipient")[: receipt.MAX_FIELD],
            original_message_id=about.header.text("message-id")[: receipt.MAX_FIELD],
            extensions=wanted.extension_fields or {},
        )
        local, _, domain = identity.address.rpartition("@")
        octets = receipt.compose(
            Mailbox(identity.name, local, domain), asking, wanted, notification, about.octets,
            f"{secrets.token_hex(16)}@{domain}", context.now,
        )  # fmt: skip
        visitor = context.visitor
        client = Client(
            ip="", helo="", listener="jmap", account_id=visitor.account_id,
            account=visitor.address, mechanism="JMAP",
        )  # fmt: skip
        # RFC 8098 §3: no return address, and nobody is told what became of it.
        recipients = tuple(Recipient(str(one), ("NEVER",)) for one in asking)
        envelope = Envelope(
            "", recipients, body="7BIT" if octets.isascii() else "8BITMIME",
            smtputf8=not all(str(one).isascii() for one in asking),
        )  # fmt: skip
        then = self._then(context, about.message_id, patch)
        try:
            done = await self._handing.report(client, envelope, octets, then)
        except OverQuota:
            raise SetError("overQuota", "no recipient here has room") from None
        except NotFound:
            raise SetError("notFound") from None
        if isinstance(done, Answer):
            raise SetError("forbidden", done.text)
        for account_id in done[0]:
            context.changed(account_id)
        told = {
            "finalRecipient": final,
            "originalRecipient": notification.original_recipient or None,
            "originalMessageId": notification.original_message_id or None,
        }
        return {n: v for n, v in told.items() if v and n not in value}, done[1]

    def _then(
        self, context: Context, message_id: MessageId, patch: dict[str, Any]
    ) -> Callable[[Transaction], tuple[SetAnswer, str, str]]:
        follow = self._emails.following(context, {ids.make(ids.EMAIL, message_id): patch}, [])
        account_id = context.visitor.account_id

        def then(tx: Transaction) -> tuple[SetAnswer, str, str]:
            places = placements.where(tx, account_id, [message_id]).get(message_id, [])
            if any(MDN_SENT.lower() in keywords.lower().split() for _, _, keywords in places):
                raise SetError("mdnAlreadySent")
            found = follow(tx)
            for refused in found[0].not_updated.values():
                raise SetError("invalidProperties", str(refused), ["onSuccessUpdateEmail"])
            return found

        return then

    async def _about(self, context: Context, email_id: str | None) -> _About:
        number = ids.number(ids.EMAIL, created_ids(context)(email_id or ""))
        if number is None:
            raise SetError("notFound", "there is no such forEmailId")
        message_id = MessageId(number)
        try:
            found = await context.db.read(
                placements.locate_by_id, context.visitor.account_id, message_id
            )
            octets = await context.db.blob(found.blob)
        except NotFound:
            raise SetError("notFound", "there is no such forEmailId") from None
        return _About(message_id, octets, parse_header(octets))

    async def parse(self, context: Context, args: dict[str, Any]) -> dict[str, Any]:
        """Answer MDN/parse (RFC 9007 §2.2)."""
        arguments.check_names(args, {"accountId", "blobIds"})
        blob_ids = arguments.strings(args, "blobIds")
        if blob_ids is None:
            raise arguments.invalid("blobIds is not a list")
        if len(blob_ids) > MAX_BLOBS:
            raise MethodError("requestTooLarge", f"more than {MAX_BLOBS} blobs")
        parsed: dict[str, Any] = {}
        missing, failed = [], []
        for blob_id in blob_ids:
            octets = await self._fetch(context, blob_id)
            found = None
            if octets is None:
                missing.append(blob_id)
            elif not is_message(octets) or (found := mdn.parse(octets)) is None:
                failed.append(blob_id)
            else:
                parsed[blob_id] = receipt.show(found, await self._subject_of(context, found))
        return {
            "accountId": args["accountId"],
            "parsed": parsed or None,
            "notParsable": failed or None,
            "notFound": missing or None,
        }

    async def _subject_of(self, context: Context, found: mdn.Received) -> str | None:
        """Return the id of the email that a receipt is about, None if it is not here."""
        named = message_ids(found.notification.original_message_id.encode("utf-8", "replace"))
        if not named:
            return None
        account_id = context.visitor.account_id
        for number in await context.db.read(_candidates, account_id, named[0], found.about):
            try:
                about = await self._about(context, ids.make(ids.EMAIL, number))
            except SetError:
                continue
            if about.header.message_id() == named[0]:
                return ids.make(ids.EMAIL, number)
        return None


def _candidates(
    tx: Transaction, account_id: AccountId, message_id: str, subjects: Sequence[str]
) -> list[MessageId]:
    """Return the messages among which the one of this Message-ID is."""
    links = [
        link
        for subject in subjects
        for link in threads.links(message_id, (), base_subject(subject))
    ]
    thread = threads.find(tx, account_id, links)
    found = threads.messages(tx, account_id, [ThreadId(thread)])
    return [number for some in found.values() for number in some][:_MAX_LOOKED_AT]


def _wish(wishes: Mapping[str, dict[str, Any]], name: str) -> dict[str, Any]:
    """Return what is to be changed in the email; it must say that a receipt was given."""
    patch = wishes.get(f"#{name}", {})
    whole = patch.get("keywords")
    if patch.get(f"keywords/{_SENT}") is True:
        return patch
    if isinstance(whole, dict) and whole.get(_SENT) is True:
        return patch
    raise SetError("invalidProperties", f"must set {_SENT}", ["onSuccessUpdateEmail"])


def _is_plain(header: Header) -> bool:
    """Tell whether a receipt would go where the message came from (RFC 8098 §2.1)."""
    came = only_mailbox(header.value("return-path"))
    asking = mdn.asking(header)
    return came is not None and [str(one).lower() for one in asking] == [str(came).lower()]
