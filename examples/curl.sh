#!/bin/sh
# Send a declaration to the decision service, then an outcome. The key: tamiz keys create NAME --role clearance
#   TAMIZ_KEY=tamiz_... examples/curl.sh
set -eu
here=$(dirname "$0")
url=${TAMIZ_URL:-http://127.0.0.1:3000}

curl --silent --show-error --fail-with-body --max-time 10 \
  --header "Authorization: Bearer $TAMIZ_KEY" --header "Content-Type: application/json" \
  --data-binary "@$here/declaration.json" "$url/v1/decisions"
echo

curl --silent --show-error --fail-with-body --max-time 10 \
  --header "Authorization: Bearer $TAMIZ_KEY" --header "Content-Type: application/json" \
  --data-binary "@$here/outcomes.json" "$url/v1/outcomes"
echo
