# For developing devenv inside devenv: see devenv.yaml.
FROM debian:bookworm-slim
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      ca-certificates git less npm openssh-client procps \
 && rm -rf /var/lib/apt/lists/*

# Debian's Node is too old for this project, but new enough to fetch a newer one into this folder,
# which devenv.yaml keeps in a volume.
ENV PATH=/opt/node/bin:$PATH
