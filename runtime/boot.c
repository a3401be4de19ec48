/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "boot.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define UUID_CHARACTERS 36

bool boot_identity(char text[static BOOT_TEXT])
{
	int file = open(BOOT_ID, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	memset(text, 0, BOOT_TEXT);
	if (file < 0)
		return false;
	errno = EIO;
	n = read(file, text, UUID_CHARACTERS);
	if (n != UUID_CHARACTERS)
		memset(text, 0, BOOT_TEXT);
	close(file);
	return n == UUID_CHARACTERS;
}
