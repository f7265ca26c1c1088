"""The server: thin. It finds out who asks, calls what the other folders can do, and answers.

::

    app.py        create_app: one ASGI application, made of the intake and of everything else
    services.py   what a request may use: project, settings, database, clock, the published run
    routers.py    ROUTERS: one file a subject in routes/
    mounted.py    MOUNTED: the hot paths, which a thin application of their own answers
    parts.py      PARTS and WORKERS: what starts and stops with a process
    guard.py      what stands around every route: id, limits, headers, log
    errors.py     every failure as application/problem+json
    serve.py      the processes that listen

It needs the extra: ``pip install 'patron[server]'``.
"""

__all__: list[str] = []
