from backend.cli import commands

commands(prog_name="comptoir")
