# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What sentryd says of its sinks, for live-chaos.sh.

    watch URL FILE                    adds what /metrics says to FILE, five times a second, until it is ended
    sums FILE                         says in how many of these samples the items of a sink did not add up
    others BEFORE AFTER VICTIM SINK…  of two samples of /metrics: all of SINK… but VICTIM have written more and lost nothing
    value FILE SINK WHAT              accepted, written, dropped, refused, memory, disk, retries or failing of one
    recover URL BEFORE AFTER SINK MOST
                                      waits until it writes again and fewer than MOST items wait for it; says what became of it
                                      since; that nothing did is a mistake of the test, but for sockets, which keep no count
    drain URL SINK…                   waits until nothing waits for these, and no flow goes on
"""
import json, re, sys, time, urllib.request

LINE = re.compile(r'packet_sentry_sink_(\w+?)(?:_total)?{sink="([^"]*)",type="[^"]*"(?:,(?:result|place)="(\w+)")?} (\d+)')
WORDS = {"accepted_items": "accepted", "retries": "retries", "failing": "failing"}


def parse(text):
    sinks = {}
    for line in text.splitlines():
        found = LINE.match(line)
        if found:
            family, sink, what, value = found.groups()
            sinks.setdefault(sink, {})[what or WORDS[family]] = int(value)
    return sinks


def load(path):
    with open(path, encoding="utf-8") as f:
        return parse(f.read())


def adds_up(one):
    return one["accepted"] == one["written"] + one["dropped"] + one["refused"] + one["memory"] + one["disk"]


def watch(url, path):
    with open(path, "a", encoding="utf-8") as f:
        while True:
            try:
                print(json.dumps({"time": time.time(), "sinks": parse(ask(url))}), file=f, flush=True)
            except OSError as error:  # while sentryd is started again
                print(json.dumps({"time": time.time(), "sinks": {}, "error": str(error)}), file=f, flush=True)
            time.sleep(0.2)


def sums(path):
    samples = wrong = 0
    with open(path, encoding="utf-8") as f:
        for line in f:
            sinks = json.loads(line)["sinks"]
            samples += bool(sinks)
            for name, one in sinks.items():
                if not adds_up(one):
                    wrong += 1
                    if wrong < 4:
                        print(f"not ok: the items of {name} do not add up: {one}")
    print(f"{samples} samples, in {wrong} items of a sink do not add up")
    return wrong > 0 or samples < 20


def others(before, after, victim, *names):
    bad, before, after = False, load(before), load(after)
    for name in names:
        if name == victim:
            continue
        old, new = before[name], after[name]
        if new["written"] <= old["written"] or (new["dropped"], new["refused"]) != (old["dropped"], old["refused"]):
            bad = True
            print(f"not ok: while {victim} is in trouble, {name} suffers: {old}, then {new}")
    return bad


def waits(one):
    return one["memory"] + one["disk"]


def ask(url):
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.read().decode()


def recover(url, before, after, name, most):
    """Retries come 30 seconds apart at most."""
    begin, before, after = time.monotonic(), load(before)[name], load(after)[name]

    def is_well(one):
        return not one["failing"] and waits(one) < int(most) and one["written"] > after["written"]

    one = parse(ask(url))[name]
    while not is_well(one) and time.monotonic() < begin + 60:
        time.sleep(0.1)
        one = parse(ask(url))[name]
    new = {what: one[what] - before[what] for what in ("retries", "refused", "dropped", "written")}
    print(", ".join(f"{value} {what}" for what, value in new.items()), end="")
    print(f"; caught up after {time.monotonic() - begin:.1f} s")
    if not is_well(one):
        print(f"not ok: {name} does not recover: {one}")
    if name != "socket" and not new["retries"] + new["refused"] + new["dropped"]:
        print(f"not ok: {name} was not in trouble")
        return True
    return not is_well(one)


def drain(url, *names):
    begin = time.monotonic()
    while True:
        text = ask(url)
        sinks = parse(text)
        waiting = {name: waits(sinks[name]) for name in names if waits(sinks[name])}
        if not waiting and re.search(r"^packet_sentry_flows 0$", text, re.MULTILINE):
            return False
        if time.monotonic() > begin + 60:
            print(f"not ok: what waits after {time.monotonic() - begin:.0f} s: {waiting}")
            return True
        time.sleep(0.2)


def main(verb, *rest):
    if verb == "watch":
        watch(*rest)
    elif verb == "value":
        print(load(rest[0])[rest[1]][rest[2]])
    else:
        sys.exit({"sums": sums, "others": others, "recover": recover, "drain": drain}[verb](*rest))


main(*sys.argv[1:])
