# The server with its web app, from this source: `docker build -t conversa .`

# Only what says which packages are needed: they are installed anew when that changes, and not with each line of source.
FROM node:24-bookworm-slim AS manifests
WORKDIR /src
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete && find . -type d -empty -delete

FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY --from=manifests /src .
RUN npm ci
COPY . .
RUN npm run build:program

FROM node:24-bookworm-slim
ENV NODE_ENV=production CONVERSA_MODE=production CONVERSA_DATA=/data HOST=0.0.0.0 PORT=8080 NODE_COMPILE_CACHE=/conversa/compiled
# The program is whole: it needs no package beside it.
COPY --from=build /src/apps/cli/package.json /conversa/
COPY --from=build /src/apps/cli/dist /conversa/dist
# The data is for the server alone; and `docker exec … conversa` finds the program.
RUN install -d -o node -g node /conversa/compiled && install -d -o node -g node -m 700 /data \
  && ln -s /conversa/dist/main.js /usr/local/bin/conversa
USER node
# One start, so that those of containers find it compiled: they begin with nothing that another one kept.
RUN set -e; export CONVERSA_MODE=development HOST=127.0.0.1 CONVERSA_DATA=/tmp/first; \
  conversa serve & until conversa conversation list; do sleep 1; kill -0 $!; done; kill $!; wait $!; rm -r /tmp/first
VOLUME /data
EXPOSE 8080
# Asks whether it serves; whether it is given work is the balancer's to ask, at /readyz.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node itself is the first process: it gets the signal to stop, and drains.
STOPSIGNAL SIGTERM
CMD ["conversa", "serve"]
