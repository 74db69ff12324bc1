# The controllers' and the scheduler's work: a Deployment of 30 replicas is rolled out, renewed, drained and deleted; a Job and a CronJob
# are done. Sourced; needs control-plane.sh.

DEPLOYMENT=apis/apps/v1/namespaces/default/deployments/rollout
JOBS=apis/batch/v1/namespaces/default

of_deployment() { api get "$DEPLOYMENT" | jq -r "$1"; }
deployment_says() { equal "$1" "$(of_deployment "$2")"; }
all_are() { deployment_says "30 30 30" '.status | "\(.replicas) \(.updatedReplicas) \(.readyReplicas)"'; }

# pods_of_rollout FILTER : how many of them.
pods_of_rollout() { api get "api/v1/namespaces/default/pods?labelSelector=app%3Drollout" | jq "[.items[] | select($1)] | length"; }
so_many() { equal "$1" "$(pods_of_rollout "$2")"; }

# change PATH JSON
change() {
  printf '%s' "$2" >"$NODE/change.json"
  api patch "$1" "$NODE/change.json" application/merge-patch+json >/dev/null
}

create() { api post "$1" "$CRIJ_HOME/critest/cluster/objects/$2.yaml" >/dev/null; }

try_rollout() {
  local began=$SECONDS
  check "a CronJob is made" create "$JOBS/cronjobs" cron-job
  check "a Deployment of 30 is made" create apis/apps/v1/namespaces/default/deployments rollout
  check "all 30 are Ready" within 150 all_are
  say "      after $((SECONDS - began)) s"
  began=$SECONDS
  check "its pods are renewed" renew second
  check "all 30 are new and Ready" within 240 so_many 30 '.spec.containers[0].env[0].value == "second" and ([.status.conditions[]? | select(.type == "Ready").status] == ["True"])'
  say "      after $((SECONDS - began)) s"
  check "the old ones are gone" within 60 so_many 30 true
  check "a Job is made" create "$JOBS/jobs" job
  check "and done six times" within 90 job_is_done
  check "the CronJob had its turn" within 90 cron_job_ran
  try_drain
}

renew() {
  printf '{"spec": {"template": {"spec": {"containers": [{"name": "serves", "env": [{"name": "VERSION", "value": "%s"}]}]}}}}' "$1" >"$NODE/change.json"
  api patch "$DEPLOYMENT" "$NODE/change.json" application/strategic-merge-patch+json >/dev/null
}

job_is_done() { equal 6 "$(api get "$JOBS/jobs/job" | jq .status.succeeded)"; }
cron_job_ran() { api get "$JOBS/jobs" | jq -e '[.items[] | select((.metadata.ownerReferences[0].name == "cron") and .status.succeeded == 1)] | length > 0' >/dev/null; }

try_drain() {
  change "$DEPLOYMENT" '{"spec": {"replicas": 10}}'
  check "ten stay when ten are wanted" within 60 so_many 10 true
  check "kubectl drain" kubectl drain "$NODE_NAME" --pod-selector=app=rollout --timeout=170s
  check "a drained node has none of them, and ten wait" within 60 drained
  api delete "$DEPLOYMENT" >/dev/null
  check "deleted, all are gone" within 60 so_many 0 true
  check "and their containers ended" within 30 no_rollout_containers
  check "kubectl uncordon" kubectl uncordon "$NODE_NAME"
}

drained() { so_many 10 '.status.phase == "Pending" and .spec.nodeName == null' && so_many 0 '.spec.nodeName != null'; }
no_rollout_containers() { [ -z "$(crictl ps -q --name serves)" ]; }
