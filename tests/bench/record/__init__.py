"""Touchpoints at once against the floor: mutations over HTTP, and the same statements hand-written over asyncpg."""
