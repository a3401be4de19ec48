#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The stateless part of a formatted policy: rules that ask no table and write no record, without tests and assertions.

usage: sentryc fmt - < POLICY | stateless.py DIRECTORY

Files that the policy names are looked for in DIRECTORY from then on. Rules whose
verdict is reject deny: an answer is not classification.
"""
import re
import sys

HEAD = re.compile(r"\s*(policy|ingress|egress)\b.*\{$")
DROPPED = re.compile(r"(test|assert|set|states|budget)\b")
BRACED = re.compile(r"(test|states|budget)\b")
TABLES = re.compile(r"\b(state|rate-limit|sample)\b|@")
MODIFIERS = re.compile(r" log\b| detect [\w-]+| sample( flow)? 1/[\d_]+| add (src|dst) to @[\w-]+( for \w+)?| overrides [^;]*")


def code_of(line):
    return re.sub(r'"[^"]*"', '""', line).split("#")[0].rstrip()


def statements(lines):
    """Blocks are opened and closed by statements of their own; others go on until their braces are closed."""
    statement, depth = [], 0
    for line in lines:
        code = code_of(line)
        if not statement and (HEAD.match(code) or code.strip() in ("", "}")):
            yield line
            continue
        statement.append(line)
        depth += code.count("{") - code.count("}")
        if not depth and code.endswith("}" if BRACED.match(statement[0].strip()) else ";"):
            yield "\n".join(statement)
            statement = []


def stateless(statement):
    """The statement as it stays; None if it does not."""
    if not re.match(r"\s*(rule|default|non-ip|malformed)\b", statement):
        return None if DROPPED.match(statement.strip()) else statement
    if re.match(r"\s*rule \S+ (allow|deny|reject)\b", statement):
        statement = MODIFIERS.sub("", statement)
    if TABLES.search("\n".join(code_of(line) for line in statement.splitlines())):
        return None
    return re.sub(r"\breject\b", "deny", statement)


def main():
    for statement in statements(sys.stdin.read().splitlines()):
        kept = stateless(statement)
        if kept is not None:
            print(re.sub(r'\bfile "([^"/])', lambda match: f'file "{sys.argv[1]}/{match[1]}', kept))


if __name__ == "__main__":
    main()
