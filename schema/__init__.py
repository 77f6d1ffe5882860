"""The GraphQL language: types, inputs, payloads and resolvers of three steps."""

# The closed sets have to be told before any type names one: Strawberry gives an untold one a name of its own.
from schema import campaign_vocabulary as campaign_vocabulary
from schema import vocabulary as vocabulary
