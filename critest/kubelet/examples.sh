# The pods of deploy/examples do what they say. Sourced; needs kubelet.sh, streams.sh.

start_examples() { cp "$CRIJ_HOME"/deploy/examples/*.yaml "$NODE/pods/"; }

# page POD PORT PATH
page() { curl -sS -f --noproxy '*' -m 5 "http://$(of_pod "$1" .status.podIP):$2/$3"; }
page_says() { contains "$4" "$(page "$1" "$2" "$3")"; }

# example_logs POD CONTAINER WORDS
example_logs() { contains "$3" "$(kubelet_get "containerLogs/default/$1-$NODE_NAME/$2" | paste -sd ' ')"; }

try_examples() {
  local first
  check "shared directory: the page is served" within 90 page_says shared-directory 80 "" "It is "
  first=$(page shared-directory 80 "" || true)
  check "and is another when it was written again" within 90 fails page_says shared-directory 80 "" "$first"
  check "four containers: an order is worked off and shown" within 90 page_says four-containers 8080 3 "3 times 3 is 9"
  check "and the logs of all are in one" within 90 example_logs four-containers logs "worker: 3 is done"
  check "with those of the shop" within 90 example_logs four-containers logs "url:/3"
  check "log collector: it has what the application wrote" within 90 example_logs log-collector collector "event 1 event 2"
  check "shell: ps shows itself as process 1" within 60 answers "1 root     sh" ps -i -t attach "shell-$NODE_NAME" shell
  check "Tomcat: the archive that the init container brought is served" within 90 page_says tomcat 8080 hello/ "Hello from a web archive."
  check "and it is Ready" within 90 all_ready tomcat
  # Shells and such do not end before their grace period has: meanwhile the other parts go on.
  for first in "$CRIJ_HOME"/deploy/examples/*.yaml; do rm "$NODE/pods/${first##*/}"; done
}
