# The platform and its demo agents, from one compilation. From the root of the repository:
#
#   docker build -f docker/rust.Dockerfile --target platform -t telemetron/platform:0.1.0 .
#   docker build -f docker/rust.Dockerfile --target demo -t telemetron/demo:0.1.0 .
#
# Also for the classic builder, which has no cache mounts: the dependencies are a layer of their
# own, built from the manifests alone.

ARG TOOLCHAIN_IMAGE=rust:1.95-slim-bookworm
ARG BASE_IMAGE=debian:bookworm-slim

FROM ${TOOLCHAIN_IMAGE} AS toolchain
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends \
      build-essential ca-certificates libssl-dev pkg-config zlib1g-dev && \
    rm -rf /var/lib/apt/lists/*
ENV CARGO_INCREMENTAL=0 \
    CARGO_PROFILE_RELEASE_DEBUG=false \
    CARGO_PROFILE_RELEASE_STRIP=symbols
WORKDIR /build

FROM ${BASE_IMAGE} AS manifests
COPY . /source
RUN /source/docker/skeleton.sh /source /skeleton

FROM toolchain AS dependencies
COPY --from=manifests /skeleton ./
RUN cargo build --release --locked --package telemetron --package telemetron-demo

FROM dependencies AS build
COPY crates crates
COPY migrations migrations
# The sources may be older than the empty programs that stood in for them.
RUN find crates -name '*.rs' -exec touch {} + && \
    cargo build --release --locked --package telemetron --package telemetron-demo

FROM ${BASE_IMAGE} AS runtime
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends \
      ca-certificates libssl3 zlib1g && \
    rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/* && \
    useradd --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin telemetron && \
    install --directory --owner 10001 --group 10001 /var/lib/telemetron
USER 10001:10001
WORKDIR /tmp

FROM runtime AS demo
COPY --from=build /build/target/release/telemetron-demo /usr/local/bin/telemetron-demo
ENV KAFKA_BOOTSTRAP_SERVERS=kafka:9092
ENTRYPOINT ["/usr/local/bin/telemetron-demo"]
CMD ["--help"]
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="telemetron-demo" \
      org.opencontainers.image.description="Sample agents that are traced by Telemetron" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

FROM runtime AS platform
COPY --from=build /build/target/release/telemetron /usr/local/bin/telemetron
# Every port beyond loopback, as a container needs it; the brokers and the host names of the
# manifests and of compose.yaml.
ENV KAFKA_BOOTSTRAP_SERVERS=kafka:9092 \
    METRICS_HOST=0.0.0.0 \
    OTLP_GRPC_LISTEN=0.0.0.0:4317 \
    OTLP_HTTP_LISTEN=0.0.0.0:4318 \
    SERVER_HOST=0.0.0.0 \
    TELEMETRON_DATA_DIR=/var/lib/telemetron
# No HEALTHCHECK: each role has a port of its own; Compose calls `telemetron health URL` by role.
EXPOSE 4317 4318 8080 9102
ENTRYPOINT ["/usr/local/bin/telemetron"]
CMD ["--help"]
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="telemetron" \
      org.opencontainers.image.description="Every role of Telemetron: gateway, consumer, API, migrate, topics" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
