/* services__format_result(), as Rust has no functions of its own with variable arguments. The library's entry jumps here. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void services__set_result(void *action, int agent_status, int exec_status, const char *reason);

void systole_services_format_result(void *action, int agent_status, int exec_status, const char *format, ...)
{
    char *reason = NULL;

    if (format != NULL) {
        va_list arguments;

        va_start(arguments, format);
        if (vasprintf(&reason, format, arguments) < 0) {
            reason = NULL;
        }
        va_end(arguments);
    }
    services__set_result(action, agent_status, exec_status, reason);
    free(reason);
}
