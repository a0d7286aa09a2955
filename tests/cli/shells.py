"""Shells as people use them: a line is typed on a terminal, and the shell is asked to insert all it would offer."""

import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import time

SECONDS_MAX = 60  # for one answer
BACK = "\x02"  # Ctrl-B
INSERT_ALL = "\x18a"  # Ctrl-X a
TYPED = re.compile(r"\x02(.*?)\x03", re.DOTALL)
# What stands for the program: it shows its arguments between marks that nobody types.
SHOWN = r"""wattback() { printf '\002'; for word in "$@"; do printf '%s\037' "$word"; done; printf '\003\n'; }"""


class Broken(Exception):
    """The shell gave no answer."""


class Terminal:
    """A shell on a terminal of its own, in a process group of its own."""

    def __init__(self, command, folder, setup):
        leader, follower = pty.openpty()
        self.leader = leader
        environment = {name: value for name, value in os.environ.items() if not name.startswith("WATTBACK_")}
        self.process = subprocess.Popen(command, cwd=folder, stdin=follower, stdout=follower, stderr=follower,
                                        env=environment | {"TERM": "dumb", "HOME": str(folder.parent), "LC_ALL": "C.UTF-8"},
                                        start_new_session=True)
        os.close(follower)
        for line in (*setup, SHOWN):
            self.send(line + "\r")
        self.typed("wattback ready")

    def send(self, text):
        os.write(self.leader, text.encode())

    def typed(self, line):
        """The words that the program is given once the line is sent off."""
        self.send(line + "\r")
        said, deadline = "", time.monotonic() + SECONDS_MAX
        while not (found := TYPED.search(said)):
            ready, _, _ = select.select([self.leader], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                raise Broken(f"{line!r}: {said}")
            try:
                said += os.read(self.leader, 65536).decode(errors="replace")
            except OSError as gone:
                raise Broken(f"{line!r}: {said}") from gone
        return found[1].replace("\r", "").split("\x1f")[:-1]

    def offered(self, line, behind=""):
        """What it would offer at the end of the line, whatever stands behind it: the words in place of the last one."""
        before, last = line.split(" ")[1:-1], line.rpartition(" ")[2]
        words = self.typed(line + behind + BACK * len(behind) + INSERT_ALL)
        after = behind.split()
        offers = words[len(before):len(words) - len(after)]
        if words != [*before, *offers, *after]:
            raise Broken(f"{line!r} became {words}")
        return set(offers) - {last}

    def close(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.leader)


def bash(script, folder):
    return Terminal(["bash", "--noprofile", "--norc", "-i"], folder, (
        "PS1=; bind 'set bell-style none'; bind 'set enable-bracketed-paste off'; bind 'set completion-query-items 0'",
        r"""bind '"\C-xa": insert-completions'""", f"source {script}"))


def zsh(script, folder):
    """The script is a file of the folder that zsh looks through, as it is installed."""
    return Terminal(["zsh", "-f", "-i"], folder, (
        "PS1= PROMPT_EOL_MARK= ; unsetopt zle_bracketed_paste; unset zle_bracketed_paste; setopt no_beep",
        f"fpath=({script.parent} $fpath); autoload -Uz compinit; compinit -u -D",
        "zle -C all-matches complete-word _generic; bindkey '^Xa' all-matches",
        "zstyle ':completion:all-matches:*' completer _all_matches _complete",
        "zstyle ':completion:all-matches:*' insert yes; zstyle ':completion:*' verbose no"))


class Fish:
    """fish says itself what it would offer: each line that is read is answered, up to a mark."""

    ANSWER = "while read -l line; complete -C (string replace -r '\\|$' '' -- $line); echo \\x03; end"

    def __init__(self, script, folder):
        self.process = subprocess.Popen(["fish", "--no-config", "-c", f"source {script}; {self.ANSWER}"], cwd=folder,
                                        env=os.environ | {"HOME": str(folder.parent)}, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def offered(self, line):
        self.process.stdin.write(line + "|\n")  # so that the blank at its end is kept
        self.process.stdin.flush()
        said = []
        for answer in self.process.stdout:
            if answer == "\x03\n":
                return set(said)
            said.append(answer.rstrip("\n").split("\t")[0])
        raise Broken(f"{line!r}: {said}")

    def close(self):
        self.process.kill()
        self.process.communicate()
