# A test run is a row of stages. A stage is a command that writes "PASSED FAILED" to the file $COUNTS; a stage that ends
# non-zero without having counted a failure counts as one. Sourced.

# Lanes leave the logs of daemons in it.
export STAGE_DIR=$CRIJ_HOME/build/test

begin_stages() { rm -rf "$STAGE_DIR"; mkdir -p "$STAGE_DIR"; : >"$STAGE_DIR/table"; }

# stage NAME COMMAND... : output goes to build/test/NAME.log; its last lines are shown when it fails.
stage() {
  local name=$1 began=$SECONDS rc=0 passed=0 failed=0 log
  shift
  log=$STAGE_DIR/$name.log
  export COUNTS=$STAGE_DIR/$name.counts STAGE=$name
  say "== $name"
  "$@" </dev/null >"$log" 2>&1 || rc=$?
  [ -r "$COUNTS" ] && read -r passed failed <"$COUNTS"
  if [ $rc -ne 0 ] && [ "$failed" = 0 ]; then failed=1; fi
  if [ $rc -eq 0 ] && [ $((passed + failed)) = 0 ]; then
    say "   $name ran no test at all: that counts as a failure" | tee -a "$log"
    failed=1
  fi
  [ "$failed" = 0 ] || { say "   --- last lines of $log"; tail -n "${STAGE_TAIL:-60}" "$log" | sed 's/^/   /'; }
  say "== $name: $passed passed, $failed failed, $((SECONDS - began)) s"
  printf '| %s | %s | %s | %s s |\n' "$name" "$passed" "$failed" $((SECONDS - began)) >>"$STAGE_DIR/table"
}

# A row of stages that runs beside the others, to be awaited: beside COMMAND...
beside() {
  "$@" &
  BESIDE+=("$!")
}
BESIDE=()

# A row that broke off is a failure, whatever its stages counted.
await_beside() {
  local row
  for row in "${BESIDE[@]}"; do wait "$row" || printf '| %s | 0 | 1 | - |\n' "a row of stages that broke off" >>"$STAGE_DIR/table"; done
  BESIDE=()
}

# Prints the closing line, and fails when a test failed.
end_stages() {
  local passed failed
  say
  say "| stage | passed | failed | time |"
  say "|---|---|---|---|"
  cat "$STAGE_DIR/table"
  say
  read -r passed failed < <(awk -F'|' '{ passed += $3; failed += $4 } END { print passed + 0, failed + 0 }' "$STAGE_DIR/table")
  say "$passed passed, $failed failed"
  [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}

# Sums the JUnit reports of Surefire and Failsafe below the given folders into $COUNTS. Skipped tests are neither.
count_junit() {
  local files
  mapfile -t files < <(find "$@" \( -path '*/surefire-reports/TEST-*.xml' -o -path '*/failsafe-reports/TEST-*.xml' \) 2>/dev/null)
  [ ${#files[@]} -gt 0 ] || { echo "0 0" >"$COUNTS"; return; }
  awk '
    /<testsuite / {
      tests = attribute("tests"); bad = attribute("failures") + attribute("errors"); skipped = attribute("skipped")
      passed += tests - bad - skipped; failed += bad
      next
    }
    function attribute(name) {
      return match($0, " " name "=\"[0-9]+\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) + 0 : 0
    }
    END { print passed + 0, failed + 0 }' <(for f in "${files[@]}"; do tr '\n' ' ' <"$f" | sed 's/<testcase.*//'; echo; done) >"$COUNTS"
}
