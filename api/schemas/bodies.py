"""A body that comes in: no value becomes another, unknown keys are left aside, null is absent."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic.alias_generators import to_camel

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


class Body(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", alias_generator=to_camel)


def _one_line(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("must be one line, without control characters")
    return text


ONE_LINE = AfterValidator(_one_line)
Name = Annotated[str, Field(min_length=1, max_length=200), ONE_LINE]
Email = Annotated[str, Field(min_length=1, max_length=254)]
Count = Annotated[int, Field(ge=1, le=2**53)]
Number = Annotated[int | float, WithJsonSchema({"type": "number"})]
