# One image; `serve` and `worker` are two commands of it.
FROM python:3.13-slim
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
COPY requirements.lock .
RUN pip install --require-hashes -r requirements.lock
COPY . .
RUN pip install --no-deps --no-build-isolation . && useradd --create-home --uid 10001 lanekeeper && mkdir -p var && chown lanekeeper var
USER lanekeeper
ENV LANEKEEPER_WEB_ADDRESS=0.0.0.0:8000 LANEKEEPER_MEDIA_ADDRESS=0.0.0.0:8001
EXPOSE 8000 8001
# A rolling deploy waits for live calls: stop with SIGTERM and give it LANEKEEPER_DRAIN_SECONDS.
STOPSIGNAL SIGTERM
ENTRYPOINT ["lanekeeper"]
CMD ["serve"]
