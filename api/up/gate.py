"""The web process of `rapport up`: it imports everything at once and then waits for its word to begin.

It may begin only when the database answers and is migrated; its imports, a second of them, need not wait for that.
"""

import gc
import os
import sys


def main() -> None:
    gc.disable()  # nothing of what is imported will ever be thrown away
    from api.serving import serve
    from domain.deployment import Deployment

    deployment = Deployment.from_environment(os.environ)
    gc.enable()
    if not sys.stdin.buffer.readline():
        sys.exit(0)  # the supervisor went away before it gave its word
    serve(deployment, host=sys.argv[1], port=int(sys.argv[2]))


if __name__ == "__main__":
    main()
