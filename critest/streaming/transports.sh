# crictl exec, attach and port-forward by one transport. Sourced; needs pod.sh, checks.sh.

try_transport() {
  local by=(--transport "$1") words="over $1:"
  same "$words exec gives the output" "hello" "$(crictl exec "${by[@]}" "$QUIET" echo hello)"
  same "$words exec keeps stderr apart" "e" "$(crictl exec "${by[@]}" "$QUIET" sh -c 'echo o; echo e >&2' 2>&1 >/dev/null)"
  check "$words exec gives the exit code" contains "exit code 7" "$(crictl exec "${by[@]}" "$QUIET" sh -c 'exit 7' 2>&1 || true)"
  check "$words exec names a program that is not there" contains "'/no/such' could not be run" "$(crictl exec "${by[@]}" "$QUIET" /no/such 2>&1 || true)"
  same "$words the end of the input reaches the program" "piped" "$(echo piped | timeout 60 "$TOOLS/crictl" --config "$NODE/crictl.yaml" exec -i "${by[@]}" "$QUIET" cat)"
  check "$words exec -it has a terminal of the client's size" within 60 shows "31 97" on_terminal 'stty size; exit' exec -it "${by[@]}" "$QUIET" sh
  check "$words attach joins the shell of the container" within 60 shows "attached-$((6 * 7))" on_terminal 'echo attached-$((6 * 7))' attach -it "${by[@]}" "$SHELL_ON_TTY"
  try_forward "$1"
}

# on_terminal INPUT CRICTL_ARGUMENTS... : crictl on a terminal of 31 rows and 97 columns; INPUT is typed once the shell is there.
on_terminal() {
  local input=$1
  shift
  (sleep 2; printf '%s\r' "$input"; sleep 2) | timeout 30 script -qec "stty rows 31 cols 97; $TOOLS/crictl --config $NODE/crictl.yaml $*" /dev/null 2>&1 || true
}

# start_forward TRANSPORT PORTS... : sets FORWARD; returns when crictl listens.
start_forward() {
  local transport=$1
  shift
  # Else the words of the one before could be taken for this one's.
  : >"$NODE/log/forward"
  "$TOOLS/crictl" --config "$NODE/crictl.yaml" port-forward --transport "$transport" "$POD" "$@" >"$NODE/log/forward" 2>&1 &
  FORWARD=$!
  within 20 grep -q 'Forwarding from 127' "$NODE/log/forward"
}

end_forward() { kill "$FORWARD" 2>/dev/null || true; wait "$FORWARD" 2>/dev/null || true; }

try_forward() {
  local i all=
  start_forward "$1" "$LOCAL_PORT:8000"
  for i in 1 2 3 4 5 6 7 8; do curl -s --noproxy '*' -m 60 "http://127.0.0.1:$LOCAL_PORT/x" >"$NODE/forwarded-$i" & eval "curl_$i=$!"; done
  for i in 1 2 3 4 5 6 7 8; do eval "wait \$curl_$i" || true; all="$all$(cat "$NODE/forwarded-$i") "; done
  same "over $1: port-forward carries eight connections at once" "hello hello hello hello hello hello hello hello " "$all"
  case $all in *"hello hello hello hello hello hello hello hello"*) ;; *) sed 's/^/      crictl: /' "$NODE/log/forward" ;; esac
  end_forward
}
