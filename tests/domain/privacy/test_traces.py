"""A person is found in a text however it is written and wherever it is cut; who is not in it, is not."""

import json
from uuid import UUID

import pytest

from domain.identity.normalise import normalise
from domain.privacy.traces import traces_of
from domain.vocabulary import IdentityKind as K

ID = UUID("0192f0c1-2a3b-7c4d-8e5f-6a7b8c9d0e1f")
KNOWN = [
    normalise(K.EMAIL, "Zoë.Zaubzer@example.org", None),
    normalise(K.PHONE, "+44 20 7946 0042", None),
    normalise(K.EXTERNAL_ID, 'z"77/é', "store"),
    normalise(K.COOKIE, "c-4711", None),
]
TRACES = traces_of([ID], KNOWN)
NAMED = [
    json.dumps({"value": "ZOË.Zaubzer@EXAMPLE.org"}),
    json.dumps({"value": "zoe\u0308.zaubzer@example.org "}, ensure_ascii=False),
    "sku,email\r\nA,zoë.zaubzer@xn--exmple-cua.org\r\n",
    json.dumps({"value": "020 7946 0042"}),
    json.dumps({"value": "+44 (0)20-7946.0042"}),
    "phone;\uff12\uff10 7946 0042",
    json.dumps({"value": 'z"77/é'}),
    json.dumps({"value": 'z"77/é'}).replace("/", "\\/"),
    'id,"z""77/é",x',
    "a,c-4711,b",
    f'{{"id":"cus_{ID.hex}"}}',
    f"id\n{str(ID).upper()}\n",
]


@pytest.mark.parametrize("text", NAMED)
@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_a_person_is_found(text: str, size: int) -> None:
    body = (f"{'x' * 500} {text} {'y' * 500}").encode()
    assert TRACES.within(body[at : at + size] for at in range(0, len(body), size))


@pytest.mark.parametrize(
    "text",
    ["", "zoe.zaubzer@example.org", "020 7946 0043", "c-47110", "xc-4711", "z77", f"cus_{UUID(int=1).hex}", "é" * 99],
)
def test_somebody_else_is_not(text: str) -> None:
    assert not TRACES.within([text.encode()])
    assert not traces_of([], []).within([text.encode()])
