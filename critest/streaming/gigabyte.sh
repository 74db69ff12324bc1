# 1 GiB out of an exec and both ways through a forwarded port, and what the daemon's memory does meanwhile. Sourced.

daemon_peak_kb() { awk '/^VmHWM/ { print $2 }' "/proc/$RUNTIME_PID/status"; }

# yes ends by a signal, which is no failure.
gigabyte() { { yes "$LINE" || true; } | head -c $GIGABYTE; }
expected_sum() { gigabyte | sha256sum | cut -c1-64; }

try_gigabyte() {
  local wanted before after
  wanted=$(expected_sum)
  # The first pass loads code and fills pools; memory is looked at from here on.
  crictl exec --transport "$1" "$QUIET" sh -c "yes $LINE | head -c 50000000" >/dev/null
  before=$(daemon_peak_kb)
  same "over $1: 1 GiB of an exec's output is whole" "$wanted" "$(crictl exec --transport "$1" "$QUIET" sh -c "yes $LINE | head -c $GIGABYTE" | sha256sum | cut -c1-64)"
  start_forward "$1" "$LOCAL_PORT:9000" "$((LOCAL_PORT + 1)):9001"
  same "over $1: 1 GiB out of a forwarded port is whole" "$wanted" "$(exec 3<>"/dev/tcp/127.0.0.1/$LOCAL_PORT"; sha256sum <&3 | cut -c1-64)"
  same "over $1: 1 GiB into a forwarded port is whole, and its end is seen" "$wanted" "$(gigabyte | half_closing $((LOCAL_PORT + 1)))"
  end_forward
  after=$(daemon_peak_kb)
  say "      the daemon's peak before and after: $before KiB, $after KiB"
  check "over $1: the daemon's memory stays flat" [ "$after" -le $((before + 65536)) ]
}

# half_closing PORT : sends stdin, says that this was all, and prints the first word of the answer.
half_closing() {
  python3 -c '
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
for chunk in iter(lambda: sys.stdin.buffer.read(1 << 16), b""):
    s.sendall(chunk)
s.shutdown(socket.SHUT_WR)
print(s.makefile().read().split()[0])' "$1"
}
