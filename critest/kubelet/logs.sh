# Logs as kubelet keeps and shows them. Sourced; needs kubelet.sh, life.sh.

start_logs() { run_pods logs; }

log_of() { kubelet_get "containerLogs/default/logs-$NODE_NAME/$1"; }
log_folder() { echo /var/log/pods/default_logs-"$NODE_NAME"_*/counts; }
rotated() { [ "$(ls $(log_folder) | wc -l)" -ge "$1" ]; }

try_logs() {
  local follower id
  check "both streams of a container are in its log" within 90 log_has_both
  same "a line of 40,000 characters comes as one" 40000 "$(log_of says | awk '{ if (length($0) > most) most = length($0) } END { print most }')"
  same "the last lines, and no more" 2 "$(log_of 'says?tailLines=2' | wc -l)"
  check "with the time of each" contains "$(date -u +%Y-%m-%dT)" "$(log_of 'says?tailLines=1&timestamps=true')"
  id=$(of_pod logs "$(container says) | .containerID" | sed 's,.*//,,')
  check "the log has its link in /var/log/containers" grep -q "to stdout" "/var/log/containers/logs-${NODE_NAME}_default_says-$id.log"
  curl -sSN -k --noproxy '*' -m 60 "https://127.0.0.1:$KUBELET_PORT/containerLogs/default/logs-$NODE_NAME/counts?follow=true" >"$NODE/followed" 2>/dev/null &
  follower=$!
  check "the log is rotated and what is older compressed" within 90 rotated 3
  same "no line is lost or doubled by it" "" "$(gaps_in_files)"
  check "following goes on over rotations" within 90 followed_across
  kill "$follower" 2>/dev/null || true
  wait "$follower" 2>/dev/null || true
}

log_has_both() { contains "to stdout to stderr " "$(log_of says | tail -2 | tr '\n' ' ')"; }

# The numbers of the lines in order of the files; kubelet goes on rotating meanwhile, so the files are copied first.
gaps_in_files() {
  local copy=$NODE/log-copies
  rm -rf "$copy" && mkdir "$copy" && cp -a $(log_folder)/. "$copy"
  { for file in "$copy"/0.log.*; do case $file in *.gz) zcat "$file" ;; *.tmp) ;; *) cat "$file" ;; esac; done; cat "$copy/0.log"; } \
    | awk '$3 == "F" && $4 == "line" { if (NR > 1 && $5 != last + 1) print "after " last " comes " $5; last = $5 }'
}

# What is followed is more than the files of one moment can hold, and the numbers only grow.
followed_across() {
  [ "$(stat -c %s "$NODE/followed")" -gt 200000 ] && awk '$1 == "line" { if ($2 <= last) exit 1; last = $2 }' "$NODE/followed"
}
