/* What Rust can't say: functions that take a va_list, and inline functions of pacemaker's headers. */
#include <stdarg.h>
#include <stdbool.h>

#include <crm/lrmd.h>

/* Who renders lists. They free the list. */
struct renderers {
	int (*list)(void *out, lrmd_list_t *list, const char *title);
	int (*providers_for)(void *out, lrmd_list_t *list, const char *agent);
	int (*agents)(void *out, lrmd_list_t *list, const char *standard, const char *provider, bool xml);
	int (*providers)(void *out, lrmd_list_t *list, const char *agent);
};

/* pcmk__message_entry_t */
struct message {
	const char *name;
	const char *format;
	int (*function)(void *out, va_list arguments);
};

extern void pcmk__register_messages(void *out, const struct message *table);

static const struct renderers *renderers;

static int providers_text(void *out, va_list arguments)
{
	return renderers->list(out, va_arg(arguments, lrmd_list_t *), "Providers");
}

static int standards_text(void *out, va_list arguments)
{
	return renderers->list(out, va_arg(arguments, lrmd_list_t *), "Standards");
}

static int alternatives_xml(void *out, va_list arguments)
{
	lrmd_list_t *list = va_arg(arguments, lrmd_list_t *);

	return renderers->providers_for(out, list, va_arg(arguments, const char *));
}

static int providers_xml(void *out, va_list arguments)
{
	lrmd_list_t *list = va_arg(arguments, lrmd_list_t *);

	return renderers->providers(out, list, va_arg(arguments, const char *));
}

static int agents(void *out, va_list arguments, bool xml)
{
	lrmd_list_t *list = va_arg(arguments, lrmd_list_t *);
	const char *standard = va_arg(arguments, const char *);

	return renderers->agents(out, list, standard, va_arg(arguments, const char *), xml);
}

static int agents_text(void *out, va_list arguments)
{
	return agents(out, arguments, false);
}

static int agents_xml(void *out, va_list arguments)
{
	return agents(out, arguments, true);
}

static const struct message messages[] = {
	{ "alternatives-list", "default", providers_text },
	{ "alternatives-list", "xml", alternatives_xml },
	{ "agents-list", "default", agents_text },
	{ "agents-list", "xml", agents_xml },
	{ "providers-list", "default", providers_text },
	{ "providers-list", "xml", providers_xml },
	{ "standards-list", "default", standards_text },
	{ 0 },
};

void systole_lrmd_register(void *out, const struct renderers *those)
{
	renderers = those;
	pcmk__register_messages(out, messages);
}

const char *systole_lrmd_exit_words(int code)
{
	return services_ocf_exitcode_str((enum ocf_exitcode) code);
}

const char *systole_lrmd_status_words(int status)
{
	return pcmk_exec_status_str((enum pcmk_exec_status) status);
}
