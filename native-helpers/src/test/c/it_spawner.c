/* Programs that the spawner runs and paths that it looks at. */
#include <signal.h>
#include <sys/stat.h>

#include "it_pod.h"
#include "spawn.h"

static int run_program(const char *script, int64_t deadline_ms) {
    struct buffer fields = {0};
    put_text(&fields, 1, "/bin/sh");
    put_text(&fields, 2, "sh");
    put_text(&fields, 2, "-c");
    put_text(&fields, 2, script);
    put_text(&fields, 3, "GREETING=hello");
    put_bytes(&fields, 4, "input", 5);
    put_number(&fields, 5, deadline_ms);
    put_number(&fields, 6, 1000);
    return client_call(&spawner, SPAWN_RUN, &fields);
}

static int foreign_path(int64_t operation, const char *path) {
    struct buffer fields = {0};
    put_number(&fields, 1, operation);
    put_text(&fields, 2, path);
    put_number(&fields, 3, 5000);
    return client_call(&spawner, SPAWN_PATH, &fields);
}

void programs_and_paths(void) {
    CHECK(run_program("read -r x; echo $GREETING $x; echo bad >&2; exit 3", 5000) == SPAWN_RUN);
    CHECK(client_number(&spawner, 1) == 3 && client_text_is(&spawner, 2, "hello input\n") && client_text_is(&spawner, 3, "bad\n"));
    CHECK(run_program("sleep 100 & sleep 100", 100) == SPAWN_RUN);
    CHECK(client_number(&spawner, 4) == 1 && client_number(&spawner, 1) == 128 + SIGKILL);
    CHECK(foreign_path(1, "/dev/null") == SPAWN_PATH && S_ISCHR((mode_t)client_number(&spawner, 1)));
    CHECK(foreign_path(1, "/no/such") == FRAME_ERROR && client_number(&spawner, 1) == ENOENT);
    CHECK(foreign_path(2, in_base("made/deep")) == SPAWN_PATH && S_ISDIR((mode_t)client_number(&spawner, 1)));
}
