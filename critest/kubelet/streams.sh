# Exec, attach and port-forward through kubelet's own server, as kubectl's calls come to it. Sourced; needs kubelet.sh.

start_streams() { run_pods terminal; }

try_streams() {
  local transport
  check "the pod for streams runs" within 90 pod_says terminal 3 '[.status.containerStatuses[] | select(.ready)] | length'
  for transport in spdy websocket; do try_streams_over "$transport"; done
  check "exec in a pod that is not there fails" fails in_pod nowhere web true
}

# pipe_in INPUT CLIENT_ARGUMENTS... : types the input, and leaves after two seconds: an attached client ends with its container only.
pipe_in() {
  local input=$1
  shift
  (printf '%s\n' "$input"; sleep 2) | timeout 5 "$TOOLS/kubelet-client" --server "https://127.0.0.1:$KUBELET_PORT" "$@" 2>&1 || true
}

# answers WORDS INPUT CLIENT_ARGUMENTS... : for within; a slow machine needs more than the two seconds at times.
answers() { local words=$1; shift; contains "$words" "$(pipe_in "$@")"; }

try_streams_over() {
  local by=(--transport "$1") pod=terminal-$NODE_NAME words="over $1:" forward
  same "$words exec gives output and keeps stderr apart" out "$(kubelet_client "${by[@]}" exec "$pod" web -- sh -c 'echo out; echo err >&2' 2>/dev/null)"
  same "$words exec gives the exit code" 7 "$(kubelet_client "${by[@]}" exec "$pod" web -- sh -c 'exit 7' >/dev/null 2>&1; echo $?)"
  same "$words the end of the input reaches the program" piped "$(echo piped | timeout 60 "$TOOLS/kubelet-client" --server "https://127.0.0.1:$KUBELET_PORT" "${by[@]}" -i exec "$pod" web -- cat)"
  check "$words a terminal has the size of the client's" within 60 shows "31 97" kubelet_client "${by[@]}" -i -t exec "$pod" web -- sh -c "sleep 1; stty size" </dev/null
  same "$words a megabyte comes whole" 1048576 "$(kubelet_client "${by[@]}" exec "$pod" web -- head -c 1048576 /dev/zero | wc -c)"
  check "$words attach joins the shell on its terminal" within 60 answers "attached-42" 'echo attached-$((6 * 7))' "${by[@]}" -i -t attach "$pod" shell
  check "$words attach reads and writes without a terminal" within 60 answers "you said $1" "$1" "${by[@]}" -i attach "$pod" echoes
  "$TOOLS/kubelet-client" --server "https://127.0.0.1:$KUBELET_PORT" "${by[@]}" port-forward "$pod" "$((HOST_PORT + 1)):80" >"$NODE/log/forward" 2>&1 &
  forward=$!
  check "$words port-forward leads into the pod" within 90 page_has "Hello from a pod" $((HOST_PORT + 1))
  stop_process "$forward"
}

# page_has WORDS PORT
page_has() { contains "$1" "$(curl -sS --noproxy '*' -m 5 "http://127.0.0.1:$2/")"; }
