"""The `pillarbox` command: what an administrator types.

One module for each command; `main.py` imports it only when it is asked for. Exit codes:
0 all is well, 1 it failed or something was found, 2 the command line is wrong.
"""
