# The bot in a container: no root, a root folder that nothing writes to, and one volume, /data.
# docs/running.md says how to run it. Debian's own Python is enough, so that nothing else is trusted.

FROM debian:trixie-slim AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3-venv
WORKDIR /app
COPY requirements.txt ./
RUN python3 -m venv .venv \
    && .venv/bin/python -m pip install -q --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt
COPY bot bot
# Nobody can write bytecode later.
RUN .venv/bin/python -m compileall -q bot

FROM debian:trixie-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 batch-bot \
    && useradd --system --uid 10001 --gid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin batch-bot \
    && install -d -o batch-bot -g batch-bot -m 0700 /data
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/app/.venv/bin:/usr/bin:/bin \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATABASE_URL=sqlite:////data/batch-bot.db \
    SQLITE_TMPDIR=/data \
    PORT=3000
USER batch-bot
VOLUME /data
EXPOSE 3000
# Alive, and not "ready": while Slack or the database is away, a new start would mend nothing.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["python", "-m", "bot", "health"]
STOPSIGNAL SIGTERM
CMD ["python", "-m", "bot"]
