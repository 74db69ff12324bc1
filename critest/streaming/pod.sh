# A pod with a shell on a terminal, one that answers on ports, and a quiet one. Sourced; needs node.sh.

LINE=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde
GIGABYTE=1073741824
# Of this run, for what is forwarded.
LOCAL_PORT=$((RANDOM % 5000 * 2 + 20000))

# streaming_container NAME MORE_JSON SCRIPT : prints the id of the started container.
streaming_container() {
  local id
  printf '{"metadata":{"name":"%s"},"image":{"image":"%s"},"command":["sh","-c",%s],"log_path":"%s.log"%s}' \
    "$1" "$BUSYBOX" "$3" "$1" "$2" >"$NODE/$1.json"
  id=$(crictl create "$POD" "$NODE/$1.json" "$NODE/pod.json" 2>/dev/null)
  crictl start "$id" >/dev/null
  echo "$id"
}

# Sets POD, QUIET, SHELL_ON_TTY, SERVERS.
start_streaming_pod() {
  BUSYBOX=registry.k8s.io/e2e-test-images/busybox:1.29-2
  crictl pull "$BUSYBOX" >/dev/null
  mkdir -p "$NODE/logs"
  printf '{"metadata":{"name":"streams","namespace":"test","uid":"streams"},"log_directory":"%s","linux":{}}' "$NODE/logs" >"$NODE/pod.json"
  POD=$(crictl runp "$NODE/pod.json" 2>/dev/null)
  QUIET=$(streaming_container quiet '' '"sleep 100000"')
  # script(1) types an end of file when its own input ends, which ends a shell: there is another.
  SHELL_ON_TTY=$(streaming_container terminal ',"stdin":true,"tty":true' '"while :; do sh; done"')
  SERVERS=$(streaming_container servers '' "\"echo '#!/bin/sh' >/tmp/gen; echo 'yes $LINE | head -c $GIGABYTE' >>/tmp/gen; chmod +x /tmp/gen; \
nc -ll -p 9000 -e /tmp/gen & nc -ll -p 9001 -e sha256sum & mkdir /tmp/www; echo hello >/tmp/www/x; httpd -f -p 8000 -h /tmp/www\"")
  export QUIET SHELL_ON_TTY SERVERS
}
