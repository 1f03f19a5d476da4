"""A checkpoint: a signed sentence about the trail, which leaves the database; and the public keys that prove it."""

import hashlib
import json
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from bot.model.values import Value


def written(moment: datetime) -> str:
    """A moment as it is signed."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def key_id(public: bytes) -> str:
    """The name of a public key: the beginning of its SHA-256, for people to compare."""
    return hashlib.sha256(public).hexdigest()[:16]


class PublicKey(Value):
    """A key that signs or signed checkpoints; `introduction` is the signature of the key before it over this one."""

    id: str
    public: str  # 32 bytes, hex
    written: str  # when it was made
    introduced_by: str = ""
    introduction: str = ""

    def check(self, signature: str, message: bytes) -> bool:
        """Whether this key made a signature."""
        if key_id(bytes.fromhex(self.public)) != self.id:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.public)).verify(bytes.fromhex(signature), message)
        except (InvalidSignature, ValueError):
            return False
        return True

    def line(self) -> str:
        """The key as a line of JSON."""
        return json.dumps({"kind": "key", **self.model_dump()}, sort_keys=True)


class Checkpoint(Value):
    """That the trail had this hash at this number, at this time, signed."""

    number: int
    hash: str  # hex
    written: str  # UTC, to the microsecond
    key: str
    signature: str = ""  # hex

    @property
    def message(self) -> bytes:
        """What is signed."""
        return f"backstop audit checkpoint\n{self.number}\n{self.hash}\n{self.written}\n{self.key}".encode()

    def is_signed_by(self, key: PublicKey) -> bool:
        """Whether this key signed it."""
        return key.id == self.key and key.check(self.signature, self.message)

    def line(self) -> str:
        """The checkpoint as a line of JSON, for a file or a channel."""
        return json.dumps({"kind": "checkpoint", **self.model_dump()}, sort_keys=True)


def introduction(public: str) -> bytes:
    """What an old key signs to introduce the key that follows it."""
    return f"backstop audit key\n{public}".encode()


def public_of(private: Ed25519PrivateKey, moment: datetime, before: Ed25519PrivateKey | None = None) -> PublicKey:
    """The public half of a key, introduced by the key before it if there was one."""
    public = private.public_key().public_bytes_raw()
    made = PublicKey(id=key_id(public), public=public.hex(), written=written(moment))
    if before is None:
        return made
    signature = before.sign(introduction(public.hex())).hex()
    by = key_id(before.public_key().public_bytes_raw())
    return made.model_copy(update={"introduced_by": by, "introduction": signature})


def sign(private: Ed25519PrivateKey, number: int, hash: bytes, moment: datetime) -> Checkpoint:
    """A signed checkpoint."""
    key = key_id(private.public_key().public_bytes_raw())
    made = Checkpoint(number=number, hash=hash.hex(), written=written(moment), key=key)
    return made.model_copy(update={"signature": private.sign(made.message).hex()})
