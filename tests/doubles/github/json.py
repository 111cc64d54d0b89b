"""What GitHub's bodies are made of."""

from typing import Any, TypeAlias

DOCS = "https://docs.github.com/rest"
Json: TypeAlias = dict[str, Any]
