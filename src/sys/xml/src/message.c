/* libxslt says what it has to say with a format and arguments, which Rust can't take: here they become a text. */
#include <stdarg.h>
#include <stdio.h>

/* What the context points to begins with the function that takes the text. */
struct sink {
	void (*take)(struct sink *sink, const char *text);
};

void systole_xslt_message(void *context, const char *format, ...)
{
	struct sink *sink = context;
	char text[4096];
	va_list arguments;

	va_start(arguments, format);
	if (vsnprintf(text, sizeof(text), format, arguments) >= 0)
		sink->take(sink, text);
	va_end(arguments);
}
