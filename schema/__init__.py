"""The GraphQL language: types, inputs, payloads and resolvers of three steps."""
