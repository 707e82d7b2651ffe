"""What listeners of protocol "web" serve: built of the settings here, as `app.py` does the rest.

JMAP, signing in, the webmail, and the MTA-STS policies of our domains, on one origin.
"""

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import SystemRandom

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route

from pillarbox import config
from pillarbox.base.clock import Clock
from pillarbox.base.token import Marker
from pillarbox.delivery import destination, outbound
from pillarbox.delivery.destination import Destination
from pillarbox.delivery.handing_in import HandingIn
from pillarbox.delivery.public_web import StrangersWeb
from pillarbox.delivery.recipient_security import RecipientSecurity
from pillarbox.delivery.signing import Sealer
from pillarbox.delivery.tls_policies import TlsPolicies
from pillarbox.delivery.unsubscribing import Unsubscribing
from pillarbox.dns.resolver import Resolver
from pillarbox.jmap.email_filter import SEARCH_URN
from pillarbox.jmap.limits import Limits
from pillarbox.mailauth.psl import organisational_domain
from pillarbox.serve import web_server
from pillarbox.serve.identify import Identifier
from pillarbox.serve.jmap import (
    contacts_capability,
    core,
    endpoints,
    mail,
    preferring,
    quotas,
    recipients,
    sender,
    sending,
    snoozing,
    vacation,
    web_socket,
)
from pillarbox.serve.jmap.api import Api
from pillarbox.serve.jmap.blob_methods import BlobMethods
from pillarbox.serve.jmap.blobs import Blobs
from pillarbox.serve.jmap.emails_set import EmailsSet
from pillarbox.serve.jmap.event_source import EventSource
from pillarbox.serve.jmap.extras import by_name
from pillarbox.serve.jmap.indexed_words import IndexedWords
from pillarbox.serve.jmap.mdn import Receipts
from pillarbox.serve.jmap.method import Capability
from pillarbox.serve.jmap.news import News
from pillarbox.serve.jmap.push_methods import PushMethods
from pillarbox.serve.jmap.pusher import Pusher
from pillarbox.serve.jmap.tracing import Tracing
from pillarbox.serve.jmap.transfer import Transfer
from pillarbox.serve.jmap.uploading import Uploading
from pillarbox.serve.jmap.viewing import Viewing
from pillarbox.serve.jmap.web_push import VapidKey, WebPush
from pillarbox.serve.jmap.web_socket import WebSockets
from pillarbox.serve.listener import Gate
from pillarbox.serve.notify import Hub
from pillarbox.serve.reading import Readings
from pillarbox.serve.second_step import SecondStep
from pillarbox.serve.signin import SignIn
from pillarbox.serve.status import EmbeddedServer
from pillarbox.serve.view_token import Tokens
from pillarbox.serve.web import signing_in, static
from pillarbox.serve.web.auth import Auth
from pillarbox.serve.web.door import Door
from pillarbox.serve.web.frame import Frames
from pillarbox.serve.web.image_cache import ImageCache
from pillarbox.serve.web.images import Images
from pillarbox.store.database import Database
from pillarbox.store.search_index import SearchIndex


@dataclass(frozen=True, slots=True)
class Parts:
    """What a worker has built already. stopping: set when requests that wait should end.

    announced: routes of the MTA-STS policies.
    """

    settings: config.Settings
    db: Database
    index: SearchIndex
    hub: Hub
    clock: Clock
    resolver: Resolver
    outbound: outbound.Policy
    tls_policies: TlsPolicies
    signin: SignIn
    marker: Marker
    keys: Sealer
    gate: Gate
    vapid: VapidKey
    stopping: asyncio.Event
    announced: Sequence[Route]
    handing_in: HandingIn


class Website:
    """The applications of one worker. announced: without what is for our accounts.

    pusher: to be run in one worker.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._limits = _limits(parts.settings)
        self._blobs = Blobs(parts.db)
        self._uploading = Uploading(
            parts.db, self._limits.max_size_upload, parts.settings.web.upload_quota
        )
        identify = Identifier(parts.db, parts.clock, parts.signin, parts.marker)
        self._tokens = Tokens(parts.marker.mark("view", "frames"))
        self._readings = Readings(parts.db, self._tokens, organisational_domain)
        self._web = _strangers_web(parts.settings, parts.resolver)
        self._web_push = WebPush(self._web, parts.vapid)
        self._push = PushMethods(self._web_push, parts.clock)
        routes: list[BaseRoute] = [
            *parts.announced,
            *self._jmap(identify),
            *self._signing_in(identify),
            *self._frames(identify),
            *static.Webmail(static.load()).routes(),
        ]
        self.announced = Starlette(routes=parts.announced)
        self.application = Starlette(routes=routes, middleware=signing_in.middleware())

    def server(self, tls: ssl.SSLContext | None) -> EmbeddedServer:
        """Return the server for listeners with this TLS."""
        return web_server.server(
            self.application,
            self._parts.gate,
            tls,
            proxies=self._parts.settings.web.proxies,
            max_frame=self._limits.max_size_request,
        )

    def _jmap(self, identify: Identifier) -> list[BaseRoute]:
        parts = self._parts
        wanted = parts.settings.web
        api = Api(parts.db, parts.clock, self._capabilities(), parts.hub.changed, self._limits)
        news = News(parts.db, parts.hub, api.capabilities, parts.stopping, wanted.connections)
        guard = endpoints.Guard(identify, parts.clock, wanted.requests_per_second)
        self._push.news = news
        self.pusher = Pusher(
            parts.db, parts.hub, parts.clock, news, self._web_push, identify.is_valid
        )
        return [
            *endpoints.routes(api, guard),
            *Transfer(self._blobs, self._uploading, wanted.uploads).routes(guard),
            *EventSource(news, identify.is_valid).routes(guard),
            *WebSockets(api, news, identify.is_valid).routes(guard),
        ]

    def _capabilities(self) -> list[Capability]:
        extras = [sender.extra(), snoozing.extra()]
        limits = self._parts.settings.limits
        octets = limits.message_octets
        emails = EmailsSet(by_name(extras), self._blobs.fetch, octets)
        return [
            core.capability(self._limits, self._push.methods()),
            self._parts.vapid.capability(),
            BlobMethods(self._blobs, self._uploading).capability(),
            quotas.capability(),
            mail.capability(
                extras,
                IndexedWords(self._parts.index),
                fetch=self._blobs.fetch,
                max_octets=octets,
                emails=emails,
            ),
            sending.capability(self._parts.handing_in, emails, octets, limits.recipients),
            web_socket.capability(),
            sender.capability(),
            snoozing.capability(),
            vacation.capability(),
            Receipts(self._parts.handing_in, emails, self._blobs.fetch).capability(),
            Capability(SEARCH_URN, {}),
            recipients.capability(),
            contacts_capability.capability(self._blobs.fetch),
            preferring.capability(),
            self._tracing(),
            self._viewing(),
        ]

    def _tracing(self) -> Capability:
        parts, policy = self._parts, self._parts.outbound
        hostnames = policy.own.hostnames | {policy.hostname.lower()}
        own, random = replace(policy.own, hostnames=hostnames), SystemRandom()

        async def find(domain: str) -> Destination:
            return await destination.find(domain, parts.resolver, own, random)

        separator = parts.settings.subaddress_separator
        security = RecipientSecurity(
            parts.db, find, parts.tls_policies, parts.clock,
            separator=separator, encrypt=policy.require_tls,
        )  # fmt: skip
        return Tracing(separator, security, parts.resolver).capability()

    def _viewing(self) -> Capability:
        parts = self._parts
        unsubscribing = Unsubscribing(parts.db, parts.resolver, self._web, parts.clock)
        return Viewing(self._readings, self._tokens, unsubscribing).capability()

    def _frames(self, identify: Identifier) -> list[Route]:
        parts, tokens = self._parts, self._tokens
        cache = ImageCache(parts.settings.path("images"))
        return [
            *Frames(self._readings, identify, tokens, parts.clock).routes(),
            *Images(self._web, cache, tokens, parts.clock).routes(),
        ]

    def _signing_in(self, identify: Identifier) -> list[Route]:
        parts = self._parts
        second = SecondStep(parts.db, parts.clock, parts.keys, parts.marker)
        door = Door(parts.db, parts.signin, parts.marker, second, parts.hub.changed)
        return signing_in.routes(Auth(door, identify, parts.clock))


def _strangers_web(settings: config.Settings, resolver: Resolver) -> StrangersWeb:
    given = map(config.address_and_port, settings.web.reachable)
    authorities = Path(settings.tls.authorities) if settings.tls.authorities else None
    return StrangersWeb(resolver, [place for place in given if place], authorities)


def _limits(settings: config.Settings) -> Limits:
    wanted = settings.web
    return Limits(
        max_size_upload=wanted.upload_octets or settings.limits.message_octets,
        max_concurrent_upload=wanted.uploads,
        max_size_request=wanted.request_octets,
        max_concurrent_requests=wanted.requests,
        max_calls_in_request=wanted.calls,
        max_objects_in_get=wanted.objects,
        max_objects_in_set=wanted.objects,
    )
