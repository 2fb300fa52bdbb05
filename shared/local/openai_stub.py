"""An OpenAI on this machine: chat completions with a schema, transcriptions, and what goes wrong with them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from shared.local.stub_server import StubHandler, form_of, served


def neutral(wanted: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """A judgement that sees nothing in anything."""
    feeling = {"mood": "neutral", "confidence": 0.5, "turns": [], "words": [], "reason": ""}
    unknown = {"verdict": "uncertain", "confidence": 0.5, "turn": None, "quote": None}
    answers = [
        {
            "item": item["id"],
            "verdict": "uncertain",
            "confidence": 0.5,
            "turn": None,
            "quote": None,
            "explanation": "A stub knows nothing.",
        }
        for item in wanted["checklist"]
    ]
    return {
        "answers": answers,
        "call": feeling,
        "operator": feeling,
        "customer": feeling,
        "purpose": None,
        "outcome": None,
        "products": [],
        "promises": [],
        "is_over": unknown,
        "satisfied": unknown,
        "agreed": unknown,
        "decision": None,
        "source": None,
        "topics": [],
        "objections": [],
        "next_step": None,
        "questions": [],
        "personal": [],
        "summary": "A call.",
        "summary_turns": [],
    }


@dataclass
class Model:
    """The account. Each switch holds until it is turned off."""

    key: str = "sk-local"
    says: Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]] = neutral
    """(what is asked, the call as told) → the judgement."""
    status: int = 200
    code: str | None = None
    retry_after: str | None = None
    finish_reason: str = "stop"
    refusal: str | None = None
    content: str | None = None
    """In place of what `says` says."""
    bad_times: int = 0
    """How many of the next answers are no JSON."""
    asked: list[dict[str, Any]] = field(default_factory=list)
    hears: Callable[[bytes], str] = lambda content: f"eshitildi {len(content)} bayt"
    """What is said in a piece of a recording."""
    heard: list[dict[str, str]] = field(default_factory=list)

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        wanted, told = (json.loads(message["content"]) for message in body["messages"][1:])
        content = self.content if self.content is not None else json.dumps(self.says(wanted, told), ensure_ascii=False)
        if self.bad_times > 0:
            self.bad_times -= 1
            content = "Sure! Here is the judgement you asked for:"
        words = len(json.dumps(body["messages"])) // 4
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": body["model"],
            "choices": [
                {
                    "index": 0,
                    "finish_reason": self.finish_reason,
                    "message": {
                        "role": "assistant",
                        "content": None if self.refusal else content,
                        "refusal": self.refusal,
                    },
                }
            ],
            "usage": {"prompt_tokens": words, "completion_tokens": 100, "total_tokens": words + 100},
        }


@contextmanager
def serving(model: Model) -> Iterator[str]:
    """Its base URL, with /v1, until the block ends."""

    class Handler(StubHandler):
        def do_POST(self) -> None:
            body = self.body()
            if self.headers.get("Authorization") != f"Bearer {model.key}":
                self.answer_json(401, _error("invalid_api_key"))
                return
            if self.path not in ("/v1/chat/completions", "/v1/audio/transcriptions"):
                self.answer_json(404, _error("not_found"))
                return
            if self.path.startswith("/v1/chat"):
                model.asked.append(json.loads(body))
            if model.status != 200:
                self.answer_json(model.status, _error(model.code), {"Retry-After": model.retry_after})
            elif self.path.startswith("/v1/audio"):
                form, content = form_of(self.headers["Content-Type"], body)
                model.heard.append(form)
                usage = {"type": "duration", "seconds": 1}
                self.answer_json(200, {"text": model.hears(content), "languages": [], "usage": usage})
            else:
                self.answer_json(200, model.answer(json.loads(body)))

    with served(Handler) as url:
        yield f"{url}/v1"


def _error(code: str | None) -> dict[str, Any]:
    return {"error": {"message": "as told", "type": "invalid_request_error", "param": None, "code": code}}
