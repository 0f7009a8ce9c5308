# The dashboard: its files behind nginx on 8081, which passes on to the API what is the API's. From
# the root of the repository:
#
#   docker build -f docker/dashboard.Dockerfile -t telemetron/dashboard:0.1.0 .
#
# The API is asked at telemetron-api:8080; mount another docker/nginx/upstream.conf over
# /etc/telemetron/upstream.conf where it is elsewhere.

ARG NODE_IMAGE=node:22-bookworm-slim
ARG BASE_IMAGE=debian:bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY dashboard/package.json dashboard/package-lock.json ./
RUN npm ci --no-fund --no-audit --no-update-notifier
COPY dashboard ./
RUN npm run build

FROM ${BASE_IMAGE} AS dashboard
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends nginx && \
    rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* /etc/nginx/sites-enabled && \
    useradd --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin telemetron
COPY docker/nginx /etc/telemetron
COPY --from=build /build/dist /usr/share/telemetron/dashboard
USER 10001:10001
WORKDIR /tmp
EXPOSE 8081
STOPSIGNAL SIGQUIT
ENTRYPOINT ["/usr/sbin/nginx", "-e", "stderr", "-c", "/etc/telemetron/nginx.conf"]
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="telemetron-dashboard" \
      org.opencontainers.image.description="The pages of Telemetron" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
