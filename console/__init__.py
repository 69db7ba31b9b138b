"""The store's web pages, rendered on the server."""
