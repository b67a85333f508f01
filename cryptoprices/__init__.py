"""Crypto Prices: what coins cost right now, how they do against each other, and how far the figure can be trusted.

clock.py        the only clock, passed in
__main__.py, cli.py   the command line; a command imports only what it needs
desktop.py, first_stage.py, second_stage.py   composition root of the desktop app: the window, then all the rest
charting.py     of the rest the chart, and what goes with it
loads.py        what the rest loads, and in which thread
supply.py, parts.py   where the window's prices come from: polls, streams and the history, and what of it knows no Qt
local_api.py, hub_live.py   the window's local API: on and off, and its hub as the API's threads read it
local_tokens.py   the tokens of that API, for the person who clicks
preferences.py  what the person has chosen: the settings of the window's run, and their file
headless.py     what the commands without a window have in common, and settings
headless_watch.py, headless_past.py   composition roots of watch, and of history and compare
headless_serve.py, keeper.py   composition root of serve, and who owns the state of its run
replicated.py   a run of serve among others that serve the same prices
service.py      the API put together, as window and serve have it in common
headless_tokens.py   composition root of token: who may ask the API
headless_rates.py   rates of a command that shows prices in the person's currency
historian.py    writes down what a run hears, and when it heard nothing
archive.py      the past of all exchanges as one, and how it is filled up
doctor.py       composition root of doctor: what works on this machine
selftest.py     whether everything that was shipped loads and works here
words.py        forms that a word of the command line can have
terminal.py     data on standard output, all the rest on standard error
displays.py     whether a window can open here, found out without Qt
bus.py          what the desktop's message bus offers, found out without Qt
stop.py         SIGTERM and Ctrl+C while the window loads and runs
resources.py    where icons and the like lie, in a checkout and once installed
core/           what the program knows: values, judgement, figures; no Qt, no I/O, the time is an argument
settings/       every setting, declared once
sources/        one exchange a file: its addresses and its JSON
net/            the only user of the network
storage/        the only user of disk and keyring
api/            what other programs may ask of this one, and who may: REST, streams, Cryptowatch's surface
demo/           the simulated market and the loopback exchange that serves it
qt/             Qt without looks: feed, hub, tasks, crash handling
ui/             what is seen: window, panels, chart, tray, theme

Imports point one way: desktop, headless -> ui -> qt -> settings, core; api -> settings, core; net -> sources, settings,
core; storage -> settings, core; demo -> core. The contracts in pyproject.toml keep it.
"""

__version__ = "0.1.0"
