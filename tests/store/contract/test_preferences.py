"""One text for each account."""

import pytest

from pillarbox.base.errors import TooMany
from pillarbox.store import accounts, preferences

from .world import account, in_transaction


@in_transaction
def test_what_was_put_is_found(tx):
    anna, ben = account(tx, "anna"), account(tx, "ben")
    assert preferences.find(tx, anna) == (0, "")
    assert preferences.put(tx, anna, '{"a": 1}') == 1
    assert preferences.put(tx, anna, '{"a": "ä"}') == 2
    assert preferences.find_to_change(tx, anna) == preferences.find(tx, anna)
    assert preferences.find(tx, anna) == (2, '{"a": "ä"}')
    assert (preferences.version(tx, anna), preferences.version(tx, ben)) == (2, 0)
    with pytest.raises(TooMany):
        preferences.put(tx, anna, "ä" * preferences.MAX_OCTETS)
    accounts.delete(tx, anna)
    while accounts.purge(tx):
        pass
    assert preferences.find(tx, anna) == (0, "")
