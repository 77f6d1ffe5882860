"""The command line `rapport`: every command, and how an error is told (one line with the remedy, exit code 2)."""

import sys

import typer


def _app() -> typer.Typer:
    """Commands are imported here and not above, so that `import api.cli` costs nothing."""
    from api.cli import audit, backups, doctor, evaluate, imports, jobs, keys, migrations, report, serving
    from api.cli.up import up

    app = typer.Typer(
        name="rapport",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Rapport: a single view of every customer, what each is worth and why. `rapport up` starts everything.",
    )
    app.command()(up)
    app.command("serve")(serving.serve)
    app.command("worker")(serving.worker)
    app.command("migrate")(migrations.migrate)
    app.command("schema")(migrations.schema)
    app.command("import")(imports.import_file)
    app.command("evaluate")(evaluate.evaluate)
    app.command("report")(report.report)
    app.add_typer(jobs.app, name="job")
    app.add_typer(keys.app, name="key")
    app.add_typer(audit.app, name="audit")
    app.command("doctor")(doctor.doctor)
    app.command("backup")(backups.backup)
    app.command("restore")(backups.restore)
    return app


def main() -> None:
    from api.cli.telling import MISUSED, say_error

    try:
        if sys.argv[1:2] == ["up"]:
            from api.cli.up import alone

            alone(sys.argv[2:])
        _app()()
    except Exception as error:
        if not _is_expected(error):
            raise
        say_error(error)
        sys.exit(MISUSED)


def _is_expected(error: Exception) -> bool:
    """What a person can mend; anything else is a bug and keeps its trace."""
    import asyncpg

    from api.up.child import ChildFailed
    from domain.backup import BadBackup
    from domain.deployment import Misconfigured
    from domain.errors import DomainError

    mendable = (DomainError, Misconfigured, ChildFailed, BadBackup, asyncpg.PostgresConnectionError)
    return isinstance(error, (*mendable, asyncpg.UndefinedTableError, OSError))
