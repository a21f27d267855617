import { places } from './places.ts';

/**
 * What sudo runs as root. sudo has emptied the environment but for what the drop-in names; what an
 * administrator's other settings may have let through goes here.
 */
export function brokerText(node: string): string {
  return `#!/bin/sh -p
# Starts the broker of devenv-shell: to be run as root, by sudo. Written by "devenv login install".

cd / || exit 1
umask 022
unset ${unwanted.join(' \\\n  ')}
HOME=/root
PATH=/usr/sbin:/usr/bin:/sbin:/bin
XDG_CACHE_HOME=${places.cache}
export HOME PATH XDG_CACHE_HOME
exec ${node} ${places.program} __login-broker
`;
}

const unwanted = [
  'BASH_ENV ENV CDPATH IFS',
  'MAIL SHELL LOGNAME USER SUDO_COMMAND SUDO_HOME',
  'DOCKER_API_VERSION DOCKER_CERT_PATH DOCKER_CONFIG DOCKER_CONTEXT DOCKER_HOST DOCKER_TLS_VERIFY',
  'LD_AUDIT LD_LIBRARY_PATH LD_PRELOAD OPENSSL_CONF OPENSSL_MODULES SSL_CERT_DIR SSL_CERT_FILE',
  'NODE_COMPILE_CACHE NODE_DEBUG NODE_EXTRA_CA_CERTS NODE_OPTIONS NODE_PATH',
  'NODE_REDIRECT_WARNINGS NODE_REPL_EXTERNAL_MODULE NODE_TLS_REJECT_UNAUTHORIZED NODE_V8_COVERAGE',
  'DEVENV_DEBUG DEVENV_ENGINE_FOLDER FORCE_COLOR NO_COLOR TMPDIR TZ',
  'XDG_CONFIG_HOME XDG_DATA_HOME XDG_RUNTIME_DIR XDG_STATE_HOME',
];
