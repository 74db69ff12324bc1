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
  check "with the time of each" grep -Eq '^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]+) to stderr$' <(log_of 'says?tailLines=1&timestamps=true')
  id=$(of_pod logs "$(container says) | .containerID" | sed 's,.*//,,')
  check "the log has its link in /var/log/containers" grep -q "to stdout" "/var/log/containers/logs-${NODE_NAME}_default_says-$id.log"
  curl -sSN -k --noproxy '*' -m 600 "https://127.0.0.1:$KUBELET_PORT/containerLogs/default/logs-$NODE_NAME/counts?follow=true" >"$NODE/followed" 2>/dev/null &
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
  within 60 copy_logs "$copy" || { echo "kubelet never left the files alone"; return; }
  # The last line may have been half written.
  { for file in "$copy"/0.log.*; do case $file in *.gz) zcat "$file" ;; *) cat "$file" ;; esac; done; head -n -1 "$copy/0.log"; } \
    | awk '$3 == "F" && $4 == "line" { if (NR > 1 && $5 != last + 1) print "after " last " comes " $5; last = $5 }'
}

# copy_logs FOLDER : all files as they were at one moment: kubelet renamed none meanwhile, and was not about to replace one by what it had pressed.
copy_logs() {
  local before
  before=$(names_of_logs)
  case $before in *.tmp*) return 1 ;; esac
  [ -z "$(sed -n 's/.*\(0\.log\.[^.]*\).*/\1/p' <<<"$before" | uniq -d)" ] || return 1
  rm -rf "$1" && mkdir "$1" && cp -a $(log_folder)/. "$1" && equal "$before" "$(names_of_logs)"
}

names_of_logs() { (cd $(log_folder) && ls -i); }

# What is followed is more than the files of one moment can hold, and the numbers only grow.
followed_across() {
  [ "$(stat -c %s "$NODE/followed")" -gt 200000 ] && awk '$1 == "line" { if ($2 <= last) exit 1; last = $2 }' "$NODE/followed"
}
