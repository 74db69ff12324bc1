# The conformance suite on the booted node. Sourced after node.sh, and specs.sh and node.sh of critest/lib.

# serve_images : the registry that the host has filled, under the names of those that the suite pulls from.
serve_images() {
  docker-registry serve /work/registry/node.yml </dev/null >/root/registry.log 2>&1 &
  REGISTRY_PID=$!
  REGISTRY=127.0.0.1:5050 NODE=/work write_mirrors
  cp -r /work/hosts /etc/crij/certs.d
  check "a registry has the images of the suite" within 20 curl -sS -f -o /dev/null http://127.0.0.1:5050/v2/
  # The suite calls apparmor_parser by sudo; here everybody is root.
  mkdir -p /run/bin
  printf '#!/bin/sh\nexec "$@"\n' >/run/bin/sudo
  chmod +x /run/bin/sudo
}

unserve_images() {
  stop_process "$REGISTRY_PID"
  rm -r /etc/crij/certs.d
}

# suite DRIVER : each spec is a check.
suite() {
  local report=/work/conformance-$1.json rc=0 passed failed
  same "the driver is $1" "$1" "$(crictl info | jq -r .config.cgroupDriver)"
  : >/root/empty.yaml
  cat "$CRIJ_HOME"/critest/{,uml/boot/}KNOWN.md >/root/known.md
  PATH=/run/bin:$PATH TMPDIR=/root "$TOOLS/critest" --runtime-endpoint "unix://$SOCKET" --config /root/empty.yaml --ginkgo.json-report "$report" --ginkgo.no-color \
    --ginkgo.timeout 14m >"$report.log" 2>&1 || rc=$?
  if [ ! -s "$report" ]; then tail -20 "$report.log"; check "critest came to its end, with $rc" false; return; fi
  COUNTS=/root/specs judge_report "$report" /root/known.md | sed 's/^/      /' || true
  read -r passed failed </root/specs
  CHECKS_PASSED=$((CHECKS_PASSED + passed)) CHECKS_FAILED=$((CHECKS_FAILED + failed))
  check "most of the suite ran" test "$passed" -ge 100
  check "no scope of a spec is left" within 30 gives "" scopes_of_specs
}

scopes_of_specs() { systemctl list-units --all --plain --no-legend 'crij-*.scope' | awk '{ print $1 }' | grep -v "$(kept container)" || true; }
