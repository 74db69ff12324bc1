#include "check.h"
#include "environment.h"
#include "plans.h"

static void gathered(void) {
    OWN_ARENA arena = {0};
    struct buffer buffer = {0};
    struct plan plan;
    struct program program;
    struct fault fault = {.op = -1};
    char *override[] = {(char *)(uintptr_t) "A=3", (char *)(uintptr_t) "C=4", NULL};
    plan_begin(&buffer);
    op_source(&buffer, 0, "/r");
    op_empty(&buffer, OP_ENTER);
    op_of_number(&buffer, OP_ROOT, 0);
    op_empty(&buffer, OP_PIVOT);
    op_of_text(&buffer, OP_ENV, "A=1");
    op_of_text(&buffer, OP_ENV, "PATH=/one::/two");
    op_of_text(&buffer, OP_ENV, "A=2");
    op_of_text(&buffer, OP_ARG, "tool");
    op_of_text(&buffer, OP_ARG, "");
    op_empty(&buffer, OP_END);
    plan_end(&buffer);
    CHECK(plan_parse(buffer.data, buffer.length, &arena, &plan, &fault) == 0);
    CHECK(program_gather(&plan, NULL, override, &arena, &program, &fault) == 0);
    CHECK(strcmp(program.environment[0], "A=3") == 0 && strcmp(program.environment[2], "C=4") == 0 && program.environment[3] == NULL);
    CHECK(strcmp(program.arguments[0], "tool") == 0 && program.arguments[1][0] == '\0' && program.arguments[2] == NULL);
    CHECK(strcmp(program.candidates[0], "/one/tool") == 0 && strcmp(program.candidates[1], "./tool") == 0);
    CHECK(strcmp(program.candidates[2], "/two/tool") == 0 && program.candidates[3] == NULL);
    char *other[] = {(char *)(uintptr_t) "/bin/x", NULL};
    CHECK(program_gather(&plan, other, NULL, &arena, &program, &fault) == 0);
    CHECK(strcmp(program.candidates[0], "/bin/x") == 0 && program.candidates[1] == NULL && strcmp(program.environment[0], "A=2") == 0);
    char *none[] = {NULL};
    CHECK(program_gather(&plan, none, NULL, &arena, &program, &fault) != 0);
    buffer_free(&buffer);
}

int main(void) {
    gathered();
    return checks_report("environment");
}
