// SPDX-License-Identifier: GPL-2.0-or-later
/* A stack as text; see places.h. */
#include "store/places.h"

#include <stdlib.h>
#include <string.h>

void places__add(void *ctx, const char *place)
{
	struct places *p = ctx;

	if (p->cnt < FDS_STACK_MAX && (p->list[p->cnt] = strdup(place)))
		p->cnt++;
}

void places__done(struct places *p)
{
	for (size_t i = 0; i < p->cnt; i++)
		free(p->list[i]);
	p->cnt = 0;
}

char *places__join(const char *const *list, size_t cnt)
{
	size_t len = 0, fit = 0;
	char *text, *at;

	while (fit < cnt && len + strlen(list[fit]) + 1 <= PLACES_TEXT_SZ)
		len += strlen(list[fit++]) + 1;
	if (!fit || !(text = malloc(len)))
		return NULL;
	at = text;
	for (size_t i = 0; i < fit; i++) {
		at = stpcpy(at, list[i]);
		*at++ = '\n';
	}
	at[-1] = '\0';
	return text;
}

void places__emit(struct json *j, const char *text)
{
	json__begin_array(j, "stack");
	for (const char *place = text, *end; place; place = *end ? end + 1 : NULL) {
		end = strchrnul(place, '\n');
		json__emit_text_n(j, NULL, place, end - place);
	}
	json__end_array(j);
}
