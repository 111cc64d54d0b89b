"""Answers of the service, in the contract's shape."""

from typing import Any

RUN = "019ab000-0000-7000-8000-0000abcd1234"


def run_body(**more: Any) -> dict[str, Any]:
    return {
        "id": RUN, "flowPath": "deploy", "taskType": "deploy", "status": "Running", "success": None, "executionMode": "flow",
        "createdAt": "2026-01-01T12:00:00.000Z", "triggeredBy": "bob@example.com", "payload": {"version": "1.2", "hot": True},
        "children": [], **more}


def approval_body(**more: Any) -> dict[str, Any]:
    return {
        "id": RUN, "requestedBy": "bob@example.com", "requestedAt": "2026-01-01T12:00:00.000Z", "expiresAt": "2126-01-02T12:00:00.000Z",
        "approvers": ["ann@example.com"], "context": {"taskType": "deploy", "version": "1.2"}, "status": "pending", "ref": "K7Q2M9",
        "digest": "0123456789abcdef" * 4, **more}


def part_body(*messages: str, status: str, offset: int, completed: bool = False) -> dict[str, Any]:
    return {
        "id": RUN, "running": not completed, "completed": completed, "status": status, "newLogs": "", "logOffset": str(offset),
        "lines": [{"timestamp": "2026-01-01T12:00:00.000Z", "level": "INFO", "message": m} for m in messages]}


def types_body() -> dict[str, Any]:
    return {
        "id": "deploy", "name": "Deploy", "description": "Deploys.", "category": "release", "executionMode": "flow", "parameters": [
            {"name": "version", "description": "Which one", "type": "string", "required": True},
            {"name": "tries", "description": "How often", "type": "integer", "required": False, "default": 3}]}
