"""An authoritative server over UDP and TCP, for the lab and for tests (RFC 1035 §4.2).

It answers only for its zones, and follows aliases among them. For signed zones it sets the
AD bit, as a validating resolver on this machine would: the lab's stand-in for DNSSEC.
"""

import asyncio
import struct
from collections.abc import Mapping
from typing import Final, cast

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from pillarbox.base.clock import Clock
from pillarbox.dns.resolver import RType, Status
from pillarbox.dns.zone import Zones

UDP_OCTETS: Final = 512  # without EDNS (RFC 1035 §4.2.1)
MAX_UDP_OCTETS: Final = 1232
TCP_IDLE_SECONDS: Final = 10.0
_KNOWN: Final = {rtype.value: rtype for rtype in RType}


class Authority:
    """The server. Zones can be replaced while it runs."""

    def __init__(self, zones: Mapping[str, str], clock: Clock) -> None:
        self._clock = clock
        self._zones = Zones(zones, clock)
        self._udp: asyncio.DatagramTransport | None = None
        self._tcp: asyncio.Server | None = None

    def replace(self, zones: Mapping[str, str]) -> None:
        """Answer from other zones from now on. Raises Invalid."""
        self._zones = Zones(zones, self._clock)

    async def start(self, address: str, port: int) -> int:
        """Listen on UDP and TCP; return the port (a free one for 0). Raises OSError."""
        self._tcp = await asyncio.start_server(self._serve, address, port)
        port = int(self._tcp.sockets[0].getsockname()[1])
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self), local_addr=(address, port)
        )
        self._udp = transport
        return port

    async def stop(self) -> None:
        """Stop to listen."""
        if self._udp is not None:
            self._udp.close()
        if self._tcp is not None:
            self._tcp.close()
            await self._tcp.wait_closed()

    def answer(self, data: bytes, limit: int | None) -> bytes | None:
        """Return the answer to a query, None for what is none. limit: None over TCP."""
        try:
            query = dns.message.from_wire(data)
        except (dns.exception.DNSException, ValueError, struct.error):
            return None
        if query.flags & dns.flags.QR or len(query.question) != 1:
            return None
        response = dns.message.make_response(query, recursion_available=False)
        self._fill(query, response)
        octets = response.to_wire(max_size=65_535)
        if limit is not None:
            room = max(limit, min(query.payload, MAX_UDP_OCTETS)) if query.edns >= 0 else limit
            if len(octets) > room:
                response.answer.clear()
                response.authority.clear()
                response.flags |= dns.flags.TC
                octets = response.to_wire()
        return octets

    def _fill(self, query: dns.message.Message, response: dns.message.Message) -> None:
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        rtype = _KNOWN.get(int(question.rdtype))
        if query.opcode() != dns.opcode.QUERY or not self._zones.serves(name):
            response.set_rcode(dns.rcode.REFUSED)
            return
        response.flags |= dns.flags.AA
        if rtype is None:
            return
        found = self._zones.look_up(name, rtype)
        if found.failed:
            response.set_rcode(dns.rcode.SERVFAIL)
            return
        if found.authentic:
            response.flags |= dns.flags.AD
        if found.status is Status.NXDOMAIN:
            response.set_rcode(dns.rcode.NXDOMAIN)
        for alias in found.aliases:
            for record in self._zones.look_up(alias, RType.CNAME).records:
                self._add(response.answer, alias, RType.CNAME, record.ttl, [record.text])
        if found.records:
            owner, ttl = found.records[0].name, found.records[0].ttl
            self._add(response.answer, owner, rtype, ttl, [r.text for r in found.records])
        else:
            self._add_soa(response, name)

    def _add_soa(self, response: dns.message.Message, name: str) -> None:
        at = name
        while at:
            records = self._zones.look_up(at, RType.SOA).records
            if records:
                record = records[0]
                self._add(response.authority, at, RType.SOA, record.ttl, [record.text])
                return
            at = at.partition(".")[2]

    @staticmethod
    def _add(
        section: list[dns.rrset.RRset], owner: str, rtype: RType, ttl: int, texts: list[str]
    ) -> None:
        section.append(
            dns.rrset.from_text_list(
                dns.name.from_text(owner + "."),
                ttl,
                dns.rdataclass.IN,
                dns.rdatatype.RdataType(rtype.value),
                texts,
                origin=dns.name.root,
                relativize=False,
            )
        )

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                async with asyncio.timeout(TCP_IDLE_SECONDS):
                    size = int.from_bytes(await reader.readexactly(2), "big")
                    data = await reader.readexactly(size)
                answer = self.answer(data, None)
                if answer is None:
                    break
                writer.write(len(answer).to_bytes(2, "big") + answer)
                await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = self._authority.answer(data, UDP_OCTETS)
        if answer is not None and self._transport is not None:
            self._transport.sendto(answer, addr)
