# The node as the API server has it. Sourced; needs control-plane.sh.

of_node() { api get "api/v1/nodes/$NODE_NAME" | jq -r "$1"; }
node_says() { equal "$1" "$(of_node "$2")"; }

try_node() {
  local userns
  check "the node becomes Ready" within 60 node_says True '.status.conditions[] | select(.type == "Ready").status'
  check "its runtime is this one" within 60 shows "crij://" of_node .status.nodeInfo.containerRuntimeVersion
  # What is missing there is in critest/uml/KNOWN.md.
  userns=true
  if on_user_mode_linux; then userns=false; fi
  check "what its handlers can do" within 60 node_says "[\"\",true,$userns] [\"crij\",true,$userns]" \
    '[.status.runtimeHandlers[] | [.name // "", .features.recursiveReadOnlyMounts, .features.userNamespaces // false] | tojson] | sort | join(" ")'
  check "and what all can" within 60 node_says true .status.features.supplementalGroupsPolicy
}
