#!/bin/sh
# What a workspace does without git-credential-hubwarden: curl and sed. Read by bench/credential.
# As quick as it can be made: dash, its own `read`, one curl, one sed; the expiry is left out, which would take a date(1).
# usage: credential_shell.sh SOCKET WORKSPACE FILE-WITH-AN-AUTHORIZATION-HEADER get
set -eu
[ "$4" = get ] || exit 0
protocol='' host='' path=''
while IFS='=' read -r key value && [ -n "$key" ]; do
  case "$key" in
    protocol) protocol=$value ;;
    host) host=$value ;;
    path) path=$value ;;
  esac
done
[ "$protocol://$host" = https://github.com ] || exit 0
answer=$(curl --silent --show-error --fail --max-time 10 --unix-socket "$1" --header "@$3" \
  "http://localhost/workspaces/$2/github-installation-token?repo=${path%.git}")
token=$(printf '%s\n' "$answer" | sed -n 's/.*"token":"\([^"]*\)".*/\1/p')
[ -n "$token" ] || exit 1
printf 'username=x-access-token\npassword=%s\n\n' "$token"
