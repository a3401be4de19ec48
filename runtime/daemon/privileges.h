/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What sentryd may do, once it is set up. */
#ifndef SENTRY_DAEMON_PRIVILEGES_H
#define SENTRY_DAEMON_PRIVILEGES_H

/*
 * Keeps CAP_BPF (CAP_SYS_ADMIN on a kernel before 5.8), which opening and reading maps takes, and those named, as far as this
 * process has them; nothing that it executes can have more again. What goes wrong is said.
 */
void privileges_drop(const char *const *keep);

/*
 * This thread goes before others that are not as urgent: records that are not read in time are lost. Without CAP_SYS_NICE
 * nothing changes. Threads that it starts inherit that.
 */
void privileges_go_first(void);

#endif
