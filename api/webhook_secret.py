"""The secret that signs a webhook, as a text."""

import base64
import binascii

PREFIX = "whsec_"


def is_webhook_secret(text: str) -> bool:
    """Tell whether a text is `whsec_` and the base64 of 24 to 64 bytes."""
    try:
        size = len(base64.b64decode(text.removeprefix(PREFIX), validate=True))
    except (binascii.Error, ValueError):
        return False
    return text.startswith(PREFIX) and 24 <= size <= 64
