# Checks that count. Sourced; needs say.sh.

SLOWNESS=${SLOWNESS:-3}
CHECKS_PASSED=0
CHECKS_FAILED=0

# check WORDS COMMAND... : one check; it holds when the command succeeds.
check() {
  local words=$1 output
  shift
  if output=$("$@" 2>&1); then
    CHECKS_PASSED=$((CHECKS_PASSED + 1)); say "pass  $words"
  else
    CHECKS_FAILED=$((CHECKS_FAILED + 1)); say "FAIL  $words"; [ -z "$output" ] || say "$output" | head -20 | sed 's/^/      /'
  fi
}

# same WORDS WANTED GOT
same() { check "$1" equal "$2" "$3"; }

equal() { [ "$1" = "$2" ] || { say "wanted: $1"; say "got:    $2"; return 1; }; }

contains() { case $2 in *"$1"*) ;; *) say "wanted it to contain: $1"; say "got: $2"; return 1 ;; esac; }

# within SECONDS COMMAND... : tries until it succeeds; $SLOWNESS times as long, for a machine that is so much slower or as busy. Only what
# fails takes all of that time.
within() {
  local end=$((SECONDS + $1 * SLOWNESS))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || { "$@"; return; }
    sleep 0.2
  done
}

# gives WANTED COMMAND..., shows WORDS COMMAND... : for within, what the command writes is that, or contains it.
gives() { local wanted=$1; shift; equal "$wanted" "$("$@")"; }
shows() { local words=$1; shift; contains "$words" "$("$@" 2>&1)"; }

fails() { ! "$@" || { say "succeeded, but should have failed: $*"; return 1; }; }

end_checks() {
  say "$CHECKS_PASSED passed, $CHECKS_FAILED failed"
  [ -z "${COUNTS:-}" ] || echo "$CHECKS_PASSED $CHECKS_FAILED" >"$COUNTS"
  [ "$CHECKS_FAILED" = 0 ] && [ "$CHECKS_PASSED" -gt 0 ]
}
