#!/usr/bin/env bash
# Runs each part of the tests and says at the end how long it took. The first
# part that fails ends it.
set -euo pipefail
cd "$(dirname "$0")"

summary=()
part() {
	local name=$1 begin=$SECONDS
	shift
	echo "== $name"
	if ! "$@"; then
		printf '%s\n' "${summary[@]}" "$(printf '%-28s FAILED after %4d s' "$name" $((SECONDS - begin)))"
		exit 1
	fi
	summary+=("$(printf '%-28s %4d s' "$name" $((SECONDS - begin)))")
}

part "linters" make --no-print-directory lint
part "units" make --no-print-directory unit
part "simulation" make --no-print-directory simulation
part "planted faults" make --no-print-directory faults
part "localkube" sh -c 'cd localkube && go test -count=1 -timeout 20m ./...'
part "end to end on Kubernetes" make --no-print-directory e2e
part "demo" make --no-print-directory demo

echo "== passed"
printf '%s\n' "${summary[@]}"
if [ "$(go env CGO_ENABLED)" != 1 ]; then
	echo "SKIPPED: the race detector, for want of a C compiler; apt-get install gcc libc6-dev"
fi
if ! why=$(bin/localkube check 2>&1); then
	echo "NOT PROVED on a real kubelet: localkube's and the end-to-end tests on a real node were SKIPPED. ${why#localkube: }"
fi
