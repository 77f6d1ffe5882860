"""The embedded default: Postgres, Valkey, web and worker as one supervised tree.

Nothing here starts anything when it is imported; `api.up.tree` runs the tree, `api.up.postgres` and
`api.up.valkey` know how to start one server each and are what the tests start theirs with.
"""
