"""The drill's clock keeps its promises, whatever its actors do."""

from __future__ import annotations

import itertools
import os
import signal
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ziggie_harness.kernel.actors import NEVER, Stopped
from ziggie_harness.kernel.clock import REAP_SECONDS, DrillClock
from ziggie_harness.kernel.holds import Holds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ziggie_harness.kernel.one_signal import OneSignal

PLANS = st.lists(
    st.lists(st.floats(min_value=0.0, max_value=10_000.0, allow_nan=False), min_size=1, max_size=6),
    min_size=1,
    max_size=6,
)
"""For each of some actors, the rests that it takes one after the other."""


@settings(max_examples=40, deadline=None)
@given(PLANS)
def test_nobody_wakes_early_time_never_goes_back_and_order_is_kept(plans: list[list[float]]) -> None:
    """Each rest ends at or after its time, and all wake-ups together come in the order of their times."""
    woke: list[tuple[float, float]] = []
    done = threading.Semaphore(0)

    def living(clock: DrillClock, rests: list[float]) -> Callable[[], None]:
        def live() -> None:
            for rest_seconds in rests:
                before = clock.now()
                due = before + rest_seconds
                clock.sleep_until(due)
                after = clock.now()
                assert before <= after
                assert after >= due
                woke.append((due, after))
            done.release()

        return live

    with DrillClock() as clock:
        with clock.actors("plans") as group:
            with clock.actor("starter"):  # at work until all have started, so nobody is overtaken
                for number, rests in enumerate(plans):
                    group.start(f"actor {number}", living(clock, rests))
            for _ in plans:
                assert done.acquire(timeout=30.0)
        # Two that are due within the same moments wake together, so their threads may be seen in either order.
        for (due, _), (later_due, _) in itertools.pairwise(woke):
            assert due <= later_due + 1.0
        assert clock.now() <= max(sum(rests) for rests in plans) + 20.0


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(min_value=1.0, max_value=1000.0), min_size=1, max_size=5))
def test_a_jump_needs_everybody_at_rest(times: list[float]) -> None:
    """While one actor works nothing is skipped; when it is done, the sleepers' time comes at once."""
    with DrillClock() as clock, clock.actors("sleepers") as group:
        ends = [clock.signal() for _ in times]

        def sleeper(seconds: float, end: OneSignal) -> Callable[[], None]:
            def live() -> None:
                clock.sleep(seconds)
                end.set()

            return live

        with clock.actor("worker"):
            for seconds, end in zip(times, ends, strict=True):
                group.start("sleeper", sleeper(seconds, end))
            threading.Event().wait(0.01)
            assert clock.skipped_seconds == 0.0
            for end in ends:
                assert end.wait(NEVER)
            assert clock.now() >= max(times)


def test_an_hour_takes_no_time() -> None:
    """Twenty actors sleep through an hour in well under some seconds."""
    wall = time.monotonic()

    def live() -> None:
        while clock.now() < 3600.0:
            clock.sleep(10.0)

    with DrillClock() as clock:
        with clock.actors("many") as group, clock.actor("test"):
            for number in range(20):
                group.start(f"actor {number}", live)
            clock.sleep_until(3600.0)
        assert clock.skipped_seconds > 3500.0
    assert time.monotonic() - wall < 10.0


def test_the_wall_clock_skips_nothing() -> None:
    """Without skipping, drill time is wall time."""
    with DrillClock(skips=False) as clock, clock.actor("test"):
        wall = time.monotonic()
        clock.sleep(0.05)
        assert time.monotonic() - wall >= 0.05
        assert clock.skipped_seconds == 0.0


def test_a_clock_that_stops_skipping_goes_on_at_wall_speed() -> None:
    """What was skipped stays skipped, nothing is added to it, and who rests already still wakes in time."""
    with DrillClock() as clock, clock.actors("resting") as group, clock.actor("test"):
        woken: list[float] = []

        def live() -> None:
            """Rest until a time that lies beyond the last jump."""
            clock.sleep_until(1000.2)
            woken.append(clock.now())

        group.start("sleeper", live)
        clock.sleep_until(1000.0)
        clock.stop_skipping()
        skipped, wall = clock.skipped_seconds, time.monotonic()
        assert not clock.skips
        clock.sleep_until(1000.3)
        assert time.monotonic() - wall >= 0.2
        assert clock.skipped_seconds == skipped > 990.0
        assert woken[0] >= 1000.2


def test_skipping_can_stop_while_all_rest() -> None:
    """An outsider may stop it: the earliest wake-up, until then a jump away, comes after its wall time."""
    with DrillClock() as clock, clock.hold(lambda: "not yet"):
        rested = threading.Event()

        def live() -> None:
            """Rest for a moment."""
            with clock.actor("sleeper"):
                clock.sleep(0.1)
                rested.set()

        threading.Thread(target=live).start()
        clock.stop_skipping()
        assert rested.wait(5.0)
        assert clock.skipped_seconds == 0.0


class Beginning(threading.Thread):
    """A thread in the moment of its start: it has a number, and does not count as alive yet."""

    @property
    def ident(self) -> int:
        """Return a number."""
        return 1

    def is_alive(self) -> bool:
        """Say no."""
        return False


def test_an_actor_that_begins_is_not_taken_for_dead() -> None:
    """A thread that is being started stays an actor, however often the clock looks for dead ones meanwhile."""
    with DrillClock() as clock:
        clock.enrol(Beginning(), "beginner", None)
        threading.Event().wait(3 * REAP_SECONDS)
        assert clock.at_work() == ("beginner",)


def test_a_dead_actor_never_blocks() -> None:
    """An actor whose thread ended without saying so is forgotten, and time goes on."""
    with DrillClock() as clock:
        victim = threading.Thread(target=lambda: clock.enrol(threading.current_thread(), "victim", None))
        victim.start()
        victim.join()
        wall = time.monotonic()
        with clock.actor("test"):
            clock.sleep(3600.0)
        assert time.monotonic() - wall < 5.0


def test_an_actor_discharged_in_its_rest_leaves_the_count_right() -> None:
    """Who is taken off the clock while at rest neither holds it nor lets it jump too soon."""
    with DrillClock() as clock:
        release = threading.Event()

        def rests() -> None:
            with clock.actor("gone"):
                release.set()
                clock.sleep(50.0)

        with clock.actor("test"):
            thread = threading.Thread(target=rests, daemon=True)
            thread.start()
            release.wait()
            while "gone" in clock.at_work():
                threading.Event().wait(0.001)
            clock.discharge(thread)
            wall = time.monotonic()
            clock.sleep(100.0)
            assert time.monotonic() - wall < 5.0
            assert clock.at_work() == ("test",)


def test_a_signal_wakes_who_waits_and_is_kept_for_who_comes_later() -> None:
    """A signal ends a wait at the time when it was set; a later wait ends at once; an unset one ends at its time."""
    with DrillClock() as clock:
        signal, seen = clock.signal(), []

        def waits() -> None:
            seen.append((signal.wait(NEVER), clock.now()))

        with clock.actors("waiters") as group, clock.actor("test"):
            group.start("waiter", waits)
            clock.sleep(10.0)
            signal.set()
            clock.sleep(5.0)
            assert signal.wait(NEVER)
            unset = clock.signal()
            started = clock.now()
            assert not unset.wait(started + 7.0)
            assert clock.now() >= started + 7.0
        ((happened, at_seconds),) = seen
        assert happened
        assert 10.0 <= at_seconds < 11.0


def test_a_socket_ends_a_rest_before_the_clock_jumps() -> None:
    """Data that is there already is seen before idleness is skipped."""
    near, far = socket.socketpair()
    with near, far, DrillClock() as clock, clock.actor("test"):
        assert not clock.await_socket(near, writable=False, until_seconds=clock.now() + 100.0)
        assert clock.now() >= 100.0
        far.send(b"x")
        started = clock.now()
        assert clock.await_socket(near, writable=False, until_seconds=started + 100.0)
        assert clock.now() - started < 1.0
        assert clock.await_socket(near, writable=True, until_seconds=started + 100.0)


def test_a_socket_closed_in_a_rest_does_not_take_another_with_it() -> None:
    """A socket that got the number of one closed during its rest is still heard."""
    with DrillClock() as clock, clock.actors("readers") as group, clock.actor("test"):
        old, old_far = socket.socketpair()
        heard: list[bool] = []
        group.start("old", lambda: heard.append(clock.await_socket(old, writable=False, until_seconds=50.0)))
        clock.sleep(1.0)
        number = old.fileno()
        old.close()
        new, new_far = socket.socketpair()
        group.start("new", lambda: heard.append(clock.await_socket(new, writable=False, until_seconds=500.0)))
        clock.sleep(100.0)
        assert number in {new.fileno(), new_far.fileno()}
        new_far.send(b"x")
        clock.sleep(1.0)
        assert heard == [False, True]
        for end in (old_far, new, new_far):
            end.close()


def test_a_closed_socket_cannot_be_waited_for() -> None:
    """Waiting for a socket that is closed is an error, and leaves the clock as it was."""
    near, far = socket.socketpair()
    near.close()
    far.close()
    with DrillClock() as clock, clock.actor("test"):
        with pytest.raises(ValueError, match="file descriptor"):
            clock.await_socket(near, writable=False, until_seconds=10.0)
        clock.sleep(100.0)
        assert clock.now() >= 100.0


def test_a_hold_keeps_the_clock_at_wall_speed() -> None:
    """While a hold objects nothing is skipped; when it agrees, the clock jumps; after its block it is not asked."""
    asked = []
    objections = ["a replica is behind"] * 20

    def obstacle() -> str | None:
        asked.append(clock.skipped_seconds)
        return objections.pop() if objections else None

    with DrillClock() as clock, clock.actor("test"):
        with clock.hold(obstacle):
            clock.sleep(100.0)
        assert len(asked) >= 21
        assert set(asked) == {0.0}
        count = len(asked)
        clock.sleep(100.0)
        assert len(asked) == count


def test_a_hold_that_objects_for_long_is_asked_less_often() -> None:
    """A tenth of the time for which it has objected passes between two questions, from 1 ms to 10 ms."""
    wall = [100.0]
    holds = Holds(lambda: wall[0], patience_seconds=60.0)
    with holds.including(lambda: "a replica is behind", None):
        assert holds.object()
        pauses = []
        for elapsed in (0.0, 0.005, 0.03, 5.0):
            wall[0] = 100.0 + elapsed
            assert holds.object()
            pauses.append(round(holds.pause_seconds(), 6))
        assert pauses == [0.001, 0.001, 0.003, 0.01]
    assert holds.pause_seconds() == 0.001


def test_a_hold_that_objects_for_ever_is_overruled() -> None:
    """A hold has a patience, after which the clock jumps and keeps the overruled sentence; so has one that fails."""

    def fails() -> str | None:
        raise OSError("no answer")

    with (
        DrillClock(hold_patience_seconds=0.05) as clock,
        clock.actor("test"),
        clock.hold(lambda: "for ever"),
        clock.hold(fails),
    ):
        clock.sleep(100.0)
        assert "for ever" in clock.overruled
        assert any("no answer" in sentence for sentence in clock.overruled)


@settings(max_examples=10, deadline=None)
@given(st.integers(min_value=1, max_value=30))
def test_holds_that_end_while_they_are_asked_do_no_harm(rounds: int) -> None:
    """Holds come and go while others sleep, and the clock keeps going."""
    with DrillClock() as clock, clock.actors("others") as group, clock.actor("test"):

        def sleeps() -> None:
            while True:
                clock.sleep(0.5)

        group.start("other", sleeps)
        for _ in range(rounds):
            with clock.hold(lambda: None), clock.hold(lambda: "busy"):
                clock.sleep(0.001)
        before = clock.skipped_seconds
        clock.sleep(10.0)
        assert clock.skipped_seconds > before


def test_a_group_stops_its_actors_and_raises_what_went_wrong() -> None:
    """Leaving the block unwinds the resting actors; the first error comes out, with the actor's name."""
    unwound: list[int] = []

    def rests() -> None:
        try:
            clock.sleep_until(NEVER)
        except Stopped:
            unwound.append(1)
            raise

    def fails() -> None:
        raise KeyError("lost")

    def both() -> None:
        with clock.actors("mixed") as group, clock.actor("test"):
            group.start("resting", rests)
            group.start("failing", fails)
            clock.sleep(1.0)

    with DrillClock() as clock:
        with pytest.raises(KeyError) as caught:
            both()
        assert unwound == [1]
        assert any("failing" in note for note in caught.value.__notes__)
        assert clock.at_work() == ()


def test_an_actor_that_ended_leaves_its_thread_to_the_next() -> None:
    """Actors one after the other share a thread, a failed one too; actors at the same time do not, and none stays."""
    threads: list[threading.Thread] = []

    def work() -> None:
        threads.append(threading.current_thread())
        clock.sleep(1)
        if len(threads) == 1:
            raise ValueError("the first one fails")

    def start_them() -> None:
        with clock.actors("workers") as workers:
            for number in range(4):
                workers.start(f"single {number}", work)
                clock.sleep(2)
                threading.Event().wait(0.02)
            for number in range(2):
                workers.start(f"twin {number}", work)
            clock.sleep(2)

    with DrillClock() as clock, clock.actor("test"):
        with pytest.raises(ValueError, match="the first one") as caught:
            start_them()
        assert clock.at_work() == ("test",)
    assert caught.value.__notes__ == ["in actor 'single 0' of 'workers'"]
    assert len(set(threads[:4])) == 1
    assert len(set(threads[4:])) == 2
    assert not any(thread.is_alive() for thread in threads)


@pytest.fixture
def _hears_interrupts() -> Iterator[None]:
    """Hear Ctrl-C also where the tests were started in the background, deaf to it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_hears_interrupts")
def test_an_interrupt_ends_a_rest_and_leaves_the_clock_in_order() -> None:
    """Ctrl-C in a rest comes out of it, and the actor counts as at work again."""
    with DrillClock() as clock, clock.actor("test"):
        interrupting = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
        interrupting.start()
        with pytest.raises(KeyboardInterrupt):
            clock.sleep_until(NEVER)
        interrupting.join()
        assert clock.at_work() == ("test",)
        started = clock.now()
        clock.sleep(5.0)
        assert 5.0 <= clock.now() - started < 6.0


def test_actors_that_end_after_the_clock_do_no_harm() -> None:
    """A clock that was left unwinds who rests, and takes no notice of who leaves later."""
    entered, leave = threading.Event(), threading.Event()
    failures: list[BaseException] = []

    def late() -> None:
        try:
            with clock.actor("late"):
                entered.set()
                leave.wait()
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            failures.append(error)

    with DrillClock() as clock:
        thread = threading.Thread(target=late)
        thread.start()
        entered.wait()
    leave.set()
    thread.join()
    assert failures == []


def test_misuse_is_explained() -> None:
    """A rest of negative length, and a rest by a thread that is no actor, are errors that say what to do."""
    with DrillClock() as clock:
        with clock.actor("test"), pytest.raises(ValueError, match="no negative length"):
            clock.sleep(-1.0)
        with pytest.raises(RuntimeError, match=r"with clock\.actor"):
            clock.sleep(1.0)


def test_jumps_are_told_before_anybody_wakes() -> None:
    """Who asked to be told of jumps knows the new time before the sleeper does."""
    told: list[float] = []
    with DrillClock() as clock, clock.actor("test"):
        with clock.told_of_jumps(lambda: told.append(clock.now())):
            clock.sleep(10.0)
            assert len(told) >= 1
            assert told[-1] <= clock.now()
        count = len(told)
        clock.sleep(10.0)
        assert len(told) == count
