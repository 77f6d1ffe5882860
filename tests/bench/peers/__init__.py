"""What the read mix is measured against, from npm by a lock; and the Node that it needs, which npm carries as well."""
