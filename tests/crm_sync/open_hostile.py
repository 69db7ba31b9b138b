"""A process that reads every file of a folder to its end, and says what became of each and what it cost."""

import json
import os
import resource
import sys
import time
from pathlib import Path

from crm_sync.opening import Unpacking, open_feed
from crm_sync.reading import Cells, Table, Unreadable

_OUTWARD = ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.exec", "os.system", "urllib.Request")


def main(folder: Path, scratch: Path) -> None:
    reached: list[str] = []
    sys.addaudithook(lambda event, _: reached.append(event) if event in _OUTWARD else None)
    before = _most_kilobytes()
    for path in sorted(folder.iterdir()):
        began, good, bad, says = time.process_time(), 0, 0, ""
        try:
            with open_feed(path, Unpacking(scratch)) as text:
                opens = text.path
                for row in Table(lambda opens=opens: opens.open("rb")).rows():
                    good, bad = (good + 1, bad) if isinstance(row, Cells) else (good, bad + 1)
                    assert isinstance(row, Cells) or row.reason
        except Unreadable as error:
            says = str(error)
        line = [path.name, says, good, bad, time.process_time() - began, _most_kilobytes() - before]
        os.write(1, (json.dumps(line) + "\n").encode())
    os.write(1, json.dumps(reached).encode())


def _most_kilobytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
