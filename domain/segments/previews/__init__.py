"""How many a rule would have, while somebody is still typing it."""
