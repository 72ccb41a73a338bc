"""For every test: Ctrl-C works in the programs they start, also where it does not here.

A shell that starts a command in the background has it ignore SIGINT, and so would every program
that the command starts. A signal with a handler is back at its default in a new program.
"""

import signal

signal.signal(signal.SIGINT, signal.default_int_handler)
