# The lanes of ./dev test. Sourced after stages.sh and build.sh.

TEST_JARS=$CRIJ_HOME/build/test-jars

# crij-pod's own tests, plain and under ASan and UBSan, and its root test, which
# lives a pod's life. Each test program ends with the line "NAME: N passed, N failed".
native_stage() {
  local rc=0 log
  log=$(mktemp)
  build_native && make -C "$C_SOURCES" test asan it >"$log" 2>&1 || rc=$?
  cat "$log"
  awk '/^[a-z]+: [0-9]+ passed, [0-9]+ failed$/ { passed += $2; failed += $4 } END { print passed + 0, failed + 0 }' "$log" >"$COUNTS"
  rm -f "$log"
  return $rc
}

# Failing tests do not stop Maven: every module is tested, the tree is assembled, and the reports say what failed.
java_stage() {
  local rc=0
  build_native || return 1
  mvn_crij verify dependency:copy-dependencies -DincludeScope=test -DoutputDirectory="$TEST_JARS" -Dmaven.test.failure.ignore=true || rc=$?
  count_junit "$CRIJ_HOME"/*/target
  [ $rc -eq 0 ] || return $rc
  assemble
}

lanes() {
  need_packages build node reference crash uml cluster debian_root
  need_jdk25
  stage native native_stage
  stage java java_stage
  # The machines of user-mode-linux have one processor each, and most other lanes wait more than they compute.
  beside uml_lanes
  host_lanes
  await_beside
}

uml_lanes() {
  stage uml bash critest/uml/run
  # A hundred cuts when it is run by hand.
  stage power-cut bash critest/uml/power-cut 4
  stage uml-conformance bash critest/uml/suite
  # All parts when it is run by hand with "all".
  stage uml-kubelet bash critest/uml/kubelet
  stage handler-crun bash critest/run-handlers crun
  # Makes the package, which is tried on a node with systemd as well.
  stage package bash deploy/test
  stage systemd bash critest/uml/systemd
}

host_lanes() {
  stage pods bash critest/walkthrough
  stage layers bash critest/compare-layers
  # Those that take minutes are added by 'full', by hand.
  stage hostile-images bash critest/hostile-images
  stage conformance bash critest/run-suite
  grep -E '^(pass|known|skip|FAIL) ' "$STAGE_DIR/conformance.log" | sed 's/^/   /' || true
  stage conformance-websocket env CRITEST_FLAGS="-websocket-exec -websocket-attach -websocket-portforward" bash critest/run-suite
  stage fixed-digest bash critest/fixed-digest
  stage archives bash critest/archives
  stage pull-memory bash bench/pull-memory
  # A hundred rounds when it is run by hand.
  stage kill-pulls bash critest/kill-pulls 8
  # Ten thousand clients that leave when it is run by hand.
  stage streams bash critest/streams 2000
  stage conformance-nri env NRI_PLUGIN=1 bash critest/run-suite
  stage nri bash critest/run-nri
  stage handlers bash critest/run-handlers runc
  stage handler-gvisor bash critest/run-handlers runsc
  # Builds kubelet, and then the control plane: five minutes on two cores while Go's cache is empty, of no time later.
  stage kubelet bash critest/run-kubelet
  stage cluster bash critest/run-cluster
  # The same control plane over cgroup v2; here, since the other row takes longer.
  stage uml-cluster bash critest/uml/cluster
}

fast_tier() {
  need_root "./dev test"
  begin_stages
  lanes
  end_stages
}

all_lanes() {
  local rc=0
  fast_tier || rc=$?
  mkdir -p docs
  {
    echo "# Results of ./dev test --all"
    echo
    echo "Commit $(git rev-parse --short HEAD), $(date -u +%Y-%m-%d), Linux $(uname -r), $(nproc) cores."
    echo
    echo "| stage | passed | failed | time |"
    echo "|---|---|---|---|"
    cat "$STAGE_DIR/table"
  } >docs/test-results.md
  return $rc
}

# one_module MODULE [CLASS[#method]]: fails when no test ran, so that a typing mistake never looks green.
one_module() {
  local module=$1 class=${2:-} select=() rc=0
  [ -f "$module/pom.xml" ] || die "no module '$module'; there are: $(printf '%s ' */pom.xml | sed 's|/pom.xml||g')"
  need_packages build
  need_jdk25
  case "$class" in
    '') ;;
    *IT | *IT#*) need_root "an integration test"
      select=(-Dit.test="$class" -Dtest=none -Dfailsafe.failIfNoSpecifiedTests=false) ;;
    *) select=(-Dtest="$class" -DskipITs) ;;
  esac
  rm -rf "$module/target/surefire-reports" "$module/target/failsafe-reports"
  build_native
  COUNTS=$(mktemp)
  mvn_crij -pl "$module" -am verify "${select[@]}" -Dsurefire.failIfNoSpecifiedTests=false || rc=$?
  count_junit "$module/target"
  read -r passed failed <"$COUNTS"
  rm -f "$COUNTS"
  say "$passed passed, $failed failed"
  [ $rc -eq 0 ] && [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}
