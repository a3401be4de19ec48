/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "top_screen.h"

#include "item_text.h"
#include "memory.h"
#include "printable.h"
#include "set_parts.h"

#include <locale.h>
#include <ncurses.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define KEY_WAIT_MS 100
#define FIRST_ROW 4
#define SHORTEST_MS 200
#define LONGEST_MS 60000

static volatile sig_atomic_t ended;

static void on_end(int number)
{
	ended = number;
}

struct screen {
	const struct top_view *view;  /* NULL: none yet */
	struct top_collector *collector;
	uint64_t interval_ms;
	uint64_t next_ms;             /* when it is read again */
	enum top_page page;
	enum top_sort sort;
	size_t scroll;                /* rows above the first shown */
	size_t shown;                 /* rows there are, after the filter */
	bool paused, typing, help;
	char filter[64];
	char trouble[256];            /* why there is nothing new */
};

/* One line, cut at the edge. */
static void put(int y, int x, attr_t attributes, const char *text)
{
	if (y < 0 || y >= LINES || x >= COLS)
		return;
	attron(attributes);
	mvaddnstr(y, x, text, COLS - x);
	attroff(attributes);
}

static void fill_line(int y, attr_t attributes, const char *text)
{
	attron(attributes);
	mvhline(y, 0, ' ', COLS);
	attroff(attributes);
	put(y, 0, attributes, text);
}

static void draw_head(const struct screen *screen)
{
	char line[512], time[ITEM_TIME_SIZE];
	struct printable policy;
	int x = 0;

	if (screen->view && *screen->view->policy)
		snprintf(line, sizeof(line), "policy %s, generation %u  %.8sZ  every %.1f s%s", printable(&policy, screen->view->policy),
			 screen->view->generation, item_time(screen->view->time_ns, time) + 11, (double)screen->interval_ms / 1000,
			 screen->paused ? "  PAUSED" : "");
	else
		snprintf(line, sizeof(line), "%s", screen->view ? "no policy is in force" : "…");
	put(0, 0, A_BOLD, line);
	for (size_t page = 0; page < N_TOP_PAGES; page++) {
		snprintf(line, sizeof(line), " %zu %s ", page + 1, top_page_words[page]);
		put(1, x, page == screen->page ? A_REVERSE : A_NORMAL, line);
		x += (int)strlen(line) + 1;
	}
}

static void draw_keys(const struct screen *screen)
{
	char line[256];

	if (screen->typing)
		snprintf(line, sizeof(line), "filter: %s_   Enter keeps it, Esc drops it", screen->filter);
	else
		snprintf(line, sizeof(line), "1-5 Tab page  s sort: %s  / filter%s%s  p pause  +- interval  h help  q quit",
			 screen->page == TOP_STATES && screen->sort != TOP_BY_NAME ? "connections" : top_sort_words[screen->sort],
			 *screen->filter ? ": " : "", screen->filter);
	fill_line(LINES - 1, A_REVERSE, line);
}

static void draw_help(void)
{
	static const char *const lines[] = {
		"1 2 3 4 5, Tab, left, right   another page",
		"s, S                          sort by the next, by the one before",
		"/ text Enter                  only rows whose name, policy or verdict has the text; / Esc: all",
		"p, space                      hold what is shown; again: go on",
		"+ -                           read more often, more seldom",
		"up, down, PgUp, PgDn, Home    scroll",
		"r                             read now",
		"q                             quit",
		"",
		"Rates are of the last interval; packets and bytes are what was counted so far.",
		"Frames are counted as on the wire, Ethernet header included.",
		"",
		"any key                       back",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		put(3 + (int)i, 2, A_NORMAL, lines[i]);
}

static size_t room(void)
{
	return LINES > FIRST_ROW + 1 ? (size_t)(LINES - FIRST_ROW - 1) : 0;
}

static void draw_table(struct screen *screen)
{
	const struct top_table *table = &screen->view->tables[screen->page];
	const struct top_row **rows = allocate(table->n + 1, sizeof(*rows));
	char line[1200];

	screen->shown = top_filter(table, screen->filter, rows, table->n);
	if (screen->scroll + room() > screen->shown)
		screen->scroll = screen->shown > room() ? screen->shown - room() : 0;
	put(2, 0, A_NORMAL, *screen->trouble ? screen->trouble : table->note);
	top_line(line, sizeof(line), screen->page, NULL);
	fill_line(3, A_UNDERLINE, line);
	for (size_t i = 0; i < room() && screen->scroll + i < screen->shown; i++) {
		top_line(line, sizeof(line), screen->page, rows[screen->scroll + i]);
		put(FIRST_ROW + (int)i, 0, A_NORMAL, line);
	}
	free(rows);
}

/* All of it into curses' memory, which sends the terminal what differs: nothing flickers. */
static void draw(struct screen *screen)
{
	erase();
	draw_head(screen);
	if (screen->help)
		draw_help();
	else if (screen->view)
		draw_table(screen);
	draw_keys(screen);
	refresh();
}

static void read_view(struct screen *screen)
{
	struct failure why = { 0 };
	struct top_view *view = top_collect(screen->collector, &why);
	struct printable text;

	screen->trouble[0] = '\0';
	if (view)
		screen->view = view;
	else
		snprintf(screen->trouble, sizeof(screen->trouble), "%s", printable(&text, why.text));
	screen->next_ms = monotonic_ms() + screen->interval_ms;
}

static void sort_view(struct screen *screen)
{
	/* The rows are the collector's, and their order is nobody's. */
	if (screen->view)
		top_sort((struct top_table *)&screen->view->tables[screen->page], screen->page, screen->sort);
}

static void type_key(struct screen *screen, int key)
{
	size_t length = strlen(screen->filter);

	if (key == '\n' || key == '\r' || key == KEY_ENTER) {
		screen->typing = false;
	} else if (key == 27) {
		screen->typing = false;
		screen->filter[0] = '\0';
	} else if (key == KEY_BACKSPACE || key == 127 || key == '\b') {
		if (length)
			screen->filter[length - 1] = '\0';
	} else if (key >= ' ' && key < 127 && length + 1 < sizeof(screen->filter)) {
		screen->filter[length] = (char)key;
		screen->filter[length + 1] = '\0';
	}
	screen->scroll = 0;
}

static void turn_page(struct screen *screen, int by)
{
	screen->page = (enum top_page)(((int)screen->page + by + N_TOP_PAGES) % N_TOP_PAGES);
	screen->scroll = 0;
}

static void scroll_by(struct screen *screen, long rows)
{
	long at = (long)screen->scroll + rows;

	screen->scroll = at < 0 ? 0 : (size_t)at;
}

/* False: quit. */
static bool press_key(struct screen *screen, int key)
{
	if (screen->help) {
		screen->help = false;
		return key != 'q';
	}
	if (screen->typing) {
		type_key(screen, key);
		return true;
	}
	switch (key) {
	case 'q':
	case 'Q':
		return false;
	case '1': case '2': case '3': case '4': case '5':
		screen->page = (enum top_page)(key - '1');
		screen->scroll = 0;
		break;
	case '\t': case KEY_RIGHT:
		turn_page(screen, 1);
		break;
	case KEY_BTAB: case KEY_LEFT:
		turn_page(screen, -1);
		break;
	case 's':
		screen->sort = (enum top_sort)((screen->sort + 1) % N_TOP_SORTS);
		break;
	case 'S':
		screen->sort = (enum top_sort)((screen->sort + N_TOP_SORTS - 1) % N_TOP_SORTS);
		break;
	case '/':
		screen->typing = true;
		screen->filter[0] = '\0';
		break;
	case 'p': case ' ':
		screen->paused = !screen->paused;
		break;
	case 'r':
		screen->next_ms = 0;
		break;
	case '+':
		screen->interval_ms = screen->interval_ms / 2 > SHORTEST_MS ? screen->interval_ms / 2 : SHORTEST_MS;
		screen->next_ms = 0;
		break;
	case '-':
		screen->interval_ms = screen->interval_ms * 2 < LONGEST_MS ? screen->interval_ms * 2 : LONGEST_MS;
		break;
	case KEY_UP: case 'k':
		scroll_by(screen, -1);
		break;
	case KEY_DOWN: case 'j':
		scroll_by(screen, 1);
		break;
	case KEY_PPAGE:
		scroll_by(screen, -(long)room());
		break;
	case KEY_NPAGE:
		scroll_by(screen, (long)room());
		break;
	case KEY_HOME: case 'g':
		screen->scroll = 0;
		break;
	case KEY_END: case 'G':
		screen->scroll = screen->shown;
		break;
	case 'h': case '?': case KEY_F(1):
		screen->help = true;
		break;
	default: /* also KEY_RESIZE: curses knows the new size, and all is drawn again */
		break;
	}
	return true;
}

static void loop(struct screen *screen)
{
	bool again = true;

	while (!ended) {
		uint64_t now = monotonic_ms();
		int key;

		if (now >= screen->next_ms && !(screen->paused && screen->view)) {
			read_view(screen);
			again = true;
		}
		if (again) {
			sort_view(screen);
			draw(screen);
		}
		now = monotonic_ms();
		timeout(screen->paused || screen->next_ms > now + KEY_WAIT_MS ? KEY_WAIT_MS
			: screen->next_ms > now ? (int)(screen->next_ms - now) : 0);
		key = getch();
		again = key != ERR;
		if (again && !press_key(screen, key))
			return;
	}
}

/*
 * Not initscr(), which ends the process where it does not know the terminal; and one on which the cursor cannot be moved is known, and
 * of no use.
 */
static SCREEN *open_terminal(void)
{
	SCREEN *terminal = newterm(NULL, stdout, stdin);

	if (!terminal || tigetstr("cup"))
		return terminal;
	endwin();
	delscreen(terminal);
	return NULL;
}

bool top_screen(struct top_collector *collector, uint64_t interval_ms, enum top_sort sort, struct failure *why)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	const struct sigaction end = { .sa_handler = on_end };
	struct screen screen = { .collector = collector, .interval_ms = interval_ms, .sort = sort };
	SCREEN *terminal;

	setlocale(LC_CTYPE, "");
	terminal = open_terminal();
	if (!terminal)
		return failure_set(why, EXIT_ENVIRONMENT, "this terminal (TERM=%s) cannot be drawn on; -o text prints",
				   getenv("TERM") ? getenv("TERM") : "");
	/* Behind newterm(), which has handlers of its own; it keeps those that stop and continue. */
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &end, NULL);
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	loop(&screen);
	endwin();
	delscreen(terminal);
	return true;
}
