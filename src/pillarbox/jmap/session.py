"""The Session object (RFC 8620 §2). Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from pillarbox.jmap.limits import Limits

CORE: Final = "urn:ietf:params:jmap:core"
WEBSOCKET: Final = "urn:ietf:params:jmap:websocket"
STATE_OCTETS: Final = 9

# RFC 4790 §9, RFC 5051: what `collation` of a sort may be.
COLLATIONS: Final = ("i;ascii-numeric", "i;ascii-casemap", "i;unicode-casemap", "i;octet")


@dataclass(frozen=True, slots=True)
class Urls:
    """Where things are; `{...}` as RFC 8620 §2 wants it."""

    api: str = "/jmap/api"
    download: str = "/jmap/download/{accountId}/{blobId}/{name}?type={type}"
    upload: str = "/jmap/upload/{accountId}"
    event_source: str = "/jmap/eventsource?types={types}&closeafter={closeafter}&ping={ping}"


def core_properties(limits: Limits) -> dict[str, Any]:
    """Return what the session says of CORE."""
    return {
        "maxSizeUpload": limits.max_size_upload,
        "maxConcurrentUpload": limits.max_concurrent_upload,
        "maxSizeRequest": limits.max_size_request,
        "maxConcurrentRequests": limits.max_concurrent_requests,
        "maxCallsInRequest": limits.max_calls_in_request,
        "maxObjectsInGet": limits.max_objects_in_get,
        "maxObjectsInSet": limits.max_objects_in_set,
        "collationAlgorithms": list(COLLATIONS),
    }


def session_object(
    account_id: str,
    username: str,
    server: Mapping[str, Any],
    account: Mapping[str, Any],
    urls: Urls,
    origin: str = "",
) -> dict[str, Any]:
    """Return the session of somebody who has one account.

    server, account: properties of capabilities, of the server and of the account. origin:
    "https://host", put before each path; the state does not depend on it.
    """
    found: dict[str, Any] = {
        "capabilities": server,
        "accounts": {
            account_id: {
                "name": username,
                "isPersonal": True,
                "isReadOnly": False,
                "accountCapabilities": account,
            }
        },
        "primaryAccounts": {urn: account_id for urn in account if urn != CORE},
        "username": username,
        "apiUrl": urls.api,
        "downloadUrl": urls.download,
        "uploadUrl": urls.upload,
        "eventSourceUrl": urls.event_source,
    }
    encoded = msgspec.json.encode(found)
    state = hashlib.blake2b(encoded, digest_size=STATE_OCTETS).hexdigest()
    for name in ("apiUrl", "downloadUrl", "uploadUrl", "eventSourceUrl"):
        found[name] = origin + found[name]
    if WEBSOCKET in server:
        place = origin.replace("http", "ws", 1) + server[WEBSOCKET]["url"]
        found["capabilities"] = {**server, WEBSOCKET: {**server[WEBSOCKET], "url": place}}
    return {**found, "state": state}
