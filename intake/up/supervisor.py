"""Keeps the children alive: starts, watches, replaces and stops them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from itertools import count

from intake.config import Config, read_config
from intake.errors import Misconfigured
from intake.listener import address, bind
from intake.notify import Ear
from intake.queue import Queue
from intake.up.child import Child, Run, Say, listens, procfile, redis_command

PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)  # seconds before a process is started again
STEADY = 10.0  # a process that lived so long starts from the first pause again
STOP_SECONDS = 6.5  # for everything but Redis, which goes last
REDIS_SECONDS = 2.0
REDIS_LOOKS = 250  # for its socket, 20 ms apart; then we say what we wait for
SILENCE = 30.0  # without a sign of life: what says nothing so long hangs
LOOKS = 30  # of the watch, within that time
READY_SECONDS = 60.0  # for the announcement of a process that shall replace another
MOMENT = 5.0  # a process that announces nothing has started when it lives so long
LEAVE_SECONDS = 300.0  # for a replaced process; longer than a worker's task

Addresses = dict[str, str]
Procfile = Callable[[], dict[str, list[str]]]


class Supervisor:
    """Starts, restarts, replaces and stops the children: a process for each line of `procfile()`."""

    def __init__(self, config: Config, say: Say, procfile: Procfile = procfile, silence: float = SILENCE) -> None:
        self.config, self.say, self.procfile, self.silence = config, say, procfile, silence
        self.stopping, self.hung_up, self.queue_there = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.ready, self.fault = False, ""
        lines = procfile()
        self.sockets = {name: bind(at, _setting(name)) for name in lines if (at := listens(config, name))}
        if not config.redis_url:
            lines = {"redis": redis_command(config)} | lines
        self.children = [Child(name, command, config.home / "logs" / f"{name}.log") for name, command in lines.items()]
        self.runs: dict[int, Run] = {}  # every process that lives, by its pid
        self.starting, self.early = 0, dict[int, list[str]]()
        self.leaving: set[asyncio.Task[None]] = set()
        self.ear = Ear(config.socket.with_name("notify"))

    async def run(self, ready: Callable[[Addresses], None]) -> None:
        """Until SIGINT or SIGTERM. `ready` runs in a thread once letters are accepted and workers run.

        SIGHUP replaces all processes, unless it says that the terminal we were started from is gone.
        """
        loop = asyncio.get_running_loop()
        hung_up = self.stopping if os.isatty(0) else self.hung_up
        for name, event in ((signal.SIGINT, self.stopping), (signal.SIGTERM, self.stopping), (signal.SIGHUP, hung_up)):
            loop.add_signal_handler(name, event.set)
        loop.add_reader(self.ear, self._hear)
        work = [self._queue(), self._watch(), self._reload(), self._when_ready(ready)]
        tasks = [asyncio.create_task(one) for one in (*work, *map(self._keep, self.children))]
        await self.stopping.wait()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await _stop((run for run in self.runs.values() if run.name != "redis"), STOP_SECONDS)
        await _stop((run for run in self.runs.values() if run.name == "redis"), REDIS_SECONDS)
        loop.remove_reader(self.ear)
        self.ear.close()
        for bound in self.sockets.values():
            bound.close()
        if self.fault:
            raise Misconfigured(self.fault)

    # ── one process ──────────────────────────────────────────────────────────────────────────────────────────────

    async def _keep(self, child: Child) -> None:
        if child.name != "redis":
            await self.queue_there.wait()
        while True:
            start = time.monotonic()
            ended = await self._live(child)
            if ended is None:
                continue
            if ended == "78" and not self.ready:  # it will not get better by itself (EX_CONFIG)
                self.fault = f"{child.name} cannot start{child.last_words()}"
                self.stopping.set()
                return
            child.deaths = 1 if time.monotonic() - start > STEADY else child.deaths + 1
            pause = PAUSES[min(child.deaths, len(PAUSES)) - 1]
            self.say(f"{child.name} ended with {ended}{child.last_words()}; again in {pause:g} s")
            await asyncio.sleep(pause)

    async def _live(self, child: Child) -> str | None:
        """See a process of it to its end, and how it ended; None when another has taken its place meanwhile."""
        try:
            async with child.lock:
                run = child.run = child.run or await self._start(child)
        except OSError as fault:
            return f"{child.command[0]}: {fault.strerror}"
        await run.process.wait()
        if child.run is not run:
            return None
        child.run = None
        return str(run.process.returncode)

    async def _start(self, child: Child) -> Run:
        self.starting += 1
        try:
            run = await child.start(self.config, self.ear, self.silence, self.sockets.get(child.name))
            self.runs[run.process.pid] = run
            if said := self.early.get(run.process.pid):
                run.heard(said)
            return run
        finally:
            self.starting -= 1
            if not self.starting:
                self.early.clear()

    async def _queue(self) -> None:
        """Let the others start when Redis listens."""
        for look in count():
            if self.config.redis_url or self.config.socket.exists():
                break
            if look == REDIS_LOOKS:
                self.say("everything waits for Redis, which does not listen yet: see logs/redis.log")
            await asyncio.sleep(0.02)
        self.queue_there.set()

    # ── signs of life ────────────────────────────────────────────────────────────────────────────────────────────

    def _hear(self) -> None:
        pid, lines = self.ear.hear()
        if pid in self.runs:
            self.runs[pid].heard(lines)
        elif self.starting:  # a quick process speaks before we know its pid
            self.early.setdefault(pid, []).extend(lines)

    async def _watch(self) -> None:
        """Kill what announced itself and then hangs.

        We count our own looks: when the machine slept, or we did, nobody is late for that.
        """
        while True:
            await asyncio.sleep(self.silence / LOOKS)
            self.runs = {pid: run for pid, run in self.runs.items() if run.alive()}
            for run in self.runs.values():
                run.silent += run.ready
                if run.silent > LOOKS:
                    self.say(f"{run.name} hangs: no sign of life for {self.silence:g} s; killed")
                    run.ready = False
                    run.kill()

    # ── reload ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def _reload(self) -> None:
        """At each SIGHUP replace the processes, one after the other, by some with the settings and the code of now."""
        while True:
            await self.hung_up.wait()
            self.hung_up.clear()
            try:
                self._take(read_config())
                for child in self.children:
                    if child.name != "redis":
                        await self._replace(child)
                self.say("reloaded")
            except Misconfigured as fault:
                self.say(f"not reloaded, what runs goes on: {fault}")
            except Exception as fault:  # noqa: BLE001 - the edge: the next reload may be a better one
                self.say(f"not reloaded, what runs goes on: {type(fault).__name__}")

    def _take(self, config: Config) -> None:
        """Make these settings ours; `Misconfigured`, and nothing is changed, when they cannot be."""
        if _fixed(config) != _fixed(self.config):
            names = "INTAKE_HOME, INTAKE_DOOR_USER and an own INTAKE_REDIS_URL"
            raise Misconfigured(f"{names} count from the next start: stop and start")
        old, lines = self.config, self.procfile()
        moved = {name: at for name in self.sockets if (at := listens(config, name)) != listens(old, name)}
        opened = {name: bind(at, _setting(name)) for name, at in moved.items()}
        for name in opened:
            self.sockets[name].close()  # its door has it as well, and serves on it until it is replaced
        self.sockets |= opened
        self.config = config
        for child in self.children:  # a line that is new, or gone, counts from the next start
            child.command = lines.get(child.name, child.command)

    async def _replace(self, child: Child) -> None:
        """Start another process, and let the old one go when it serves; else `Misconfigured`, and the old one stays."""
        async with child.lock:
            new = await self._start(child)
            if not await self._has_started(new):
                new.kill()
                raise Misconfigured(f"{child.name} did not start anew{child.last_words()}")
            old, child.run = child.run, new
        if old:
            old.terminate()
            task = asyncio.create_task(old.end(LEAVE_SECONDS))
            self.leaving.add(task)
            task.add_done_callback(self.leaving.discard)

    async def _has_started(self, run: Run) -> bool:
        """A door says so; another process lives for a while."""
        door = run.name in self.sockets
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READY_SECONDS if door else MOMENT):
                while run.alive() and not run.ready:
                    await asyncio.sleep(0.05)
        return run.alive() and (run.ready or not door)

    # ── ready ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _when_ready(self, ready: Callable[[Addresses], None]) -> None:
        queue = Queue(self.config)
        while not await self._all_there():
            with contextlib.suppress(Exception):  # only to see the workers' first sign sooner than the clock's
                await asyncio.to_thread(queue.tick, "sweep")
            await asyncio.sleep(0.3)
        self.ready = True
        # A thread of its own: asyncio would wait for one of its own before it ends, and Ctrl-C would wait for samples.
        threading.Thread(target=self._tell, args=(ready,), name="ready", daemon=True).start()

    async def _all_there(self) -> bool:
        if not all(child.run and child.run.ready for child in self.children if child.name in self.sockets):
            return False
        return "web" not in self.sockets or await asyncio.to_thread(_healthy, address(self.sockets["web"]))

    def _tell(self, ready: Callable[[Addresses], None]) -> None:
        try:
            ready({name: address(bound) for name, bound in self.sockets.items()})
        except Exception as fault:  # noqa: BLE001 - whatever went wrong with the samples, the installation runs
            if not self.stopping.is_set():
                self.say(f"the samples were not all sent ({type(fault).__name__}); everything else runs")


async def _stop(runs: Iterable[Run], seconds: float) -> None:
    """SIGTERM to all, and SIGKILL to whole sessions for those who do not end in time."""
    alive = [run for run in runs if run.alive()]
    for run in alive:
        run.terminate()
    await asyncio.gather(*(run.end(seconds) for run in alive))


def _setting(name: str) -> str:
    return f"INTAKE_{name.upper()}_LISTEN: "


def _fixed(config: Config) -> tuple[object, ...]:
    """What holds as long as `up` runs: the folder, whose group reads it, and whether Redis is a child."""
    return config.home, config.door_user, bool(config.redis_url)


def _healthy(at: str) -> bool:
    """Whether /healthz says ok."""
    try:
        with urllib.request.urlopen(f"http://{at}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False
