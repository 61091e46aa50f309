# Builds the playground and the documentation, then the program with both embedded, then an image of only the program.

FROM node:22-bookworm-slim AS web
WORKDIR /web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY web ./
RUN npm run build

FROM node:22-bookworm-slim AS docs
WORKDIR /docs
COPY docs/package.json docs/package-lock.json docs/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY docs ./
RUN npm run build

FROM rust:1.95-slim-bookworm AS program
WORKDIR /lienthong
COPY . .
COPY --from=web /web/dist web/dist
COPY --from=docs /docs/.vitepress/dist docs/.vitepress/dist
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/lienthong/target \
    cargo build --profile image --locked --bin lienthong && cp target/image/lienthong /usr/local/bin/

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates curl && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --home-dir /var/lib/lienthong --create-home lienthong
COPY --from=program /usr/local/bin/lienthong /usr/local/bin/lienthong
USER 10001:10001
ENV LIENTHONG_LISTEN=0.0.0.0:8000 LIENTHONG_DATA_DIR=/var/lib/lienthong
VOLUME /var/lib/lienthong
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["curl", "--fail", "--silent", "--output", "/dev/null", "http://127.0.0.1:8000/readyz"]
# On SIGTERM the server finishes running requests, for at most ten seconds.
STOPSIGNAL SIGTERM
ENTRYPOINT ["lienthong"]
CMD ["serve"]
