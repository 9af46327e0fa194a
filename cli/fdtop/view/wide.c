// SPDX-License-Identifier: GPL-2.0-or-later
/* Lists that are wider than the screen, and moved to the left. */
#include "fdtop/view/view.h"

bool view__begin_wide(struct place *p, const struct canvas *c, int rows, int cols,
		      struct canvas *wide)
{
	int most;

	if (cols > CANVAS_COLS_MAX)
		cols = CANVAS_COLS_MAX;
	most = cols > c->cols ? cols - c->cols : 0;
	if (p->left > most)
		p->left = most;
	if (p->left && canvas__init(wide, rows, cols, c->ascii))
		p->left = 0;
	return p->left;
}

int view__end_wide(const struct place *p, struct canvas *c, int top, struct canvas *wide, int fixed)
{
	/* Where there is room for little else, it moves too. */
	if (fixed > c->cols / 2)
		fixed = 0;
	for (int row = 0; row < wide->rows; row++)
		canvas__copy_moved(c, top + row, wide, row, fixed, p->left);
	canvas__done(wide);
	return fixed;
}
