/** What `devenv login install` writes as /etc/devenv/policy.yaml: every default, with what it does. */
export const defaultPolicyText = `# What people may have who come in by devenv's login shell. Everything here is the default.
# Only root may write this file. With a mistake in it nobody gets in, so after a change say
# "devenv login check USER", which shows what a person would get, and why.
#
# In engine, repositories, mounts and audit: %u is the person's name, %U the uid, %h the home
# folder, %% a percent sign.

# The engine that runs the workspaces. unix:///run/user/%U/docker.sock is each person's own
# rootless engine.
engine: unix:///var/run/docker.sock

repositories:
  # What a plain login enters: a repository, or the folder that holds several.
  default: "%h"
  # Repositories, and what they mount of this host, lie at or below one of these, belong to the
  # person, and no folder on the way may be writable by others.
  roots: ["%h"]

images:
  # Where a repository names none. It is always allowed.
  default: debian:bookworm-slim
  # Further ones: * stands for any characters but a slash, ** for any.
  # "node:*" is every tag of node, "registry.example.com/team/*" every image of the team.
  allow: []
  # Whether Dockerfiles may be built, on images that are allowed. Their commands run as root in a
  # container of the engine's own kind, within the limits below.
  build: false
  # What those commands reach. none: nothing. engine: what the engine's default network does,
  # which is the outside, but also services of this host, and a cloud's metadata.
  build_network: none

# The home folder inside, where the repository does not say: project, a volume of that
# repository's own; user, one volume for all of the person's; host, the person's home on this
# host; none.
home: user

network:
  # isolated: the outside, but neither this host nor other workspaces; internal: not even the
  # outside; none.
  mode: isolated
  # Where the networks of workspaces are taken from. Nothing else may use it.
  pool: 10.214.0.0/16
  # What cannot be reached. Clouds have their metadata service in this range.
  deny: [169.254.0.0/16]
  # TCP ports of this host that can be reached all the same.
  host_ports: []

# What one workspace may use. Who asks for more gets this much.
limits:
  memory: 2g
  cpus: 2
  pids: 512
  log: 10m
  # What is written outside the repository, the home and the caches, where the engine's storage
  # driver can limit it.
  # disk: 20g

# Folders of this host that may be mounted whoever they belong to: "/srv/data:ro".
mounts: []

forward:
  # Whether sessions may use the ssh agent that the person has forwarded (ssh -A).
  ssh_agent: false

sessions:
  max_per_user: 20

# How long a workspace without a session goes on, or never.
idle_stop: 8h

# What a repository's devenv.yaml may say. Left out: ports (on 127.0.0.1, which everybody on this
# host can reach), extra_hosts, dns, and init (the image's own command as process 1, which may run
# as root inside).
user_may:
  - image
  - shell
  - workspace
  - home
  - environment
  - hooks
  - caches
  - volumes
  - secrets
  - resources

# A line of JSON for each session and each denial. Or: {syslog: true}
audit:
  file: /var/log/devenv/audit.log

# For some people only. They are applied in order; maps are merged key by key, lists replaced.
overrides: []
#  - match: {group: staff}
#    set:
#      limits: {memory: 8g, cpus: 4}
#  - match: {user: [ann, bob]}
#    set:
#      images: {build: true}
`;
