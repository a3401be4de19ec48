/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Any bytes as an object with a signature behind it, and any text as the file of keys that are trusted: the first
 * two bytes say how much of the input is the text. No input is signed, so none may be taken.
 */
#include "fuzz.h"
#include "signature.h"
#include "signature_trailer.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_file keys;
	size_t keys_size, image_size;
	struct failure why = { 0 };

	if (size < 2)
		return 0;
	keys_size = (size_t)data[0] << 8 | data[1];
	data += 2;
	size -= 2;
	if (keys_size > size)
		keys_size = size;
	keys = fuzz_file(data, keys_size);
	data += keys_size;
	size -= keys_size;

	require(signature_check(data, size, NULL, &image_size, &why));
	require(image_size == size || image_size + sizeof(struct signature_trailer) == size);
	require(!signature_check(data, size, keys.path, &image_size, &why));
	require(why.code == EXIT_ENVIRONMENT && why.text[0]);
	close(keys.fd);
	return 0;
}
