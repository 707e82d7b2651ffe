"""Who a message is from: SPF, DKIM, ARC, DMARC, and how to say so (Authentication-Results).

Every check is pure: octets, a Resolver and the time come in; a verdict with its
evidence comes out. Nothing here does I/O, reads a clock, or decides what happens to a
message: `delivery/` does.
"""
