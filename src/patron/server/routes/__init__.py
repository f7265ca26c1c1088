"""The routes, one file a subject; `patron.server.routers` lists them."""

__all__: list[str] = []
