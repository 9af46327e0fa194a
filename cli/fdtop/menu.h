/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Menus: what can be sorted and grouped by. */
#ifndef FDSCOPE_FDTOP_MENU_H
#define FDSCOPE_FDTOP_MENU_H

#include "fdtop/state.h"

size_t menu__count(enum menu_id menu);
const char *menu__title(enum menu_id menu);
const char *menu__item(enum menu_id menu, size_t i);
/* With the present choice under the cursor. */
void menu__open(struct state *s, enum menu_id menu);
void menu__choose(struct state *s);
/* The field that the i-th item of MENU_SORT means. */
enum field_id menu__field(size_t i);

#endif
