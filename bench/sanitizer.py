"""How long it takes to make the HTML of a message safe to show.

    .venv/bin/python bench/sanitizer.py

A newsletter of 120 KB: tables in tables, a style attribute on nearly everything, a sheet with
media queries, 150 links and pictures. CPU time of the best of seven runs, in milliseconds: as the
first of its kind, and when its styles have been seen before, as those of later issues have.
"""

import random
import time

from pillarbox.mime import html, html_links, html_style

RUNS = 7
OCTETS = 120_000
WORDS = ("lorem", "ipsum", "dolor", "sit", "amet", "consectetur", "adipiscing", "elit", "sed")
CELL = (
    "font-family:Arial,Helvetica,sans-serif;font-size:14px;line-height:20px;color:#333333;"
    "padding:10px 20px;text-align:left"
)
BUTTON = (
    "background-color:#1a73e8;border-radius:4px;color:#ffffff;display:inline-block;"
    "font-size:16px;padding:12px 24px;text-decoration:none"
)
ARTICLE = """
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"
 style="border-collapse:collapse;mso-table-lspace:0pt"><tr>
<td class="cell" valign="top" width="200" style="padding:{pad}px 0 10px 20px">
<a href="https://click.news.example/c/{n}/{key}" target="_blank"><img class="fluid" width="180"
 height="120" border="0" alt="Picture {n}" style="display:block;max-width:100%;height:auto"
 src="https://img.news.example/{key}.jpg"></a></td>
<td class="cell" valign="top" style="{cell}"><h2 style="color:#111111;font-size:20px;margin:0 0
 10px 0">{title}</h2><p style="margin:0 0 10px 0">{text}</p>
<a href="https://click.news.example/m/{n}/{key}" style="{button}">Read on</a></td>
</tr></table>"""
SHEET = """<style type="text/css">body{margin:0;padding:0;-webkit-text-size-adjust:100%}
img{border:0;-ms-interpolation-mode:bicubic}a{color:#1a73e8}.cell{padding:0}
@media only screen and (max-width:600px){.fluid{width:100%!important;height:auto!important}
.cell{display:block!important;width:100%!important}h2{font-size:18px!important}}
@font-face{font-family:News;src:url(https://fonts.example/n.woff2)}</style>"""


def newsletter(seed):
    """Return an issue. Others differ in words and addresses, and have the same styles."""
    rng = random.Random(seed)
    parts = [
        f"<!doctype html><html><head><title>News</title>{SHEET}</head>"
        '<body bgcolor="#f4f4f4"><center><table width="600" align="center" bgcolor="#ffffff">'
    ]
    size = 0
    while size < OCTETS:
        n = len(parts)
        parts.append(
            "<tr><td>" + ARTICLE.format(
                n=n, key=f"{rng.getrandbits(96):x}", pad=10 + n % 10, cell=CELL, button=BUTTON,
                title=" ".join(rng.choices(WORDS, k=6)), text=" ".join(rng.choices(WORDS, k=40)),
            ) + "</td></tr>"
        )  # fmt: skip
        size += len(parts[-1])
    parts.append(
        "</table></center>"
        '<img src="https://click.news.example/wf/open?u=1" width="1" height="1"></body></html>'
    )
    return "".join(parts)


def forget():
    """Be as a worker that has seen no message yet."""
    for module in (html, html_links, html_style):
        for name in dir(module):
            cached = getattr(module, name)
            if hasattr(cached, "cache_clear"):
                cached.cache_clear()


def timed(work, before):
    """Return the least milliseconds that the work took, and what it gave."""
    least, found = float("inf"), None
    for run in range(RUNS):
        issue = newsletter(run)
        before()
        begun = time.process_time()
        found = work(issue)
        least = min(least, time.process_time() - begun)
    return least * 1000, found


def main():
    first, found = timed(html.sanitize, forget)
    again, _ = timed(html.sanitize, lambda: None)
    tags = newsletter(0).count("<")
    print(f"{OCTETS / 1000:.0f} KB, {tags} tags: first {first:.1f} ms, again {again:.1f} ms")
    print(f"{found.remote} images from elsewhere, {found.trackers} tracker")


if __name__ == "__main__":
    main()
