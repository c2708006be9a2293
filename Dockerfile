# The server with its web app, from this source: `docker build -t conversa .`

FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY . .
RUN npm ci && npm run build && mkdir /packages && npm pack --workspace packages --workspace apps/cli --pack-destination /packages

FROM node:24-bookworm-slim AS install
WORKDIR /conversa
COPY --from=build /packages /packages
RUN npm init -y && npm install --omit=dev --no-fund --no-audit /packages/*.tgz && npm cache clean --force

FROM node:24-bookworm-slim
ENV NODE_ENV=production CONVERSA_MODE=production CONVERSA_DATA=/data HOST=0.0.0.0 PORT=8080
RUN mkdir /data && chown node:node /data
COPY --from=install /conversa/node_modules /conversa/node_modules
USER node
VOLUME /data
EXPOSE 8080
# Asks whether it serves; whether it is given work is the balancer's to ask, at /readyz.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node itself is the first process: it gets the signal to stop, and drains.
STOPSIGNAL SIGTERM
CMD ["node", "/conversa/node_modules/conversa/dist/main.js", "serve"]
