"""The resolvers between a client and the name servers: a shared cache, and the one that a site's processes see."""
