"""From a GraphQL selection to a Fetch: the only place that reads a document's tree for its meaning.

Fields are collected by graphql-core's own rules: fragments, aliases, equal response keys merged, @skip and @include,
__typename, and types that implement an interface.
"""
