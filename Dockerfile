# One image for web servers and workers; see compose.yaml for how they are started.

FROM node:22-slim AS modules
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM python:3.11-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 \
    AUDIO_ROOT=/data/audio STATIC_FROM_SOURCE=0
WORKDIR /app
RUN useradd --system --create-home --home-dir /data voicecms
COPY requirements.lock .
RUN pip install --require-hashes --requirement requirements.lock
COPY --from=modules /app/node_modules node_modules
COPY manage.py LICENSE ./
COPY voicecms voicecms
COPY apps apps
COPY templates templates
COPY static static
COPY locale locale
RUN mkdir --parents /data/audio && chown --recursive voicecms /data \
    && SECRET_KEY=only-while-building DATABASE_URL=postgres://unused/unused \
       python manage.py collectstatic --noinput
USER voicecms
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "voicecms.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", \
     "--workers", "2", "--threads", "16", "--no-control-socket"]
