# The node is switched off in an orderly way while the pod runs. What becomes of it is looked at after the next boot.

check "the pod is Ready" same_state SANDBOX_READY "$(kept pod)"
crij status || true
touch /work/reboot
