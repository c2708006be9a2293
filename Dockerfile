# The server with its web app, from this source: `docker build -t conversa .`

FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY . .
RUN npm ci && npm run build

FROM node:24-bookworm-slim
ENV NODE_ENV=production CONVERSA_MODE=production CONVERSA_DATA=/data HOST=0.0.0.0 PORT=8080 NODE_COMPILE_CACHE=/conversa/compiled
# The program is whole: it needs no package beside it.
COPY --from=build /src/apps/cli/package.json /conversa/
COPY --from=build /src/apps/cli/dist/main.js /conversa/dist/
COPY --from=build /src/apps/cli/dist/program /conversa/dist/program
COPY --from=build /src/apps/cli/dist/web /conversa/dist/web
RUN mkdir /data /conversa/compiled && chown node:node /data /conversa/compiled
USER node
# One start, so that those of containers find it compiled: they begin with nothing that another one kept.
RUN CONVERSA_MODE=development HOST=127.0.0.1 CONVERSA_DATA=/tmp/first timeout --preserve-status 15 node /conversa/dist/main.js serve && rm -r /tmp/first
VOLUME /data
EXPOSE 8080
# Asks whether it serves; whether it is given work is the balancer's to ask, at /readyz.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node itself is the first process: it gets the signal to stop, and drains.
STOPSIGNAL SIGTERM
CMD ["node", "/conversa/dist/main.js", "serve"]
