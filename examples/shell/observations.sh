#!/usr/bin/env bash
# Exports the published observations of an indicator as CSV: observations.sh URL INDICATOR
set -euo pipefail
url=${1:?the address of the service, as http://127.0.0.1:8000}
indicator=${2:?the code of an indicator, as bts_count}

query='query($indicator: String!, $after: Cursor) {
  observations(filter: { indicators: [$indicator] }, first: 200, after: $after) {
    nodes { area { code } period qualifier value }
    pageInfo { endCursor hasNextPage }
  }
}'

echo "area,period,qualifier,value"
after=null
while :; do
    # An anonymous query by GET, whose answer may be cached. A limit that is exceeded, or a busy service, is waited for.
    page=$(curl --silent --show-error --fail-with-body --retry 5 --get "$url/graphql" \
        --header 'accept: application/graphql-response+json' \
        --data-urlencode "query=$query" \
        --data-urlencode "variables={\"indicator\":\"$indicator\",\"after\":$after}")
    if [[ $page == *'"errors":'* ]]; then
        echo "$page" >&2
        exit 1
    fi
    # Fields come in the order of the query, so a line for each node is easily cut out.
    echo "$page" | sed 's/{"area"/\n&/g' | sed -nE 's/^\{"area":\{"code":"([^"]+)"\},"period":"([^"]+)","qualifier":"([^"]+)","value":([^}]+)\}.*/\1,\2,\3,\4/p'
    [[ $page == *'"hasNextPage":true'* ]] || break
    after=$(sed -E 's/.*"endCursor":("[^"]*").*/\1/' <<<"$page")
done
