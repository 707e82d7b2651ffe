"""EmailSubmission/set (RFC 8621 §7.5): sending, undo send, send later.

Each message is handed in by one transaction, together with what onSuccessUpdateEmail and
onSuccessDestroyEmail want: a message is never sent and still a draft. Their answers are joined to
the one Email/set response that the RFC has follow.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pillarbox.base.errors import NotFound, OverQuota, TooMany
from pillarbox.delivery import handing_in
from pillarbox.delivery.envelope import Client, Envelope, Recipient
from pillarbox.delivery.handing_in import HandingIn, Order
from pillarbox.delivery.inbound import Answer
from pillarbox.jmap import arguments, ids
from pillarbox.jmap import handing_in as reading
from pillarbox.jmap.error import MethodError, SetError
from pillarbox.jmap.handing_in import Handed
from pillarbox.mailauth.author import authors
from pillarbox.mime.header import Header, parse_header
from pillarbox.serve.jmap.emails_set import EmailsSet
from pillarbox.serve.jmap.method import Context
from pillarbox.serve.jmap.set_answer import SetAnswer, created_ids
from pillarbox.serve.jmap.submissions import show
from pillarbox.serve.jmap.tracing import URN as TRACE_URN
from pillarbox.store import identities, placements, submissions
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, MessageId

_MORE: Final = ("onSuccessUpdateEmail", "onSuccessDestroyEmail")
_SERVER_SET: Final = (
    "id", "threadId", "undoStatus", "sendAt", "deliveryStatus", "dsnBlobIds", "mdnBlobIds",
    "traceId",
)  # fmt: skip


@dataclass(slots=True)
class _Wishes:
    """What is to be done with the emails of submissions that succeed, by their ids as given."""

    update: dict[str, dict[str, Any]]
    destroy: list[str]

    def of(self, *names: str) -> tuple[dict[str, Any] | None, bool]:
        """Return patch and whether to destroy, for a submission by any of its names."""
        patch = next((self.update[name] for name in names if name in self.update), None)
        return patch, any(name in self.destroy for name in names)


@dataclass(slots=True)
class _Implied:
    """The Email/set that follows. old: "" while nothing was asked for."""

    answer: SetAnswer = field(default_factory=SetAnswer)
    old: str = ""
    new: str = ""

    def join(self, found: tuple[SetAnswer, str, str]) -> None:
        answer, old, new = found
        self.old, self.new = self.old or old, new
        self.answer.updated |= answer.updated
        self.answer.destroyed += answer.destroyed
        self.answer.not_updated |= answer.not_updated
        self.answer.not_destroyed |= answer.not_destroyed


class SubmissionsSet:
    """The method. max_octets, max_recipients: of one message."""

    def __init__(
        self, handing: HandingIn, emails: EmailsSet, max_octets: int, max_recipients: int
    ) -> None:
        self._handing = handing
        self._emails = emails
        self._max_octets = max_octets
        self._max_recipients = max_recipients

    async def set(self, context: Context, args: dict[str, Any]) -> dict[str, Any]:
        """Answer EmailSubmission/set."""
        asked = arguments.Set.read(args, context.limits.max_objects_in_set, _MORE)
        wishes = _Wishes(arguments.objects(args, _MORE[0]), arguments.strings(args, _MORE[1]) or [])
        if len(wishes.update) + len(wishes.destroy) > context.limits.max_objects_in_set:
            raise MethodError("requestTooLarge")
        account_id = context.visitor.account_id
        old = str(await context.db.read(submissions.state, account_id))
        asked.check_state(old)
        answer, implied = SetAnswer(), _Implied()
        for name, value in asked.create.items():
            try:
                answer.created[name] = await self._create(context, name, value, wishes, implied)
            except SetError as exc:
                answer.not_created[name] = exc.as_object()
        resolve = created_ids(context, answer)
        doomed = list(dict.fromkeys(map(resolve, asked.destroy)))
        for name, patch in asked.update.items():
            target = resolve(name)
            try:
                if target in doomed:
                    raise SetError("willDestroy")  # noqa: TRY301 - one way for all that is wrong
                await self._update(context, name, target, patch, wishes, implied)
                answer.updated[target] = None
            except SetError as exc:
                answer.not_updated[target] = exc.as_object()
        for target in doomed:
            await self._destroy(context, target, wishes, implied, answer)
        if implied.old:
            more = implied.answer.as_object(asked.account_id, implied.old, implied.new)
            context.more.append(("Email/set", more))
        new = str(await context.db.read(submissions.state, account_id))
        if new != old:
            context.changed(account_id)
        return answer.as_object(asked.account_id, old, new)

    async def _create(
        self,
        context: Context,
        name: str,
        value: Mapping[str, Any],
        wishes: _Wishes,
        implied: _Implied,
    ) -> dict[str, Any]:
        """Hand in one message, and return what the client is told of it. Raises SetError."""
        order = await self._order(context, value)
        email_id = ids.make(ids.EMAIL, order.message_id)
        follow = self._follow(context, wishes.of(f"#{name}"), email_id)
        using = context.using

        def then(tx: Transaction, number: int) -> tuple[Any, dict[str, Any]]:
            answer = None if follow is None else follow(tx)
            made = submissions.find(tx, AccountId(order.client.account_id), number)
            assert made is not None
            wanted = set(_SERVER_SET) - (set() if TRACE_URN in using else {"traceId"})
            return answer, show(tx, made, wanted)

        try:
            taken = await self._handing.hand_in(order, then)
        except OverQuota:
            raise SetError("overQuota", "no recipient here has room") from None
        except TooMany:
            raise SetError("overQuota", "too many messages wait to be sent") from None
        except NotFound:
            raise _wrong("emailId", why="no such email") from None
        if isinstance(taken, Answer):
            raise SetError("forbiddenFrom", taken.text)
        for account_id in taken.changed:
            context.changed(account_id)
        found, told = taken.then
        if found is not None:
            implied.join(found)
        return told

    def _follow(
        self, context: Context, wish: tuple[dict[str, Any] | None, bool], email_id: str
    ) -> Callable[[Transaction], tuple[SetAnswer, str, str]] | None:
        patch, destroy = wish
        if patch is None and not destroy:
            return None
        update = {} if patch is None else {email_id: patch}
        return self._emails.following(context, update, [email_id] if destroy else [])

    async def _order(self, context: Context, value: Mapping[str, Any]) -> Order:
        """Read and check a submission. Raises SetError."""
        unknown = value.keys() - {"identityId", "emailId", "envelope"}
        if unknown:
            raise _wrong(*sorted(unknown)[:10], why="cannot be set")
        resolve = created_ids(context)
        number = _number(ids.EMAIL, value.get("emailId"), resolve)
        identity_id = _number(ids.IDENTITY, value.get("identityId"), resolve)
        visitor, db = context.visitor, context.db
        identity = None
        if identity_id is not None:
            identity = await db.read(identities.find, visitor.account_id, identity_id)
        if identity is None:
            raise _wrong("identityId", why="no such identity")
        if number is None:
            raise _wrong("emailId", why="no such email")
        try:
            located = await db.read(placements.locate_by_id, visitor.account_id, MessageId(number))
            if located.octets > self._max_octets:
                raise SetError("tooLarge", "", (), maxSize=self._max_octets)
            octets = await db.blob(located.blob)
        except NotFound:
            raise _wrong("emailId", why="no such email") from None
        header = parse_header(octets)
        if not authors(header):
            raise SetError("invalidEmail", "there is no From", ["from"])
        given = value.get("envelope")
        if given is None:
            handed = reading.derive(header, identity.address)
            if not await self._handing.may_send_as(visitor.address, handed.sender):
                handed.sender = identity.address
        else:
            handed = reading.read(given, context.now)
        reading.check_recipients(handed, self._max_recipients)
        await self._check_senders(context, identity, handed, header)
        envelope = _envelope(handed, octets)
        await self._check_routes(envelope)
        client = Client(
            ip="", helo="", listener="jmap", account_id=visitor.account_id,
            account=visitor.address, mechanism="JMAP",
        )  # fmt: skip
        return Order(client, envelope, octets, number, identity.identity_id)

    async def _check_senders(
        self, context: Context, identity: identities.Identity, handed: Handed, header: Header
    ) -> None:
        account = context.visitor.address
        may = self._handing.may_send_as
        if not await may(account, identity.address):
            raise SetError("forbiddenFrom", "this identity is not the account's any more")
        if handed.sender and not await may(account, handed.sender):
            raise SetError("forbiddenMailFrom", "not an address of this account")
        for author in authors(header)[:10]:
            if not await may(account, str(author)):
                raise SetError("forbiddenFrom", "From is not an address of this account")

    async def _check_routes(self, envelope: Envelope) -> None:
        """Raise SetError for recipients here that nobody is."""
        routings = await self._handing.routings(envelope)
        bad = [one.recipient for one in routings if one.ours and not one.targets]
        if bad:
            raise reading.invalid_recipients(bad)

    async def _update(
        self,
        context: Context,
        name: str,
        target: str,
        patch: Mapping[str, Any],
        wishes: _Wishes,
        implied: _Implied,
    ) -> None:
        """Cancel, which is all that can be changed. Raises SetError."""
        found = await self._find(context, target)
        shown = await context.db.read(show, found, patch.keys())
        given = {n: v for n, v in patch.items() if n != "undoStatus"}
        wrong = [n for n, v in given.items() if n not in shown or shown[n] != v]
        if wrong:
            raise _wrong(*wrong[:10], why="cannot be changed")
        wanted = patch.get("undoStatus", found.state)
        if wanted == found.state:
            return
        if wanted != "canceled":
            raise _wrong("undoStatus", why="can only become canceled")
        email_id = ids.make(ids.EMAIL, found.message_id)
        follow = self._follow(context, wishes.of(name, target), email_id)

        def cancel(tx: Transaction) -> tuple[bool, Any]:
            if not handing_in.cancel(tx, found.account_id, found.submission_id):
                return False, None
            return True, None if follow is None else follow(tx)

        done, answer = await context.db.write(cancel)
        if not done:
            raise SetError("cannotUnsend", "it has left already")
        if answer is not None:
            implied.join(answer)

    async def _destroy(
        self,
        context: Context,
        target: str,
        wishes: _Wishes,
        implied: _Implied,
        answer: SetAnswer,
    ) -> None:
        try:
            found = await self._find(context, target)
        except SetError as exc:
            answer.not_destroyed[target] = exc.as_object()
            return
        email_id = ids.make(ids.EMAIL, found.message_id)
        follow = self._follow(context, wishes.of(target), email_id)

        def destroy(tx: Transaction) -> Any:
            submissions.destroy(tx, context.visitor.account_id, found.submission_id)
            return None if follow is None else follow(tx)

        followed = await context.db.write(destroy)
        answer.destroyed.append(target)
        if followed is not None:
            implied.join(followed)

    async def _find(self, context: Context, target: str) -> submissions.Submission:
        number = ids.number(ids.SUBMISSION, target)
        found = None
        if number is not None:
            found = await context.db.read(submissions.find, context.visitor.account_id, number)
        if found is None or not found.shown:
            raise SetError("notFound")
        return found


def _number(kind: str, value: Any, resolve: Callable[[str], str]) -> int | None:
    return ids.number(kind, resolve(value)) if isinstance(value, str) else None


def _wrong(*names: str, why: str = "") -> SetError:
    return SetError("invalidProperties", why, [name[:100] for name in names])


def _envelope(handed: Handed, octets: bytes) -> Envelope:
    """Return the envelope as delivery has it; what the message needs is read from its octets."""
    addresses = (handed.sender, *(one.email for one in handed.recipients))
    header = octets[: parse_header(octets).end]
    return Envelope(
        sender=handed.sender,
        recipients=tuple(Recipient(o.email, o.notify, o.orcpt) for o in handed.recipients),
        body="7BIT" if octets.isascii() else "8BITMIME",
        smtputf8=not header.isascii() or not all(map(str.isascii, addresses)),
        ret=handed.ret,
        envid=handed.envid,
        require_tls=handed.require_tls,
        hold_until=handed.hold_until,
    )
