"""What is true, stored and asked. Knows neither GraphQL, HTTP, arq nor Redis."""
