"""The ids of a socket's operations: free as soon as the client completes one, and what ran under it leaves nothing."""

import asyncio

from api.socket import Socket
from domain.ids import Prefix, to_public
from tests.api.conftest import Running, key_for
from tests.api.test_socket import PROGRESS, cancel_job, start_job, talk


async def test_an_id_is_free_as_soon_as_the_client_completes_it(running: Running) -> None:
    job = await start_job(running)
    async with talk(running, key=(await key_for(running)).token) as one:
        for _ in range(50):
            await one.ask("a", PROGRESS, id=to_public(Prefix.JOB, job))
            await one.say("complete", id="a")
        await one.ask("a", PROGRESS, id=to_public(Prefix.JOB, job))
        await one.ask("b", "{ __typename }")
        while await one.hear() != {"id": "b", "type": "complete"}:
            pass
        [socket] = running.server.app.house.sockets
        assert isinstance(socket, Socket)
        others = (task for key, task in socket.running.items() if key != "a")
        await asyncio.gather(*socket.ending, *others, return_exceptions=True)
        assert list(socket.running) == ["a"]
        assert not socket.ending
        await cancel_job(running, job)
        while await one.hear() != {"id": "a", "type": "complete"}:
            pass
