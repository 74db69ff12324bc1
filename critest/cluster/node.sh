# The node as the API server has it. Sourced; needs control-plane.sh.

of_node() { api get "api/v1/nodes/$NODE_NAME" | jq -r "$1"; }
node_says() { equal "$1" "$(of_node "$2")"; }

try_node() {
  local userns
  check "the node becomes Ready" within 60 node_says True '.status.conditions[] | select(.type == "Ready").status'
  check "its runtime is this one" contains "crij://" "$(of_node .status.nodeInfo.containerRuntimeVersion)"
  # What is missing there is in critest/uml/KNOWN.md.
  userns=true
  if on_user_mode_linux; then userns=false; fi
  same "what its handlers can do" "[\"\",true,$userns] [\"crij\",true,$userns] " \
    "$(of_node '.status.runtimeHandlers[] | [.name // "", .features.recursiveReadOnlyMounts, .features.userNamespaces // false] | tojson' | sort | tr '\n' ' ')"
  same "and what all can" true "$(of_node .status.features.supplementalGroupsPolicy)"
}
