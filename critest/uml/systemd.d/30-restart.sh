# The daemon is replaced in each way that systemd knows; the container does not notice.

# came_back OLD : systemd has started another daemon, and it serves.
came_back() { [ "$(main_pid)" != 0 ] && [ "$(main_pid)" != "$1" ] && [ "$(property ActiveState)" = active ] && crictl version; }
undisturbed() { runs && lives "$(kept pid)"; }

old=$(main_pid)
check "systemctl restart" systemctl restart crij
check "another daemon serves" within 60 came_back "$old"
check "the container is the same process" undisturbed
check "exec answers" crictl exec "$(kept container)" true

old=$(main_pid)
kill -KILL "$old"
check "after kill -9 systemd starts another" within 60 came_back "$old"
check "the container is the same process" undisturbed

mkdir -p /run/systemd/system/crij.service.d
printf '[Service]\nWatchdogSec=15\n' >/run/systemd/system/crij.service.d/watchdog.conf
systemctl daemon-reload
systemctl restart crij
last=$(property WatchdogTimestampMonotonic)
heard() { [ "$(property WatchdogTimestampMonotonic)" != "$last" ]; }
check "it tells systemd that it is alive" within 20 heard
old=$(main_pid)
[ "$old" = 0 ] || kill -STOP "$old" || true
check "a daemon that hangs is replaced" within 90 came_back "$old"
check "systemd says why" within 30 shows "Watchdog timeout" journal_of_daemon
check "the container is the same process" undisturbed
rm -r /run/systemd/system/crij.service.d
systemctl daemon-reload

check "systemctl stop" systemctl stop crij
check "nobody serves" fails crictl version
check "the container runs on" lives "$(kept pid)"
check "systemctl start" systemctl start crij
check "the container is the same process" undisturbed
