"""Limits for a process that runs a student's code: time, memory, files, network.

What the operating system gives without a container. On Linux a process may give up rights
that it can never take back: Landlock the rights on files, a network namespace of its own
those on the network. Elsewhere only the limits of POSIX are left, and on Windows none.
`measures` says which hold on this machine.
"""

import contextlib
import ctypes
import os
import signal
import sys
import sysconfig
from pathlib import Path

import companion

MEMORY = 6 * 2**30  # bytes of address space; TensorFlow alone maps about three gigabytes
FILE_SIZE = 50 * 2**20  # bytes of one file
NEW_USER, NEW_PROCESSES, NEW_NETWORK = 0x10000000, 0x20000000, 0x40000000  # <sched.h>


def readable():
    """Return the folders whose files a student's code may read: Python and the package.

    Not among them are the folders of the grader, the source notebooks and the grades.
    """
    names = ("stdlib", "platstdlib", "purelib", "platlib", "scripts")
    found = {Path(sysconfig.get_path(name)) for name in names}
    found |= {Path(path) for path in sys.path if path.endswith("site-packages")}
    found |= {Path(sys.prefix), Path(sys.base_prefix), Path(companion.__file__).parent}
    found |= {
        Path(path) for path in ("/usr", "/lib", "/lib64", "/bin", "/etc", "/proc", "/sys")
    }
    found |= {Path("/dev/urandom"), Path("/dev/null"), Path("/dev/zero")}
    return sorted(path.resolve() for path in found if path.exists())


def limit(cpu_seconds, memory=MEMORY):
    """Bound processor time, memory and the size of files, once and for all."""
    with contextlib.suppress(ImportError):
        import resource

        for name, value in {
            "RLIMIT_AS": memory,
            "RLIMIT_CPU": int(cpu_seconds),
            "RLIMIT_FSIZE": FILE_SIZE,
            "RLIMIT_CORE": 0,
        }.items():
            resource.setrlimit(getattr(resource, name), (value, value))


def leave():
    """Go where there is no network and no other process; returns whether that worked.

    The caller goes on in a child, since only children enter a new space of processes. The
    parent waits for it and ends as it ends.
    """
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(NEW_USER | NEW_PROCESSES | NEW_NETWORK) != 0:
        return False
    child = os.fork()
    if child:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 0xFF)
    return True


def close_files(folder):
    """Keep only `readable` files, and one folder to write in; returns whether it worked."""
    if sys.platform != "linux":
        return False
    try:
        from landlock import FSAccess, LandlockError, Ruleset

        rules = Ruleset()
    except (ImportError, OSError, LandlockError):
        return False
    read = FSAccess.READ_FILE | FSAccess.READ_DIR | FSAccess.EXECUTE
    for path in readable():
        rules.allow(path, rules=read if path.is_dir() else FSAccess.READ_FILE)
    rules.allow("/dev/null", rules=FSAccess.READ_FILE | FSAccess.WRITE_FILE)
    rules.allow(folder)
    rules.apply()
    return True


def measures():
    """Return which parts of the fence hold on this machine."""
    from assignments.grader.student import Student

    with Student([]) as student:
        return student.holds
