"""Signatures that anybody can make, for tests that do not forge."""

from dataclasses import dataclass


@dataclass
class FakeSignatures:
    name: str = "placet"

    def sign(self, message: bytes) -> str:
        return f"{self.name}:{message.hex()}"

    def signed(self, message: bytes, signature: str) -> bool:
        return signature == self.sign(message)
