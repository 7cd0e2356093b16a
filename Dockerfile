# One image for web, worker, beat and the one-shot jobs; the command decides.
FROM python:3.13-slim AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MALLOC_ARENA_MAX=2
WORKDIR /srv/safehand
RUN useradd --system --uid 10001 --home /nonexistent --shell /usr/sbin/nologin safehand
COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY kernel kernel
COPY edge edge
COPY audit audit
COPY custody custody
COPY agencies agencies
COPY guidance guidance
COPY notify notify
COPY signin signin
COPY seconding seconding
COPY cases cases
COPY guard guard
COPY documents documents
COPY identification identification
COPY reintegration reintegration
COPY referral referral
COPY rights rights
COPY exchange exchange
COPY figures figures
COPY guest guest
COPY learning learning
COPY network network
COPY practice practice
COPY pages pages
COPY config config
COPY launch launch
COPY locale locale
COPY manage.py gunicorn.conf.py ./
RUN pybabel --quiet compile --directory locale --domain django
# Nothing secret is known here: the values only let the settings load.
RUN printf '{"current": "1", "keys": {"1": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}' >/tmp/ring.json \
    && SECRET_KEY=only-for-this-step KEY_RING_FILE=/tmp/ring.json SAFEHAND_DEMO=false \
       DATABASE_URL=postgresql://none@localhost/none REDIS_URL=redis://localhost:1/0 \
       python manage.py collectstatic --noinput -v0 \
    && rm /tmp/ring.json
RUN install -d -m 0700 -o safehand -g safehand /var/lib/safehand/audit
USER safehand
EXPOSE 8000
CMD ["gunicorn", "config.wsgi", "--bind", "0.0.0.0:8000", "--workers", "3", "--preload", "--no-control-socket", "--worker-tmp-dir", "/dev/shm", "--log-level", "warning"]
