# Amped for those whose computer does not run Linux: serves /site at port 3000.
#
#   docker build -t amped . && docker run --rm -p 127.0.0.1:3000:3000 -v "$PWD:/site:ro" amped
#
# Docker's default seccomp profile refuses io_uring, so --dispatcher auto takes epoll there and says so.
# Add --security-opt seccomp=unconfined to docker run for io_uring.

FROM node:20-slim AS build
WORKDIR /amped
COPY package.json package-lock.json ./
RUN npm ci --include=dev --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY scripts scripts
COPY src src
RUN node scripts/build.js && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:20-slim
COPY --from=build /amped/package.json /amped/
COPY --from=build /amped/node_modules /amped/node_modules
COPY --from=build /amped/dist /amped/dist
# A container's own 127.0.0.1 cannot be reached from outside; what docker run publishes is the user's choice.
ENV HOST=0.0.0.0
EXPOSE 3000
USER node
WORKDIR /site
# docker stop sends SIGTERM, which drains; its 10 s are the drain timeout.
ENTRYPOINT ["node", "/amped/dist/cli/main.js"]
