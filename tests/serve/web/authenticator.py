"""A passkey in software: makes credentials and signs, as WebAuthn level 2 says."""

import base64
import hashlib
import json
import secrets

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, MAY_SYNC, SYNCED, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Authenticator:
    """One passkey. counts: whether it counts signatures. flags: what it says of the person."""

    def __init__(self, origin="https://mail.example.org", *, counts=True, flags=VERIFIED):
        self.origin = origin
        self.rp_id = None
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = secrets.token_bytes(16)
        self.handle = b""
        self.count = 0
        self.counts = counts
        self.flags = PRESENT | flags

    def _client_data(self, kind, challenge, origin):
        value = {"type": kind, "challenge": challenge, "origin": origin or self.origin}
        return json.dumps(value).encode()

    def _data(self, rp_id, more=0):
        if self.counts:
            self.count += 1
        digest = hashlib.sha256(rp_id.encode()).digest()
        return digest + bytes([self.flags | more]) + self.count.to_bytes(4, "big")

    def create(self, options, *, origin=None, rp_id=None):
        """Answer to PublicKeyCredentialCreationOptions."""
        self.rp_id = rp_id or options["rp"]["id"]
        self.handle = unb64(options["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        cose = cbor2.dumps(
            {
                1: 2,
                3: -7,
                -1: 1,
                -2: numbers.x.to_bytes(32, "big"),
                -3: numbers.y.to_bytes(32, "big"),
            }
        )
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id
        data = self._data(self.rp_id, ATTESTED) + attested + cose
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            clientDataJSON=b64(self._client_data("webauthn.create", options["challenge"], origin)),
            attestationObject=b64(attestation),
            transports=["internal", "odd"],
        )

    def get(self, options, *, origin=None, rp_id=None, kind="webauthn.get", handle=None):
        """Answer to PublicKeyCredentialRequestOptions."""
        client = self._client_data(kind, options["challenge"], origin)
        data = self._data(rp_id or options["rpId"])
        signed = data + hashlib.sha256(client).digest()
        return self._answer(
            clientDataJSON=b64(client),
            authenticatorData=b64(data),
            signature=b64(self.key.sign(signed, ec.ECDSA(hashes.SHA256()))),
            userHandle=b64(self.handle if handle is None else handle),
        )

    def _answer(self, **response):
        return {
            "id": b64(self.credential_id),
            "rawId": b64(self.credential_id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": response,
        }
