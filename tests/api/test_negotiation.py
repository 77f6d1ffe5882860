"""Media types: what is answered to which Accept, and which bodies are taken for JSON."""

import pytest

from api.negotiation import Media, asks_for_a_page, is_json, takes_events, wanted

RESPONSE, JSON, EVENTS = Media.RESPONSE, Media.JSON, Media.EVENTS
BROWSER = b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, JSON),
        (b"*/*", JSON),
        (b"application/*", JSON),
        (b"application/json", JSON),
        (b"application/graphql-response+json", RESPONSE),
        (b"APPLICATION/GraphQL-Response+JSON; charset=utf-8", RESPONSE),
        (b"application/graphql-response+json, application/json;q=0.9", RESPONSE),
        (b"application/json, application/graphql-response+json", RESPONSE),
        (b"application/json;q=1, application/graphql-response+json;q=0.5", JSON),
        (b"application/json;q=0, application/graphql-response+json;q=0.001", RESPONSE),
        (b"text/event-stream", EVENTS),
        (b"text/event-stream, application/json", JSON),
        (b"text/html", None),
        (b"application/json;q=0", None),
        (b"", None),
        (BROWSER, JSON),
    ],
)
def test_the_type_that_is_liked_best_and_tells_most_is_sent(accept: bytes | None, media: Media | None) -> None:
    assert wanted(accept) is media


@pytest.mark.parametrize(
    ("content_type", "json"),
    [
        (b"application/json", True),
        (b"Application/JSON; Charset=UTF-8", True),
        (b'application/json; charset="utf-8"', True),
        (b"application/json; charset=latin-1", False),
        (b"text/plain", False),
        (b"application/x-www-form-urlencoded", False),
        (b"application/graphql", False),
        (b"", False),
        (None, False),
    ],
)
def test_only_json_in_utf_8_is_taken(content_type: bytes | None, json: bool) -> None:
    assert is_json(content_type) is json


def test_a_browser_asks_for_a_page_and_for_no_events() -> None:
    assert asks_for_a_page(BROWSER)
    assert not takes_events(BROWSER)
    assert not asks_for_a_page(b"*/*")
    assert not asks_for_a_page(None)
    assert takes_events(b"application/json, text/event-stream")
