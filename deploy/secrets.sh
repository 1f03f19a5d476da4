#!/bin/bash
# Makes the passwords of the bot's database in deploy/secrets/, and the addresses that hold them. What is there is kept.
# `deploy/secrets.sh HOST` is for a database that is not the one of compose.yml.
set -euo pipefail
umask 077
cd "${SECRETS_PARENT:-$(dirname "$0")}"
mkdir -p secrets
host=${1:-database}

keep() {
  [ -s "secrets/$1" ] || printf '%s' "$2" >"secrets/$1"
  # The folder is closed to others; the files are read in the container, where the bot is another user.
  chmod 0444 "secrets/$1"
}
password() { head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n'; }

for name in superuser owner running; do keep "${name}_password" "$(password)"; done
keep migration_url "postgresql://backstop_owner:$(<secrets/owner_password)@$host/backstop"
keep database_url "postgresql://backstop_app:$(<secrets/running_password)@$host/backstop"

for name in slack_bot_token slack_app_token; do
  [ -s "secrets/$name" ] || echo "Write the token of the Slack app into deploy/secrets/$name (docs/how-to/install.md)."
done
