// SPDX-License-Identifier: GPL-2.0-or-later
/* Menus; see menu.h. */
#include "fdtop/menu.h"

enum field_id menu__field(size_t i)
{
	enum field_id id = 0;

	for (; id < FIELD_CNT; id++)
		if (field__list[id].compare && !i--)
			break;
	return id;
}

size_t menu__count(enum menu_id menu)
{
	size_t cnt = 0;

	if (menu == MENU_GROUP)
		return FDS_BY_CNT;
	for (enum field_id id = 0; id < FIELD_CNT; id++)
		cnt += field__list[id].compare != NULL;
	return cnt;
}

const char *menu__title(enum menu_id menu)
{
	return menu == MENU_GROUP ? "Group by" : "Sort by";
}

const char *menu__item(enum menu_id menu, size_t i)
{
	if (menu == MENU_GROUP)
		return i == FDS_BY_PROCESS ? "nothing" : settings__group_name(i);
	return menu__field(i) < FIELD_CNT ? field__list[menu__field(i)].heading : "";
}

void menu__open(struct state *s, enum menu_id menu)
{
	s->menu = menu;
	s->menu_at = menu == MENU_GROUP ? s->settings.group : 0;
	for (size_t i = 0; menu == MENU_SORT && i < menu__count(menu); i++)
		if (menu__field(i) == s->settings.sort)
			s->menu_at = i;
}

void menu__choose(struct state *s)
{
	if (s->menu == MENU_SORT) {
		s->settings.sort = menu__field(s->menu_at);
		s->settings.reverse = false;
		s->own_order = false;
	} else if (s->menu == MENU_GROUP) {
		s->settings.group = (enum fds_group_key)s->menu_at;
		s->settings.tree = false;
		layout__unflip(&s->layout);
	}
	s->menu = MENU_NONE;
	s->main = (struct place){};
	state__layout(s);
}
