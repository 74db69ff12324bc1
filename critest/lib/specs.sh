# Reads the suite's JSON report. Sourced; needs jq.

# judge_report REPORT KNOWN : prints a line for each spec and each excuse used; fails when a spec failed without one.
judge_report() {
  local state name message passed=0 failed=0 excused=0 skipped=0 rotten=()
  while IFS=$'\t' read -r state name message; do
    case $state in
      passed)
        passed=$((passed + 1)); say "pass     $name"
        ! is_known "$2" "$name" || rotten+=("$name") ;;
      skipped | pending) skipped=$((skipped + 1)); say "skip     $name ($message)" ;;
      *)
        if is_known "$2" "$name"; then
          excused=$((excused + 1)); say "known    $name"
        else
          failed=$((failed + 1)); say "FAIL     $name"; say "         $message"
        fi ;;
    esac
  done < <(jq -r '.[].SpecReports[]
      | select(.LeafNodeType == "It")
      | select(.State != "skipped" or (.Failure.Message // "") != "")
      | [.State, ((.ContainerHierarchyTexts + [.LeafNodeText]) | join(" ")),
         ((.Failure.Message // "") | gsub("[\\n\\t ]+"; " ") | .[0:400])] | @tsv' "$1" | sort -k2)
  for name in "${rotten[@]}"; do say "note: named in KNOWN.md but passes here: $name"; done
  say "$passed specs passed, $failed failed, $excused failed as KNOWN.md says, $skipped skipped themselves"
  [ -z "${COUNTS:-}" ] || echo "$passed $failed" >"$COUNTS"
  [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}

# The names stand in KNOWN.md as list items: "- `exact name`: reason".
is_known() { grep -qF -e "- \`$2\`" "$1"; }
