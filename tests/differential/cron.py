#!/usr/bin/env python3
"""Random cron expressions in random zones: pawl's fire times against a plain walk over days.

    cron.py PAWL [CASES [SEED]]

The oracle below shares nothing with pawl: it takes fields apart into sets of numbers, walks over local
days, and asks Python's zoneinfo at which instants clocks show each matching time (PEP 495: a time with
both folds, kept when it comes back unchanged). TAP on standard output; a difference prints its case.
"""
import calendar
import datetime
import json
import random
import subprocess
import sys

try:
    import zoneinfo
    zoneinfo.ZoneInfo("Europe/Berlin")
except Exception as problem:  # no tzdata: nothing to compare with
    print(f"1..1\nok 1 - random expressions # SKIP no time zones: {problem}")
    sys.exit(0)

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo",
         "Africa/Cairo", "Pacific/Apia", "America/St_Johns", "Asia/Tehran", "Africa/Casablanca", "America/Havana"]
MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
DAYS = "SUN MON TUE WED THU FRI SAT".split()
COUNT = 4
UTC = datetime.timezone.utc


# ---- making expressions ----

def make_item(rng, low, high, names):
    def word(value):
        return names[value - low] if names and value - low < len(names) and rng.random() < 0.5 else str(value)
    kind = rng.randrange(5)
    a, b = sorted((rng.randint(low, high), rng.randint(low, high)))
    step = rng.randint(1, max(1, (high - low) // 2))
    return [word(a), f"{word(a)}-{word(b)}", f"*/{step}", f"{word(a)}-{word(b)}/{step}", f"{word(a)}/{step}"][kind]


def make_field(rng, low, high, names=None, star=0.4, few=False):
    if rng.random() < star:
        return rng.choice("*?") if not few else str(rng.randint(low, high))
    return ",".join(make_item(rng, low, high, names) for _ in range(rng.randint(1, 2)))


def make_expr(rng):
    day = rng.choice(["L", "L-3", "LW", "15W", "1W", "31W", "1,L"]) if rng.random() < 0.2 else \
        make_field(rng, 1, 31, star=0.5)
    weekday = rng.choice(["5L", "FRIL", "MON#1", "2#5", "SUN#L", "7L"]) if rng.random() < 0.2 else \
        make_field(rng, 0, 6, DAYS, star=0.5)
    fields = [make_field(rng, 0, 59, star=0.2, few=True), make_field(rng, 0, 23, star=0.3), day,
              make_field(rng, 1, 12, MONTHS, star=0.7), weekday]
    if rng.random() < 0.2:
        fields.insert(0, str(rng.randint(0, 59)))
    return " ".join(fields)


# ---- the oracle ----

def read_value(text, names, base):
    return names.index(text) + base if names and text in names else int(text)


def read_set(field, low, high, names=None, base=0):
    values, star = set(), False
    for item in field.split(","):
        body, _, step = item.partition("/")
        if body in "*?":
            first, last = low, high
            star = star or step in ("", "1")
        elif "-" in body:
            first, last = (read_value(part, names, base) for part in body.split("-"))
        else:
            first = read_value(body, names, base)
            last = high if step else first
        values.update(range(first, last + 1, int(step or 1)))
    return values, star


def nearest_working_day(year, month, day):
    length = calendar.monthrange(year, month)[1]
    if day > length:
        return None
    candidates = [d for d in range(1, length + 1) if datetime.date(year, month, d).weekday() < 5]
    return min(candidates, key=lambda d: (abs(d - day), d if datetime.date(year, month, day).weekday() == 5 else -d))


def day_matches(field, date):
    length = calendar.monthrange(date.year, date.month)[1]
    result, plain = False, []
    for item in field.split(","):
        if item == "L":
            result |= date.day == length
        elif item.startswith("L-"):
            result |= date.day == length - int(item[2:])
        elif item == "LW":
            result |= date.day == nearest_working_day(date.year, date.month, length)
        elif item.endswith("W"):
            result |= date.day == nearest_working_day(date.year, date.month, int(item[:-1]))
        else:
            plain.append(item)
    values, star = read_set(",".join(plain), 1, 31) if plain else (set(), False)
    return result or date.day in values, star


def weekday_matches(field, date):
    weekday = (date.weekday() + 1) % 7
    length = calendar.monthrange(date.year, date.month)[1]
    last = date.day + 7 > length
    if field.endswith("#L") or field.endswith("L"):
        name = field[:-2] if field.endswith("#L") else field[:-1]
        return last and weekday == read_value(name, DAYS, 0) % 7, False
    if "#" in field:
        name, nth = field.split("#")
        return weekday == read_value(name, DAYS, 0) % 7 and (date.day + 6) // 7 == int(nth), False
    values, star = read_set(field, 0, 6, DAYS, 0)
    return weekday in {value % 7 for value in values}, star


def fire_times(expr, zone_name, after, count, days_max):
    zone = zoneinfo.ZoneInfo(zone_name)
    fields = expr.split()
    if len(fields) == 5:
        fields.insert(0, "0")
    seconds, minutes, hours = (sorted(read_set(field, 0, high)[0])
                               for field, high in zip(fields, (59, 59, 23)))
    months = read_set(fields[4], 1, 12, MONTHS, 1)[0]
    date = after.astimezone(zone).date() - datetime.timedelta(days=2)
    found = []
    for _ in range(days_max):
        by_day, day_star = day_matches(fields[3], date)
        by_weekday, weekday_star = weekday_matches(fields[5], date)
        fires = by_day and by_weekday if day_star or weekday_star else by_day or by_weekday
        if fires and date.month in months:
            for hour in hours:
                for minute in minutes:
                    for second in seconds:
                        for fold in (0, 1):
                            local = datetime.datetime.combine(date, datetime.time(hour, minute, second), zone)
                            instant = local.replace(fold=fold).astimezone(UTC)
                            back = instant.astimezone(zone).replace(tzinfo=None)
                            if back == local.replace(tzinfo=None) and instant > after:
                                found.append(instant)
        found = sorted(set(found))
        if len(found) >= count and date - found[count - 1].astimezone(zone).date() > datetime.timedelta(days=2):
            return found[:count], True
        date += datetime.timedelta(days=1)
    return found[:count], False


# ---- comparing ----

def main():
    pawl, cases, seed = sys.argv[1], int((sys.argv[2:] + ["400"])[0]), int((sys.argv[3:] + ["1"])[0])
    rng = random.Random(seed)
    requests = []
    for _ in range(cases):
        after = datetime.datetime(2000, 1, 1, tzinfo=UTC) + datetime.timedelta(seconds=rng.randrange(37 * 366 * 86400))
        requests.append({"expr": make_expr(rng), "zone": rng.choice(ZONES),
                         "after": after.strftime("%Y-%m-%dT%H:%M:%SZ"), "count": COUNT})
    done = subprocess.run([pawl, "cron", "--jsonl"], input="".join(json.dumps(r) + "\n" for r in requests),
                          capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    differ, short = 0, 0
    print("1..1")
    for request, answer in zip(requests, answers):
        after = datetime.datetime.fromisoformat(request["after"].replace("Z", "+00:00"))
        wanted, complete = fire_times(request["expr"], request["zone"], after, COUNT, 800)
        got = [datetime.datetime.fromisoformat(text.replace("Z", "+00:00")) for text in answer.get("times", [])]
        short += not complete
        same = got == wanted if complete else got[:len(wanted)] == wanted
        if "error" in answer or not same:
            differ += 1
            print(f"# {json.dumps(request)}\n#   pawl:   {json.dumps(answer)}\n#   oracle: {[str(t) for t in wanted]}")
    print(f"# {len(answers)} expressions, seed {seed}: {differ} differ ({short} rarer than the oracle looks ahead)")
    ok = differ == 0 and len(answers) == cases
    print(f"{'ok' if ok else 'not ok'} 1 - random expressions fire when a plain walk over days says")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
