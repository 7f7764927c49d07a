"""The commands of the door, one file a family: `add(commands)`, then a function a command.

Each command is one small function: options in, (JSON, text) out. What it needs is imported
inside it, so that `--help` works before anything is installed. A new command is a function in its
family's file; a new family is a file here and its name in `cli.FAMILIES`.
"""
