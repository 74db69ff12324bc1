# The node as the API server has it. Sourced; needs control-plane.sh.

of_node() { api get "api/v1/nodes/$NODE_NAME" | jq -r "$1"; }
node_says() { equal "$1" "$(of_node "$2")"; }

try_node() {
  check "the node becomes Ready" within 60 node_says True '.status.conditions[] | select(.type == "Ready").status'
  check "its runtime is this one" contains "crij://" "$(of_node .status.nodeInfo.containerRuntimeVersion)"
  same "what its handlers can do" '["",true,true] ["crij",true,true] ' \
    "$(of_node '.status.runtimeHandlers[] | [.name // "", .features.recursiveReadOnlyMounts, .features.userNamespaces] | tojson' | sort | tr '\n' ' ')"
  same "and what all can" true "$(of_node .status.features.supplementalGroupsPolicy)"
}
