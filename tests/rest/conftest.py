"""What the tests over REST share."""

from tests.rest.fixtures import edge, same_edge

__all__ = ["edge", "same_edge"]
