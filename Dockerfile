# Patron's server. Build: docker build -t patron .   Run: docker run -p 8000:8000 -v ./shop:/shop patron
# Wheels only: nothing is compiled, so there is no compiler in either stage.
FROM python:3.12-slim AS built
WORKDIR /source
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY src ./src
RUN python -m venv /patron \
    && grep -vE '^patron( |=)' constraints.txt > /tmp/constraints.txt \
    && /patron/bin/pip install --no-cache-dir --only-binary ':all:' --no-binary patron -c /tmp/constraints.txt '.[server,postgres,delivery]'

FROM python:3.12-slim
# libgomp: what LightGBM's wheel asks of the system.
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /shop --shell /usr/sbin/nologin patron \
    && mkdir /shop /backups && chown patron:patron /shop /backups && chmod 700 /shop /backups
COPY --from=built /patron /patron
ENV PATH=/patron/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER patron
WORKDIR /shop
VOLUME ["/shop", "/backups"]
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
    CMD ["python", "-c", "import urllib.request as ask; ask.urlopen('http://127.0.0.1:8000/ready', timeout=4)"]
ENTRYPOINT ["patron"]
CMD ["serve", "/shop", "--host", "0.0.0.0", "--port", "8000"]
