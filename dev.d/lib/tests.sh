# The lanes of ./dev test. Sourced after stages.sh.

java_stage() {
  local rc=0
  mvn_crij verify -fae || rc=$?
  count_junit "$CRIJ_HOME"/*/target
  return $rc
}

lanes() {
  need_packages build
  need_jdk25
  stage java java_stage
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
  COUNTS=$(mktemp)
  mvn_crij -pl "$module" -am verify "${select[@]}" -Dsurefire.failIfNoSpecifiedTests=false || rc=$?
  count_junit "$module/target"
  read -r passed failed <"$COUNTS"
  rm -f "$COUNTS"
  say "$passed passed, $failed failed"
  [ $rc -eq 0 ] && [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}
