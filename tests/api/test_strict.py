"""Strict JSON: what is let in, what is refused, and that refusals repeat nothing."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import strict

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(-1e15, 1e15) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.sampled_from([None, 1]), st.booleans())
def test_whatever_is_json_is_read_as_it_is(value: object, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    if not ascii_only and any(0xD800 <= ord(letter) <= 0xDFFF for letter in text):
        return
    assert strict.loads(text.encode()) == json.loads(text)


@given(VALUES, st.text(), st.sampled_from(["", " ", "\n", "\t\r "]))
def test_a_key_that_stands_twice_is_found_however_it_is_written(value: object, key: str, space: str) -> None:
    inner, named = json.dumps(value), json.dumps(key)
    with pytest.raises(strict.NotStrict):
        strict.loads(f'[{{{named}{space}:{inner},"other":1,{named}:{inner}}}]')


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b'{"a":1,"a":2}', "names a key twice"),
        (b'{"a" : 1, "a" : 2}', "names a key twice"),
        (b'{"a":1,"\\u0061":2}', "names a key twice"),
        (b'{"x":"\\":","a":1,"b":{"c":[{"d":1,"d":1}]}}', "names a key twice"),
        (b"NaN", "is not JSON"),
        (b'{"a":Infinity}', "is not JSON"),
        (b'{"a":-Infinity}', "is not JSON"),
        (b"1e999", "is not JSON"),
        (b'"\xff"', "is not JSON"),
        (b'"\xed\xa0\x80"', "is not JSON"),
        (b'"\\ud800"', "is not JSON"),
        (b"\xef\xbb\xbf{}", "is not JSON"),
        ("{}".encode("utf-16"), "is not JSON"),
        (b"[1,]", "is not JSON"),
        (b"", "is not JSON"),
        (b"{} {}", "is not JSON"),
        (b"[" * 65 + b"]" * 65, "nests deeper than 64"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "nests deeper than 64"),
        (b"[" * 100_000, "is not JSON"),
        (b"18446744073709551616", "beyond 64 bits"),
        (b'{"a":[-9223372036854775809]}', "beyond 64 bits"),
        (b"[" + b"1" * 300 + b"]", "beyond 64 bits"),
    ],
)
def test_what_is_not_strict_is_refused(text: bytes, told: str) -> None:
    with pytest.raises(strict.NotStrict, match=told):
        strict.loads(text)


@pytest.mark.parametrize(
    "text",
    [b"18446744073709551615", b"-9223372036854775808", b"1e30", b"[" * 64 + b"]" * 64, b'["123456789012345678901"]'],
)
def test_what_is_just_within_the_bounds_is_let_in(text: bytes) -> None:
    assert strict.loads(text) == json.loads(text)


def test_a_refusal_repeats_nothing_of_the_text() -> None:
    with pytest.raises(strict.NotStrict) as refused:
        strict.loads(b'{"anna@example.org":1,"anna@example.org":2}')
    assert "anna" not in str(refused.value)
