#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""docs/nftables-catalogue.md is made of the policies tests/packets/nft-*.sp, whose rules name in their notes the nftables
matches they stand for, and of tests/packets/nft-catalogue.tsv, which holds the matches that no rule can stand for.

    nft_catalogue.py check [CORPUS]   the document says what these say; every rule is tested; of the test files of
                                      nftables below CORPUS, each line that nft accepts is accounted for
    nft_catalogue.py update           writes the document
"""
import os
import re
import sys

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
PACKETS = os.path.join(ROOT, "tests", "packets")
DOCUMENT = os.path.join(ROOT, "docs", "nftables-catalogue.md")
CATALOGUE = os.path.join(PACKETS, "nft-catalogue.tsv")

# In the order of the document: the policy, its title, the files of nftables' tests it stands for.
POLICIES = [
    ("nft-ip", "The IPv4 header", "ip/ip.t, ip/sets.t, inet/sets.t, inet/vmap.t"),
    ("nft-ip6", "The IPv6 header", "ip6/ip6.t, ip6/vmap.t, ip6/sets.t"),
    ("nft-fragments", "Fragments", "ip6/frag.t, ip6/exthdr.t, ip/ip.t"),
    ("nft-tcp", "TCP", "inet/tcp.t, inet/ip_tcp.t"),
    ("nft-udp", "UDP", "inet/udp.t"),
    ("nft-sctp", "SCTP", "inet/sctp.t"),
    ("nft-icmp", "ICMP", "ip/icmp.t, ip/meta.t, inet/icmpX.t"),
    ("nft-icmpv6", "ICMPv6", "ip6/icmpv6.t, ip6/meta.t, inet/icmpX.t"),
    ("nft-vlan", "VLAN tags", "bridge/vlan.t, inet/ether.t"),
    ("nft-meta", "Protocol, IP version and length of the packet", "any/meta.t, inet/meta.t"),
]

# The first word of what nft does with a packet, as opposed to what it asks of it.
STATEMENTS = {"accept", "drop", "continue", "return", "log", "reject", "snat", "dnat", "redirect", "masquerade", "tproxy",
              "dup", "fwd", "queue", "quota", "limit", "meter"}


class Problems:
    def __init__(self):
        self.count = 0

    def say(self, text):
        self.count += 1
        print("not ok: " + text)


def normalise(text):
    """The match part of a rule of nft in one spelling; '' if it asks nothing of the packet."""
    text = text.strip()
    if text.startswith("- "):  # nftables' mark for "not in all families"
        text = text[2:]
    spaced, depth = "", 0
    for char in text.split(";")[0].replace('"', ""):
        if char == "{":
            depth += 1
            spaced += " { "
        elif char == "}":
            depth -= 1
            spaced += " } "
        elif char == ",":
            spaced = spaced.rstrip() + (", " if depth else ",")
        else:
            spaced += char
    words, outside, depth = spaced.split(), [], 0
    for word in words:
        depth += word == "{"
        outside.append(depth == 0)
        depth -= word == "}"
    if any(word == "set" and flat for word, flat in zip(words, outside)):
        return " ".join(words)
    kept, i = [], 0
    while i < len(words):
        if outside[i] and words[i] == "counter":
            i += 1
            while i < len(words) and words[i] in ("packets", "bytes"):
                i += 2
            continue
        if outside[i] and words[i] in STATEMENTS:
            break
        kept.append(words[i])
        i += 1
    return " ".join(kept)


class Rule:
    def __init__(self, policy, name, verdict, clauses, note):
        self.policy, self.name, self.verdict, self.clauses = policy, name, verdict, clauses
        self.matches = [match.strip() for match in note.split(";")] if note else []


def read_policy(name, problems):
    """The rules of a policy, in the order of the tests that see them."""
    with open(os.path.join(PACKETS, name + ".sp"), encoding="utf-8") as file:
        text = re.sub(r'(?m)^((?:[^"#\n]|"[^"\n]*")*)#.*$', r"\1", file.read())
    rules = []
    for match in re.finditer(r'\brule\s+(\S+)\s+(allow|deny|reject)\b((?:[^;"]|"[^"]*")*);', text):
        note = re.search(r'\bnote\s+"([^"]*)"', match[3])
        clauses = re.sub(r'\bnote\s+"[^"]*"', "", match[3])
        rules.append(Rule(name, match[1], match[2], " ".join(clauses.split()), note and note[1]))
        if not note:
            problems.say(f"{name}.sp: rule {match[1]} has no note that says what it stands for")
    deciders = []
    for test in re.finditer(r'\btest\s+"[^"]*"[^{]*\{(.*?)\n    \}', text, re.S):
        deciders.append(re.findall(r"\bexpect\s+\w+\s+by\s+([a-z0-9-]+)\s*;", test[1]))
        expected = len(re.findall(r"\bexpect\b", test[1]))
        if expected != len(deciders[-1]):
            problems.say(f"{name}.sp: a test in which a packet is expected without `by`")
    for rule in rules:
        seen = [test for test in deciders if rule.name in test]
        if not seen:
            problems.say(f"{name}.sp: no test packet is decided by rule {rule.name}")
        elif not any(set(test) - {rule.name} for test in seen):
            problems.say(f"{name}.sp: no packet of the tests of rule {rule.name} goes past it")
    order = {}
    for number, test in enumerate(deciders):
        for decider in test:
            order.setdefault(decider, number)
    return sorted(rules, key=lambda rule: order.get(rule.name, len(deciders)))


class Catalogue:
    def __init__(self, problems):
        self.reasons, self.differs, self.unsaid = {}, {}, []
        with open(CATALOGUE, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                fields = line.rstrip("\n").split("\t")
                if not fields[0] or line.startswith("#"):
                    continue
                if fields[0] == "reason" and len(fields) == 3:
                    self.reasons[fields[1]] = fields[2]
                elif fields[0] == "differs" and len(fields) == 3:
                    self.differs[fields[1]] = fields[2]
                elif fields[0] == "not" and len(fields) >= 4 and fields[1] in self.reasons:
                    self.unsaid.append((fields[1], fields[2], fields[3], fields[4:]))
                else:
                    problems.say(f"nft-catalogue.tsv:{number}: {fields[0]}: no such kind, reason or number of fields")
        for key in self.reasons:
            if not any(row[0] == key for row in self.unsaid):
                problems.say(f"nft-catalogue.tsv: reason {key} is given for nothing")

    def expressions(self):
        """Every match that no rule stands for, and its reason."""
        for reason, _, selector, operands in self.unsaid:
            for operand in operands or [""]:
                yield f"{selector} {operand}".strip(), reason

    def difference(self, match):
        """The remark on the longest beginning of the match that has one."""
        best = max((key for key in self.differs if match.startswith(key)), key=len, default=None)
        return best


def code(text):
    return "`" + text.replace("|", "\\|") + "`"


def group_by_match(rules):
    """Match to the rules that stand for it, in the order in which the matches first appear."""
    said = {}
    for rule in rules:
        for match in rule.matches:
            said.setdefault(match, []).append(rule)
    return said


def say(rules):
    """What the rules say, with their verdicts where these matter."""
    if len(rules) == 1 and rules[0].verdict == "allow":
        return code(rules[0].clauses) if rules[0].clauses else "no clause"
    return "<br>".join(code(f"{rule.verdict} {rule.clauses}".strip()) for rule in rules)


def write_document(policies, catalogue):
    said = {match for rules in policies.values() for match in group_by_match(rules)}
    differing = {match for match in said if catalogue.difference(match)}
    reasons = [reason for _, reason in catalogue.expressions()]
    out = [
        "# The matches of nftables, and how to say them",
        "",
        "nftables is the yardstick for what a packet filter can ask of a packet. Below stands every match of the families ip, ip6,",
        "tcp, udp, sctp, icmp, icmpv6, ether and vlan that nftables' own tests hold, with the rule that says it here, or with the",
        "reason why no rule can. Most matches of the other test files (NAT, connection tracking, ARP…) are listed as well.",
        "",
        "Each rule named here stands in `tests/packets/NAME.sp` with a test of its own: packets on the boundaries that it decides, and",
        "packets just outside that it does not. `make check` runs them in all three engines. What nft itself refuses (a port 65536,",
        "a reversed range) is refused here too: `tests/cli/nft-refused.sh`.",
        "",
        "This file is made by `UPDATE=1 tests/docs/nft-catalogue.sh` of those policies and of `tests/packets/nft-catalogue.tsv`.",
        "",
        "| | matches |",
        "|---|---:|",
        f"| different matches considered | {len(said) + len(reasons)} |",
        f"| said by a rule and tested | {len(said)} |",
        f"| of these, with a difference that is named | {len(differing)} |",
        f"| not said | {len(reasons)} |",
    ]
    for key, text in catalogue.reasons.items():
        out.append(f"| … [{key}](#not-said): {text} | {reasons.count(key)} |")
    remarks = list(catalogue.differs)
    for name, title, files in POLICIES:
        out += ["", f"## {title}", "", f"`tests/packets/{name}.sp`; nftables: {files}.", "",
                "| nftables | here | rules |", "|---|---|---|"]
        for match, rules in group_by_match(policies[name]).items():
            key = catalogue.difference(match)
            mark = f" [{remarks.index(key) + 1}](#said-with-a-difference)" if key else ""
            out.append(f"| {code(match)}{mark} | {say(rules)} | {', '.join(rule.name for rule in rules)} |")
    out += ["", "## Said with a difference", ""]
    for number, key in enumerate(remarks, 1):
        out.append(f"{number}. {code(key)} … : {catalogue.differs[key]}.")
    out += ["", "## Not said", "", "| file | nftables | operands | reason |", "|---|---|---|---|"]
    for reason, file, selector, operands in catalogue.unsaid:
        out.append(f"| {file} | {code(selector)} | {' '.join(code(operand) for operand in operands)} | {reason} |")
    return "\n".join(out) + "\n"


def check_corpus(directory, policies, catalogue, problems):
    """Every rule that nft accepts in its own tests is said or has a reason."""
    known = {normalise(match) for rules in policies.values() for match in group_by_match(rules)}
    known |= {normalise(match) for match, _ in catalogue.expressions()}
    lines = bare = 0
    for family in sorted(os.listdir(directory)):
        for name in sorted(os.listdir(os.path.join(directory, family))):
            if not re.search(r"\.t(\.netdev)?$", name):
                continue
            with open(os.path.join(directory, family, name), encoding="utf-8") as file:
                for number, line in enumerate(file, 1):
                    fields = line.rstrip("\n").split(";")
                    # Chains, tables, sets, their elements and objects are not rules.
                    if line[0] in ":*#!?%\n" or len(fields) < 2 or fields[1].strip() != "ok":
                        continue
                    lines += 1
                    match = normalise(fields[0])
                    if not match:
                        bare += 1
                    elif match not in known:
                        problems.say(f"{family}/{name}:{number}: {match}: neither in a rule's note nor in nft-catalogue.tsv")
    if not lines:
        problems.say(f"no tests of nftables below {directory}")
    print(f"# {lines} lines of nftables' tests accounted for, {bare} of them without a match")


def find_corpus(corpus):
    for below in ("", "nftables-py", "07-policies/nftables-py"):
        directory = os.path.join(corpus, below)
        if os.path.exists(os.path.join(directory, "inet", "tcp.t")):
            return directory
    return None


def main(arguments):
    problems = Problems()
    catalogue = Catalogue(problems)
    policies = {name: read_policy(name, problems) for name, _, _ in POLICIES}
    present = {name[:-3] for name in os.listdir(PACKETS) if re.fullmatch(r"nft-.*\.sp", name)}
    for name in present ^ set(policies):
        problems.say(f"{name}.sp is not in the list of policies, or does not exist")

    said = {normalise(match) for rules in policies.values() for match in group_by_match(rules)}
    seen = set()
    for match, reason in catalogue.expressions():
        if normalise(match) in said:
            problems.say(f"{match}: a rule says it, and nft-catalogue.tsv says that none can ({reason})")
        if match in seen:
            problems.say(f"nft-catalogue.tsv: {match} stands there twice")
        seen.add(match)
    for key in catalogue.differs:
        if not any(catalogue.difference(match) == key for rules in policies.values() for match in group_by_match(rules)):
            problems.say(f"nft-catalogue.tsv: differs {key}: no rule stands for such a match")

    document = write_document(policies, catalogue)
    if arguments[:1] == ["update"]:
        with open(DOCUMENT + ".new", "w", encoding="utf-8") as file:
            file.write(document)
        os.rename(DOCUMENT + ".new", DOCUMENT)
    else:
        try:
            with open(DOCUMENT, encoding="utf-8") as file:
                if file.read() != document:
                    problems.say("docs/nftables-catalogue.md is not what UPDATE=1 tests/docs/nft-catalogue.sh would write")
        except OSError as error:
            problems.say(f"docs/nftables-catalogue.md: {error.strerror}")
    if len(arguments) > 1 and arguments[1]:
        directory = find_corpus(arguments[1])
        if directory:
            check_corpus(directory, policies, catalogue, problems)
        else:
            print(f"# no tests of nftables below {arguments[1]}")
    rules = sum(len(rules) for rules in policies.values())
    print(f"# {len(said)} matches of nftables said by {rules} rules, {len(seen)} with a reason why not")
    return 1 if problems.count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
