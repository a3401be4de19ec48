#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# The catalogue of nftables matches holds: docs/nftables-catalogue.md names rules that exist and are tested. With
# CORPUS, a directory that holds nftables' own tests, every rule that these accept is accounted for. UPDATE=1
# writes the document.
set -u
here=$(dirname "$0")
if [ "${UPDATE:-0}" = 1 ]; then
	python3 "$here/nft_catalogue.py" update || exit 1
fi
exec python3 "$here/nft_catalogue.py" check "${CORPUS:-}"
