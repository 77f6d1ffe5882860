"""`rapport key`: make, list and revoke API keys."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from api.cli.reach import DATA_DIR, AsJson, DataDir, in_transaction
from api.cli.telling import aside, say, say_json, say_table
from domain import access
from domain.database import Tx
from domain.ids import Prefix, to_public
from domain.vocabulary import Role

app = typer.Typer(no_args_is_help=True, help="Keys that frontends, partners and people call the API with.")


@app.command()
def create(
    name: Annotated[str, typer.Option(help="Who or what will use it.")],
    role: Annotated[Role, typer.Option(help="What it may do.", case_sensitive=False)],
    source: Annotated[str | None, typer.Option(help="The source that a PARTNER reads and writes for.")] = None,
    personal: Annotated[
        bool | None, typer.Option("--personal/--no-personal", help="Reads personal data unmasked (ADMIN: yes).")
    ] = None,
    expires: Annotated[datetime | None, typer.Option(help="When it ends, UTC.")] = None,
    json: AsJson = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Make a key. Its secret is shown once and never again."""
    ends = expires.replace(tzinfo=UTC) if expires else None
    request = access.KeyRequest(name=name, role=role, source=source, reads_personal_data=personal, expires_at=ends)
    made = in_transaction(data_dir, lambda tx: access.create_key(tx, request, now=datetime.now(UTC)))
    if json:
        say_json({**_told(made.key), "secret": made.token})
        return
    say(made.token)
    aside(f"Key {to_public(Prefix.API_KEY, made.key.key_id)} for {name} ({role}). Keep it: it is not shown again.")


@app.command("list")
def list_(json: AsJson = False, data_dir: DataDir = DATA_DIR) -> None:
    """All keys, the revoked ones too."""
    keys = [_told(key) for key in in_transaction(data_dir, access.list_keys)]
    if json:
        say_json(keys)
        return
    columns = ("id", "name", "role", "source", "readsPersonalData", "lastUsedAt", "expiresAt", "revokedAt")
    say_table(columns, [[key[column] for column in columns] for key in keys])


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(help="Its id (key_…) or the prefix that the list shows (rap_…).")],
    json: AsJson = False,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """End a key; open connections notice within five seconds."""

    async def deed(tx: Tx) -> access.Key:
        return await access.revoke_key(tx, await access.find_key(tx, key), now=datetime.now(UTC))

    revoked = _told(in_transaction(data_dir, deed))
    if json:
        say_json(revoked)
    else:
        say(f"{revoked['id']} ({revoked['name']}) is revoked.")


def _told(key: access.Key) -> dict[str, object]:
    return {
        "id": to_public(Prefix.API_KEY, key.key_id),
        "name": key.name,
        "role": key.role,
        "source": key.source,
        "readsPersonalData": key.reads_personal_data,
        "prefix": key.prefix,
        "createdAt": key.created_at,
        "lastUsedAt": key.last_used_at,
        "expiresAt": key.expires_at,
        "revokedAt": key.revoked_at,
    }
