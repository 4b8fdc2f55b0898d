"""Run many schedules on several processors, and what came of them as a table. Decides nothing about right and wrong."""

from __future__ import annotations

import logging
import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from random import Random

from tests.crash.machine.auditor import Verdict
from tests.crash.machine.kinds import ALL as ALL_KINDS
from tests.crash.machine.living import Life, live_through, trace
from tests.crash.machine.scenarios import ALL as ALL_SCENARIOS
from tests.crash.machine.scenarios import SCENARIOS
from tests.crash.machine.schedule import (
    CRASHES,
    EDGE_SCENARIOS,
    NOT_AT_EDGE,
    Point,
    Schedule,
    drawn_pairs,
    pair_schedules,
    parse_seed,
)
from tests.crash.machine.schedule import single_schedules as singles_of
from tests.crash.machine.stage import open_workshop
from tests.crash.machine.walk import KIND, take_walk
from tests.crash.machine.worlds.at_ports import WRITES

_CHUNK = 25
# Processes for each processor where they mostly wait.
_WAITING = 4
# One in so many of the drawn schedules breaks two processes one after the other.
_PAIRS_SHARE = 10
# And one in so many goes through the real Acumatica edge.
_EDGE_SHARE = 20
# How many of the default number run on the durable engine, and the share of them in any other.
DURABLE, _DURABLE_SHARE = 300, 65
# The scenario of which a draw leaves nothing out.
WHOLE = "release"


def single_schedules() -> list[Schedule]:
    """Every schedule with one broken process, the world met at the ports."""
    return [each for scenario in ALL_SCENARIOS for each in singles_of(scenario, trace(scenario), WRITES)]


def edge_schedules() -> list[Schedule]:
    """The same through the real Acumatica edge, as far as its twin goes."""
    scenarios = [SCENARIOS[name] for name in EDGE_SCENARIOS]
    return [
        replace(each, variant="edge")
        for scenario in scenarios
        for each in singles_of(scenario, trace(scenario, variant="edge"), WRITES)
        if each.kind.name not in NOT_AT_EDGE
    ]


def durable_schedules(count: int, draw: Random) -> list[Schedule]:
    """So many on the durable engine, pairs and singles by halves, of every scenario."""
    pairs = chain.from_iterable(zip(*(drawn_pairs(each, trace(each), draw) for each in ALL_SCENARIOS), strict=True))
    drawn = islice(pairs, count)
    halved = (each if number % 2 else replace(each, second=None) for number, each in enumerate(drawn))
    return [replace(each, variant="durable") for each in halved]


def all_schedules() -> Iterator[Schedule]:
    """Everything: each single schedule, at the ports and through the edge, and each pair of crashes."""
    yield from single_schedules()
    yield from edge_schedules()
    yield from durable_schedules(DURABLE, Random(len(ALL_SCENARIOS)))
    for scenario in ALL_SCENARIOS:
        ends = [Point(edge, cut) for edge in trace(scenario).edges for cut in CRASHES]
        yield from pair_schedules(scenario, [(end, trace(scenario, end)) for end in ends])


def drawn_schedules(count: int, seed: int) -> list[Schedule]:
    """So many of them: all single ones of one scenario where there is room, singles of the others as drawn by the seed,
    one in twenty through the edge, one in ten a pair; one in 65 more on the durable engine."""
    draw = Random(seed)
    singles, edges = single_schedules(), edge_schedules()
    draw.shuffle(singles)
    draw.shuffle(edges)
    if count > len(singles) // 4:
        singles.sort(key=lambda each: each.scenario.name != WHOLE)
    pairs = chain.from_iterable(zip(*(drawn_pairs(each, trace(each), draw) for each in ALL_SCENARIOS), strict=True))
    others = [*edges[: count // _EDGE_SHARE], *islice(pairs, count // _PAIRS_SHARE)]
    return [*singles[: count - len(others)], *others, *durable_schedules(count // _DURABLE_SHARE, draw)]


def run_schedules(
    schedules: Iterable[Schedule], processes: int, note: Callable[[Life], None] = lambda life: None, *, walks: int = 0
) -> Tally:
    """Live through all of them, and take so many walks; ``note`` is told of each as it ends."""
    tally = Tally()
    seeds: dict[bool, list[str]] = {False: [], True: []}
    for schedule in schedules:
        seeds[schedule.variant == "durable"].append(schedule.seed)
    seeds[False] += [f"{KIND}:{number}" for number in range(walks)]
    # The durable engine waits for its threads most of the time.
    waiting = processes if processes <= 1 else processes * _WAITING
    for life in chain(_lives(seeds[False], processes), _lives(seeds[True], waiting)):
        tally.add(life)
        note(life)
    return tally


def _lives(seeds: Sequence[str], processes: int) -> Iterator[Life]:
    if processes <= 1:
        quieten()
        yield from map(live_by_seed, seeds)
        return
    if not seeds:
        return
    open_workshop()
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=quieten) as pool:
        yield from pool.map(live_by_seed, seeds, chunksize=min(_CHUNK, len(seeds) // processes + 1))


def live_by_seed(seed: str) -> Life:
    """The schedule of that seed; a fault of the machine itself is told as what is wrong with it."""
    walk, _, number = seed.partition(":")
    try:
        return take_walk(int(number)) if walk == KIND else live_through(parse_seed(seed))
    except Exception as error:
        fault = f"machine: {error!r}"
        scenario, kind, *_ = seed.split(":")
        return Life(seed, scenario, kind, Verdict(), (fault,), False, 0.0)


def quieten() -> None:
    """What the product logs of planned faults is not for anybody to read."""
    logging.disable(logging.CRITICAL)


@dataclass
class Tally:
    """Counts by kind of fault and scenario."""

    runs: Counter[tuple[str, str]] = field(default_factory=Counter)
    found: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: Counter[str] = field(default_factory=Counter)
    wrong: dict[str, list[str]] = field(default_factory=dict)

    def add(self, life: Life) -> None:
        """Count one."""
        verdict, kind = life.verdict, life.kind
        self.runs[kind, life.scenario] += 1
        sorts = {
            "lost": verdict.lost,
            "twice": verdict.twice,
            "stuck": verdict.stuck,
            "cents": verdict.cents,
            "chain": verdict.chain,
            "fault": life.faults,
            "asked": verdict.asked,
        }
        for sort, texts in sorts.items():
            self.found[kind, sort] += bool(texts)
        self.found[kind, "held"] += verdict.held_doubles
        self.found[kind, "unmet"] += not life.reached
        self.seconds[kind] += life.seconds  # type: ignore[assignment]
        if life.wrong():
            self.wrong[life.seed] = life.wrong()

    @property
    def schedules(self) -> int:
        """How many were lived through."""
        return self.runs.total()

    def render(self) -> str:
        """The table: a row a kind of fault, the schedules of each scenario, and what was found."""
        scenarios = [each.name for each in ALL_SCENARIOS]
        named = [*(each.name for each in ALL_KINDS), KIND]
        kinds = [kind for kind in named if any(self.runs[kind, name] for name in scenarios)]
        sorts = ("lost", "twice", "stuck", "cents", "chain", "fault", "asked", "held", "unmet")
        rows = [["schedules of", *scenarios, "all", *sorts, "seconds"]]
        for kind in kinds:
            runs = [self.runs[kind, name] for name in scenarios]
            found = [self.found[kind, sort] for sort in sorts]
            rows.append([kind, *map(str, (*runs, sum(runs), *found)), f"{self.seconds[kind]:.0f}"])
        runs = [sum(self.runs[kind, name] for kind in kinds) for name in scenarios]
        found = [sum(self.found[kind, sort] for kind in kinds) for sort in sorts]
        rows.append(["all", *map(str, (*runs, sum(runs), *found)), f"{sum(self.seconds.values()):.0f}"])
        widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
        first, *others = widths
        return "\n".join(
            "  ".join([row[0].ljust(first), *(cell.rjust(width) for cell, width in zip(row[1:], others, strict=True))])
            for row in rows
        )
