# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A plot of figures by numbers of rules, drawn by gnuplot where that is installed."""
import shutil
import subprocess


def draw(path, curves, ylabel, least):
    """Writes an SVG file of curves, each (title, style, [(rules, figure), …]), on logarithmic axes from `least` on."""
    if not shutil.which("gnuplot"):
        print("(no plot: gnuplot is not installed)")
        return
    if len({rules for _, _, points in curves for rules, _ in points}) < 2:
        print("(no plot: one number of rules is no curve)")
        return
    script, lines = [], []
    for number, (title, style, points) in enumerate(curves):
        if points:
            script += [f"$curve{number} << EOD"] + [f"{rules} {figure:.1f}" for rules, figure in sorted(points)] + ["EOD"]
            lines.append(f"$curve{number} with {style} title '{title}'")
    script += ["set terminal svg size 960,560 font 'sans-serif,13' background '#ffffff'", f"set output '{path}'",
               "set logscale xy", "set grid", "set key outside right top", "set xlabel 'rules'",
               f"set yrange [{least}:]", f"set ylabel '{ylabel}'", "set format x '%.0f'", "set format y '%.0f'",
               "plot " + ", ".join(lines)]
    subprocess.run(["gnuplot"], input="\n".join(script) + "\n", text=True, check=True)
    with open(path, encoding="utf-8") as file:
        head, _, rest = file.read().partition("?>\n")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{head}?>\n<!-- SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause -->\n{rest}")
