"""Loops over rows, compiled.

Each function is plain Python over NumPy arrays, and a test runs it as that (`.py_func`) against itself
compiled.

A *change* is something that counts from the end of a day on: a row that came (sign 1) or went (-1), an
outcome, or a row that grows too old for a window. Changes lie in the order of their days; what is asked of a
day is answered before its changes are made.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.machine_code.compiled import compiled, compiled_unlocked

Bytes = NDArray[np.uint8]
Narrow = NDArray[np.int32]
Wide = NDArray[np.int64]
Keys = NDArray[np.uint64]
Words = NDArray[np.uint16]
Flags = NDArray[np.uint8]

NO_SLOT = -1
NOTHING = np.iinfo(np.int32).min

SEEN, ITEM, LABEL, FIRST = 1, 2, 4, 8
"""What a change is of: a version that became known, an item that counts, an outcome, a first version."""

GRAMS = 1024
"""Kinds of letter triples that are told apart."""

NO_GRAM = np.uint16(0xFFFF)
"""Fills the places of a text that has fewer grams than there are places for."""

SMOOTHING = 4
"""Items of a heading that what is usual elsewhere weighs as much as."""


@compiled
def _spread(wanted: Keys, row: int) -> np.uint64:
    """Mix the parts of a key into 64 bits (the finisher of splitmix64, Steele et al. 2014)."""
    mixed = np.uint64(0x9E3779B97F4A7C15)
    for part in range(wanted.shape[1]):
        mixed = (mixed ^ wanted[row, part]) * np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(32))


@compiled
def _place(table: Narrow, keys: Keys, wanted: Keys, row: int) -> int:
    """Where in the table the key of a row is, or the empty place where it belongs."""
    mask = np.uint64(len(table) - 1)
    at = _spread(wanted, row) & mask
    while True:
        slot = table[at]
        if slot < 0:
            return int(at)
        same = True
        for part in range(wanted.shape[1]):
            if keys[slot, part] != wanted[row, part]:
                same = False
        if same:
            return int(at)
        at = (at + np.uint64(1)) & mask


@compiled
def _is_whole(wanted: Keys, row: int) -> bool:
    for part in range(wanted.shape[1]):
        if wanted[row, part] == np.uint64(0):
            return False
    return True


@compiled_unlocked
def find(table: Narrow, keys: Keys, wanted: Keys, slots: Narrow) -> None:
    """Give the slot of each key (n, parts), NO_SLOT where it is not in the table or lacks a part."""
    for row in range(len(wanted)):
        slots[row] = table[_place(table, keys, wanted, row)] if _is_whole(wanted, row) else -1


@compiled_unlocked
def intern(table: Narrow, keys: Keys, count: Wide, wanted: Keys, slots: Narrow, since: int) -> int:
    """Give each key (n, parts), from a row on, a slot: a new one if not met before, -1 if it lacks a part.

    Gives the row that there is no room for, n where all have theirs. Keys lie at their slots, `count` (1,) of
    them; a table is never more than half full.
    """
    for row in range(since, len(wanted)):
        if not _is_whole(wanted, row):
            slots[row] = -1
            continue
        at = _place(table, keys, wanted, row)
        if table[at] < 0:
            if count[0] == len(keys) or 2 * count[0] >= len(table):
                return row
            for part in range(wanted.shape[1]):
                keys[count[0], part] = wanted[row, part]
            table[at] = count[0]
            count[0] += 1
        slots[row] = table[at]
    return len(wanted)


@compiled_unlocked
def place_all(table: Narrow, keys: Keys, count: int) -> None:
    """Put the slots of so many keys into an empty table."""
    for slot in range(count):
        table[_place(table, keys, keys, slot)] = slot


@compiled_unlocked
def note_first(first: Narrow, slot: Narrow, flags: Flags, day: Narrow, order: Narrow, new: Flags) -> None:
    """Set the first day of each slot that has none, and note 1 where a seen row was the one to set it."""
    new[:] = 0
    for row in order:
        if slot[row] >= 0 and flags[row] & SEEN and first[slot[row]] < 0:
            first[slot[row]] = day[row]
            new[row] = 1


@compiled_unlocked
def add_up(
    day: Narrow,
    order: Narrow,
    slot: Narrow,
    flags: Flags,
    sign: NDArray[np.int8],
    lag: Flags,
    base: Narrow,
    label: NDArray[np.int8],
    numbers: Narrow,
    leaving: Narrow,
    plan: Narrow,
    starts: Narrow,
    values: Wide,
    asked_day: Narrow,
    asked_slot: Narrow,
    found: Wide,
    unseen: Wide,
) -> None:
    """Make the changes to the values (slots, columns) of one entity, and answer what is asked between them.

    `plan[starts[lag] : starts[lag + 1]]` are the columns that a change of that lag bears on: column, flag,
    number (-1 none), power, weight, window (0 ever; -1 first day, -2 last day). The numbers of what comes are
    in `numbers`, those of what grows too old, which lies behind it, in `leaving`. Without a number the power
    says which labels count: 0 all, 1 those above 0, more the one that is one less. `found` (columns, n) takes
    the values of each asked slot as of its day.
    """
    at, asked, columns, came = 0, 0, values.shape[1], numbers.shape[1]
    while asked < len(asked_day) or at < len(order):
        while asked < len(asked_day) and (at == len(order) or asked_day[asked] <= day[order[at]]):
            who = asked_slot[asked]
            for column in range(columns):
                found[column, asked] = values[who, column] if who >= 0 else unseen[column]
            asked += 1
        if at == len(order):
            continue
        row = order[at]
        at += 1
        who = slot[row]
        if who < 0:
            continue
        for step in range(starts[lag[row]], starts[lag[row] + 1]):
            column, flag, number = plan[step, 0], plan[step, 1], plan[step, 2]
            power, weight, window = plan[step, 3], plan[step, 4], plan[step, 5]
            if not flags[row] & flag:
                continue
            if window < 0:
                if window == -2 or values[who, column] < 0:
                    values[who, column] = max(values[who, column], day[row])
                continue
            if lag[row] == 0 and window > 0 and base[row] + window <= day[row]:
                continue
            value = np.int64(1)
            if number >= 0:
                one = numbers[number, row] if row < came else leaving[number, row - came]
                if one == NOTHING:
                    continue
                for _ in range(power):
                    value *= np.int64(one)
            elif power == 1:
                value = np.int64(label[row] > 0)
            elif power > 1:
                value = np.int64(label[row] == power - 1)
            signed = sign[row] if flag & (ITEM | LABEL) else 1
            values[who, column] += weight * signed * value


@compiled_unlocked
def make_room(
    order: Narrow,
    slots: Narrow,
    flags: Flags,
    own: Narrow,
    levels: Narrow,
    start: Narrow,
    low: Narrow,
    room: Narrow,
    used: Wide,
    cells: Narrow,
    width: int,
    since: int,
) -> int:
    """Have a cell for the bin of every change, from a place in their order on; `used` (1,) grows.

    The cells of a histogram move where a bin lies outside of them. Gives the place for which the pool of
    cells is too small, n where there is room for all.
    """
    for place in range(since, len(order)):
        row = order[place]
        if not flags[row] & ITEM or own[row] == NOTHING:
            continue
        bin_ = own[row] // width
        for level in range(len(levels)):
            slot = slots[levels[level, 0], row]
            if slot < 0:
                continue
            first, long = low[level, slot], room[level, slot]
            if long > 0 and first <= bin_ < first + long:
                continue
            lowest = min(first, bin_ - 4) if long else bin_ - 4
            size = max(8, 2 * long, bin_ + 4 - lowest, first + long - lowest if long else 0)
            if used[0] + size > len(cells):
                return place
            for each in range(long):
                cells[used[0] + first - lowest + each] = cells[start[level, slot] + each]
            start[level, slot], low[level, slot], room[level, slot] = used[0], lowest, size
            used[0] += size
    return len(order)


@compiled
def quartile(cells: Narrow, start: int, long: int, low: int, whole: int, quarters: int, width: int) -> int:
    """Give a quartile of a histogram, in the units that `width` is in: exact in integers, rounded down."""
    wanted, before = quarters * whole, 0
    for each in range(start, start + long):
        if cells[each] and 4 * (before + cells[each]) >= wanted:
            part = width * (wanted - 4 * before) // (4 * cells[each])
            return int((low + each - start) * width + part)
        before += cells[each]
    return 0


@compiled
def describe(
    level: int, cells: Narrow, start: int, long: int, low: int, whole: int, own: int, width: int, said: Wide
) -> None:
    """Say of a histogram: its level, size and quartiles, how many lie below the own bin, and in it."""
    said[0], said[1], said[5], said[6] = level, whole, 0, 0
    for quarters in range(1, 4):
        said[1 + quarters] = quartile(cells, start, long, low, whole, quarters, width)
    if own == NOTHING:
        return
    mine = own // width - low
    for each in range(start, start + min(max(mine, 0), long)):
        said[5] += cells[each]
    if 0 <= mine < long:
        said[6] = cells[start + mine]


@compiled
def describe_first(
    held: Narrow, levels: Narrow, needed: Narrow, one: float, other: float, unit: int, width: int, said: Wide
) -> None:
    """Say of the first level that has as many as `needed` what `describe` says; nothing where none has.

    `held` are histograms as the profile store has them, of one entity after the other, `levels` how many
    levels each has. The own number is round(unit x ln(one / other)).
    """
    start, number = 0, 0
    for entity in range(len(levels)):
        at = start + 2 * levels[entity]
        for level in range(start, start + levels[entity]):
            long, whole = held[level], 0
            for each in range(at, at + long):
                whole += held[each]
            if whole >= needed[number]:
                low = held[level + levels[entity]]
                describe(number + 1, held, at, long, low, whole, _logarithm(one, other, unit), width, said)
                return
            at += long
            number += 1
        start = at


@compiled
def _logarithm(one: float, other: float, unit: int) -> int:
    """Give round(unit x ln(one / other)), NOTHING where it cannot be said."""
    if not other > 0.0:
        return NOTHING
    number = np.rint(unit * np.log(one / other))
    return int(number) if np.isfinite(number) else NOTHING


@compiled
def level_of(levels: Narrow, slots: Narrow, row: int, count: Narrow) -> int:
    """Give the first level at which a row has enough comparables, -1 for none."""
    for level in range(len(levels)):
        who = slots[levels[level, 0], row]
        if who >= 0 and count[level, who] >= levels[level, 2]:
            return level
    return -1


@compiled_unlocked
def compare(
    day: Narrow,
    order: Narrow,
    slots: Narrow,
    flags: Flags,
    sign: NDArray[np.int8],
    lag: Flags,
    base: Narrow,
    own: Narrow,
    levels: Narrow,
    start: Narrow,
    low: Narrow,
    room: Narrow,
    count: Narrow,
    cells: Narrow,
    width: int,
    most: int,
    gap: Narrow,
    asked_day: Narrow,
    asked_slots: Narrow,
    asked_own: Narrow,
    found: Wide,
) -> None:
    """Keep histograms of unit values by level, answer what is asked of them, note each first version's gap.

    `levels` are lines of (entity, days, needed, lag); start, low, room, count are (levels, slots) over one
    pool of cells, with room for all; `slots` and `asked_slots` are (entities, n). The gap is the own number
    less the median, within `most`; NOTHING without comparables. `found` is (n, 7).
    """
    gap[:] = NOTHING
    at, asked = 0, 0
    while asked < len(asked_day) or at < len(order):
        while asked < len(asked_day) and (at == len(order) or asked_day[asked] <= day[order[at]]):
            found[asked] = 0
            level = level_of(levels, asked_slots, asked, count)
            if level >= 0:
                who = asked_slots[levels[level, 0], asked]
                first, long = start[level, who], room[level, who]
                whole, lowest = count[level, who], low[level, who]
                own_one = asked_own[asked]
                describe(level + 1, cells, first, long, lowest, whole, own_one, width, found[asked])
            asked += 1
        if at == len(order):
            continue
        today, until = day[order[at]], at
        while until < len(order) and day[order[until]] == today:
            row = order[until]
            until += 1
            if lag[row] == 0 and flags[row] & FIRST and own[row] != NOTHING:
                level = level_of(levels, slots, row, count)
                if level >= 0:
                    who = slots[levels[level, 0], row]
                    first, long = start[level, who], room[level, who]
                    middle = quartile(cells, first, long, low[level, who], count[level, who], 2, width)
                    gap[row] = min(max(own[row] - middle, -most), most)
        for each in range(at, until):
            row = order[each]
            if not flags[row] & ITEM or own[row] == NOTHING:
                continue
            for level in range(len(levels)):
                who = slots[levels[level, 0], row]
                comes = lag[row] == 0 and base[row] + levels[level, 1] > today
                if who >= 0 and (comes or lag[row] == levels[level, 3]):
                    change = sign[row] if comes else -sign[row]
                    count[level, who] += change
                    cells[start[level, who] + own[row] // width - low[level, who]] += change
        at = until


@compiled
def grams_of(text: Bytes, bounds: Wide, met: Wide, found: Words) -> None:
    """Give the distinct letter triples of each text (n, most), the first ones, by number; NO_GRAM fills up.

    `met` (GRAMS,) is -1 at first. Letters A to Z count as small ones, digits and bytes of other alphabets as
    they are; all else parts words. A triple is of three such bytes of one word, whose edges count as bytes.
    """
    most = found.shape[1]
    found[:] = NO_GRAM
    for row in range(len(bounds) - 1):
        count, one, two = 0, 0, 32
        for place in range(bounds[row], bounds[row + 1] + 1):
            letter = 32
            if place < bounds[row + 1]:
                letter = int(text[place])
                if 65 <= letter <= 90:
                    letter += 32
                elif not (97 <= letter <= 122 or 48 <= letter <= 57 or letter >= 128):
                    letter = 32
            if letter == 32 and two == 32:
                continue
            if one and two != 32:
                number = (((one << 16) | (two << 8) | letter) * 2_654_435_761 & 0xFFFFFFFF) >> 22
                if met[number] != row:
                    met[number] = row
                    found[row, count] = number
                    count += 1
                    if count == most:
                        break
            one, two = two, letter


@compiled
def _log(value: int, table: Narrow, doublings: Narrow) -> int:
    """Give 10,000 x ln(value) in integers: by table, of the leading bits of what is larger."""
    doubled = 0
    while value >= len(table):
        value >>= 1
        doubled += 1
    return int(table[value]) + int(doublings[doubled])


@compiled
def fit_of(
    grams: Words,
    here: Narrow,
    items: int,
    anywhere: Narrow,
    everything: int,
    table: Narrow,
    doublings: Narrow,
    said: Wide,
) -> None:
    """Say how many grams there are, and how much likelier they are here than anywhere.

    That is the sum over the grams of ln of (share here, drawn towards the share anywhere, over the share
    anywhere), in ten-thousandths.
    """
    fit, count = 0, 0
    below = _log(16 * (int(items) + SMOOTHING), table, doublings)
    for place in range(len(grams)):
        gram = grams[place]
        if gram == NO_GRAM:
            break
        count += 1
        share = 16 * np.int64(here[gram]) * np.int64(everything + 1) // np.int64(anywhere[gram] + 1)
        fit += _log(int(share + 16 * SMOOTHING), table, doublings) - below
    said[0], said[1] = count, fit


@compiled_unlocked
def read_wording(
    day: Narrow,
    order: Narrow,
    slot: Narrow,
    flags: Flags,
    grams: Words,
    seen: Narrow,
    seen_anywhere: Narrow,
    table: Narrow,
    doublings: Narrow,
    asked_day: Narrow,
    asked_slot: Narrow,
    asked_grams: Words,
    found: Wide,
) -> None:
    """Count the grams of first versions by heading, and say how well asked texts fit their heading.

    `seen` is (headings, GRAMS + 1) and `seen_anywhere` (GRAMS + 1,): items by gram, and last of all items
    that have any. `found` (n, 3) takes items of the heading, grams, fit.
    """
    at, asked = 0, 0
    while asked < len(asked_day) or at < len(order):
        while asked < len(asked_day) and (at == len(order) or asked_day[asked] <= day[order[at]]):
            who = asked_slot[asked]
            found[asked] = 0
            if who >= 0 and asked_grams[asked, 0] != NO_GRAM and seen[who, GRAMS] > 0:
                items = seen[who, GRAMS]
                found[asked, 0] = items
                fit_of(
                    asked_grams[asked],
                    seen[who],
                    items,
                    seen_anywhere,
                    seen_anywhere[GRAMS],
                    table,
                    doublings,
                    found[asked, 1:],
                )
            asked += 1
        if at == len(order):
            continue
        row = order[at]
        at += 1
        who = slot[row]
        if who < 0 or not flags[row] & FIRST or grams[row, 0] == NO_GRAM:
            continue
        seen[who, GRAMS] += 1
        seen_anywhere[GRAMS] += 1
        for place in range(grams.shape[1]):
            gram = grams[row, place]
            if gram == NO_GRAM:
                break
            seen[who, gram] += 1
            seen_anywhere[gram] += 1


@compiled_unlocked
def turns(
    day: Narrow,
    order: Narrow,
    slot: Narrow,
    sign: NDArray[np.int8],
    label: NDArray[np.int8],
    known: Narrow,
    illicit: Narrow,
    met: Narrow,
    when: Narrow,
    who: Narrow,
    of_known: NDArray[np.int8],
    of_illicit: NDArray[np.int8],
) -> int:
    """Note the days on which importers come to be known, or found illicit, or cease to, and the two turns.

    Gives how many there are. `known` and `illicit` hold the numbers of outcomes of each slot and are brought
    up to date. A day is judged as a whole, at its end. `met` (3, slots) has -1 in its first line, before and
    after.
    """
    at, made = 0, 0
    while at < len(order):
        today, first = day[order[at]], at
        while at < len(order) and day[order[at]] == today:
            row = order[at]
            at += 1
            one = slot[row]
            if one < 0:
                continue
            if met[0, one] != today:
                met[0, one] = today
                met[1, one], met[2, one] = known[one] > 0, illicit[one] > 0
            known[one] += sign[row]
            illicit[one] += sign[row] * (label[row] > 0)
        for each in range(first, at):
            one = slot[order[each]]
            if one < 0 or met[0, one] != today:
                continue
            met[0, one] = -1
            came = np.int8(known[one] > 0) - np.int8(met[1, one])
            hit = np.int8(illicit[one] > 0) - np.int8(met[2, one])
            if came != 0 or hit != 0:
                when[made], who[made], of_known[made], of_illicit[made] = today, one, came, hit
                made += 1
    return made


@compiled_unlocked
def meet(
    day: Narrow,
    pair: Narrow,
    importer: Narrow,
    servant: Narrow,
    young: Narrow,
    lag: Flags,
    turn_day: Narrow,
    turn_importer: Narrow,
    turn_known: NDArray[np.int8],
    turn_illicit: NDArray[np.int8],
    known: Flags,
    illicit: Flags,
    head: Narrow,
    following: Narrow,
    servant_of: Narrow,
    values: Wide,
    asked_day: Narrow,
    asked_slot: Narrow,
    found: Wide,
) -> None:
    """Count the importers that each servant was met with: all, known, illicit, and young within a window.

    Meetings (lag 0: a pair met first; else it leaves the window) and turns lie in the order of their days. A
    turn bears on the pairs that met before its day; a pair that meets on it counts as the importer stands at
    its end. `head` (importers) and `following` (pairs) chain the pairs of each importer.
    """
    at, turn, asked = 0, 0, 0
    while asked < len(asked_day) or at < len(day) or turn < len(turn_day):
        today = np.int32(2**31 - 1)
        if at < len(day):
            today = day[at]
        if turn < len(turn_day) and turn_day[turn] < today:
            today = turn_day[turn]
        while asked < len(asked_day) and asked_day[asked] <= today:
            who = asked_slot[asked]
            for column in range(4):
                found[column, asked] = values[who, column] if who >= 0 else 0
            asked += 1
        while turn < len(turn_day) and turn_day[turn] == today:
            one = turn_importer[turn]
            known[one] += turn_known[turn]
            illicit[one] += turn_illicit[turn]
            each = head[one]
            while each >= 0:
                values[servant_of[each], 1] += turn_known[turn]
                values[servant_of[each], 2] += turn_illicit[turn]
                each = following[each]
            turn += 1
        while at < len(day) and day[at] == today:
            who = servant[at]
            if lag[at] > 0:
                values[who, 3] -= 1
            else:
                one = importer[at]
                values[who, 0] += 1
                values[who, 1] += known[one]
                values[who, 2] += illicit[one]
                values[who, 3] += young[at]
                following[pair[at]] = head[one]
                head[one] = pair[at]
                servant_of[pair[at]] = who
            at += 1
