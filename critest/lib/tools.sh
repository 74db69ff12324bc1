# crictl and critest, built from the Go module that critest/tools/go.mod pins. Sourced; needs say.sh.

TOOLS=$CRIJ_HOME/build/tools

# The Go that the module asks for: the one on PATH fetches a newer toolchain by itself when it is 1.21 or later.
find_go() {
  local go
  for go in "$(command -v go || true)" /usr/local/go/bin/go /usr/lib/go-*/bin/go; do
    [ -x "$go" ] || continue
    "$go" version | awk '{ split(substr($3, 3), v, "."); exit !(v[1] > 1 || v[2] >= 21) }' && { echo "$go"; return 0; }
  done
  return 1
}

# Debian 12's Go is older than 1.21 and cannot fetch a toolchain by itself, but as a module it can.
fetch_go() {
  local old dir version=1.26.2
  need_packages go
  old=$(command -v go)
  dir=$(cd /tmp && GOFLAGS=-mod=mod "$old" mod download -json "golang.org/toolchain@v0.0.1-go$version.linux-$(dpkg --print-architecture)" \
    | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  [ -n "$dir" ] || die "no Go 1.21 or later here, and Debian's Go could not fetch one: install a newer Go."
  mkdir -p "$TOOLS" && cp -r "$dir" "$TOOLS/go" && chmod -R u+w "$TOOLS/go" && chmod +x "$TOOLS"/go/bin/* "$TOOLS"/go/pkg/tool/*/*
  echo "$TOOLS/go/bin/go"
}

need_cri_tools() { alone tools make_cri_tools; }

make_cri_tools() {
  local go
  [ -x "$TOOLS/crictl" ] && [ -x "$TOOLS/critest" ] && [ "$TOOLS/critest" -nt "$CRIJ_HOME/critest/tools/go.mod" ] && return 0
  go=$(find_go) || go=$(fetch_go)
  mkdir -p "$TOOLS"
  (
    cd "$CRIJ_HOME/critest/tools"
    export CGO_ENABLED=0
    "$go" build -o "$TOOLS/crictl" sigs.k8s.io/cri-tools/cmd/crictl
    "$go" test -c -o "$TOOLS/critest" sigs.k8s.io/cri-tools/cmd/critest
  )
}

# The tests of the NRI socket and a plugin for the daemon to start, both made with the library that plugins are made of.
need_nri_tests() { alone tools make_nri_tests; }

make_nri_tests() {
  local go
  [ -x "$TOOLS/nri-installed" ] && [ -z "$(find "$CRIJ_HOME/critest/nri" -newer "$TOOLS/nri-installed" -type f)" ] && return 0
  go=$(find_go) || go=$(fetch_go)
  mkdir -p "$TOOLS"
  (
    cd "$CRIJ_HOME/critest/nri"
    export CGO_ENABLED=0
    "$go" test -c -o "$TOOLS/nri-tests" .
    "$go" build -o "$TOOLS/nri-installed" ./installed
  )
}
