"""What a server offers, and what a client has been offered (RFC 5321 §4.1.1.1)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What our server offers in one state of the connection.

    The driver has one value for before TLS and one for after: STARTTLS belongs into the
    first only, `mechanisms` and REQUIRETLS (RFC 8689 §2) into the second only. What is
    not offered is refused when it is used. PIPELINING, 8BITMIME and ENHANCEDSTATUSCODES
    are always offered.

    max_octets: of one message (RFC 1870), 0 = no limit. mechanisms: SASL names, upper case.
    binarymime: needs chunking (RFC 3030 §3).
    """

    max_octets: int = 0
    starttls: bool = False
    mechanisms: tuple[str, ...] = ()
    smtputf8: bool = True
    chunking: bool = True
    binarymime: bool = True
    dsn: bool = True
    require_tls: bool = False

    def lines(self) -> tuple[str, ...]:
        """Return the lines of the EHLO reply after the first."""
        offers = (
            (True, "PIPELINING"),
            (True, f"SIZE {self.max_octets}"),
            (self.starttls, "STARTTLS"),
            (self.mechanisms, "AUTH " + " ".join(self.mechanisms)),
            (True, "8BITMIME"),
            (self.chunking, "CHUNKING"),
            (self.chunking and self.binarymime, "BINARYMIME"),
            (self.smtputf8, "SMTPUTF8"),
            (self.dsn, "DSN"),
            (self.require_tls, "REQUIRETLS"),
            (True, "ENHANCEDSTATUSCODES"),
        )
        return tuple(line for offered, line in offers if offered)


@dataclass(frozen=True, slots=True)
class Extensions:
    """What a peer's server offers. offered: keyword, upper case -> its parameters."""

    offered: dict[str, str]

    @classmethod
    def of(cls, lines: tuple[str, ...]) -> "Extensions":
        """Read the lines of an EHLO reply, the first one too, which names the host."""
        offered: dict[str, str] = {}
        for line in lines[1:]:
            keyword, _, parameters = line.strip().partition(" ")
            # "AUTH=LOGIN PLAIN" is how servers older than RFC 2554 say it.
            if keyword.upper().startswith("AUTH="):
                keyword, parameters = "AUTH", f"{keyword[5:]} {parameters}"
                parameters = f"{offered.get('AUTH', '')} {parameters}".strip()
            offered[keyword.upper()] = parameters.strip()
        return cls(offered)

    def __contains__(self, keyword: str) -> bool:
        return keyword in self.offered

    @property
    def max_octets(self) -> int:
        """The limit of SIZE; 0 when none is named (RFC 1870 §4)."""
        digits = self.offered.get("SIZE", "")
        return int(digits) if digits.isdecimal() and digits.isascii() and len(digits) < 21 else 0

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """The SASL mechanisms of AUTH, upper case, each once."""
        return tuple(dict.fromkeys(self.offered.get("AUTH", "").upper().split()))
