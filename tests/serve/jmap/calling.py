"""Calling methods of JMAP without HTTP: a context for one account of a store."""

from pillarbox.jmap.limits import Limits
from pillarbox.serve.jmap.method import Context
from pillarbox.serve.visitor import Visitor
from pillarbox.store import accounts


class Caller:
    """One account that calls. told: how often it was said that the account changed."""

    def __init__(self, db, address, clock):
        self.db, self.address, self.clock = db, address, clock
        self.told = []

    async def __call__(self, method, **arguments):
        account = await self.db.read(accounts.find, self.address)
        visitor = Visitor(account.account_id, account.address, "session")
        context = Context(
            self.db, visitor, self.clock.now(), Limits(), frozenset(), self.told.append
        )
        return await method(context, {"accountId": f"a{account.account_id}", **arguments})
