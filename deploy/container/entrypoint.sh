#!/bin/sh
# A container's entrypoint: git works through hubwarden, then the command runs.
# usage: entrypoint.sh COMMAND [ARGUMENT…]
#
# Drops root when it has it, keeps the user's own git configuration, and works for a user without a name, a home, or a
# place to write but /tmp. docs/containers.md says more.
#
#   HUBWARDEN_ADDRESS               unix:/run/hubwarden/hubwarden.sock, https://… or a loopback http://…; without it git
#                                   is left alone
#   HUBWARDEN_WORKSPACE             the workspace's id
#   HUBWARDEN_WORKSPACE_TOKEN_FILE  /run/secrets/hubwarden-token unless it says otherwise
#   HUBWARDEN_GIT_HOSTS             github.com; several with blanks between them
#   HUBWARDEN_CA_FILE               authorities for an https address, instead of the system's
#   RUN_AS                          UID[:GID] to run as when started as root
set -eu

say() { printf 'entrypoint: %s\n' "$*" >&2; }

[ $# -gt 0 ] || { say "no command"; exit 2; }

# Nothing below needs root, and neither does the command: no user, no group, no capability of it is kept, and nothing
# that is started can win it back.
if [ "$(id -u)" = 0 ] && [ -n "${RUN_AS:-}" ]; then
  uid=${RUN_AS%%:*}
  gid=${RUN_AS#*:}
  case "$uid$gid" in *[!0-9]*) say "RUN_AS is UID[:GID], in numbers"; exit 2 ;; esac
  unset RUN_AS
  exec setpriv --reuid "$uid" --regid "$gid" --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all \
    "$0" "$@"
fi

# What root's environment named is not this user's.
if [ -z "${HOME:-}" ] || [ "$HOME" = /root ] && [ "$(id -u)" != 0 ]; then
  HOME=$(getent passwd "$(id -u)" 2>/dev/null | cut -d: -f6) || HOME=
  [ -n "$HOME" ] || HOME=/
  export HOME
fi

[ -n "${HUBWARDEN_ADDRESS:-}" ] || exec "$@"
[ -n "${HUBWARDEN_WORKSPACE:-}" ] || { say "HUBWARDEN_WORKSPACE is not set"; exit 2; }

# A directory of this user alone, for what cannot be in its home.
state=
make_state() {
  [ -z "$state" ] || return 0
  state=$(mktemp -d "${TMPDIR:-/tmp}/hubwarden.XXXXXX")
}

# The helper keeps its last answer there; its other choice is ~/.cache.
if [ ! -w "${XDG_RUNTIME_DIR:-/nonexistent}" ] && ! mkdir -p "$HOME/.cache" 2>/dev/null; then
  make_state
  export XDG_RUNTIME_DIR="$state"
fi

set_up() { # set_up [setup-git option…]
  for host in ${HUBWARDEN_GIT_HOSTS:-github.com}; do set -- "$@" --host "$host"; done
  [ -z "${HUBWARDEN_CA_FILE:-}" ] || set -- "$@" --ca-file "$HUBWARDEN_CA_FILE"
  hubwarden setup-git --address "$HUBWARDEN_ADDRESS" --workspace "$HUBWARDEN_WORKSPACE" \
    --token-file "${HUBWARDEN_WORKSPACE_TOKEN_FILE:-/run/secrets/hubwarden-token}" "$@" >&2
}

# In the user's own files where they can be changed: what `git config --global` writes later is then kept with them.
own=${GIT_CONFIG_GLOBAL:-$HOME/.gitconfig}
if [ -w "$(dirname "$own")" ] && { [ ! -e "$own" ] || [ -w "$own" ]; } && ! mountpoint -q "$own" 2>/dev/null &&
  mkdir -p "${XDG_CONFIG_HOME:-$HOME/.config}/hubwarden" 2>/dev/null; then
  set_up
else
  # Otherwise in a file in front of them, which takes them in first.
  make_state
  : >"$state/gitconfig"
  for file in "${XDG_CONFIG_HOME:-$HOME/.config}/git/config" "$own"; do
    [ -r "$file" ] || continue
    git config --file "$state/gitconfig" --add include.path "$file"
  done
  export GIT_CONFIG_GLOBAL="$state/gitconfig"
  set_up --settings "$state/credential"
fi

exec "$@"
