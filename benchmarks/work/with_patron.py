"""The work as Patron does it.

python with_patron.py TASK FILE ...
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Any

from budgets import budget
from laps import Laps

HORIZON = 365
THREADS = 2


def history(laps: Laps, file: str, to: str, as_of: str, calls: str = "2", memory: str | None = None) -> None:
    """Orders to histories, Parquet to Parquet: a first call, then warm ones."""
    with laps.lap("import"):
        from patron.engines import connect
        from patron.profile import purchase_history
    connection = connect(memory=memory, spill=Path(to).parent / "spill", threads=THREADS)
    for number in range(int(calls)):
        with laps.lap("work" if number else "first call"):
            table = purchase_history(connection.read_parquet(file), as_of=date.fromisoformat(as_of))
            connection.to_parquet(table, to)


def fit(laps: Laps, kind: str, file: str) -> None:
    """Histories to parameters and their standard errors."""
    with laps.lap("import"):
        from patron import models
        from patron.models.patterns import read_patterns

        connection = _warmed(file)
    model = {"bg_nbd": models.BgNbd, "mbg_nbd": models.MbgNbd, "pareto_nbd": models.ParetoNbd}[kind]()
    with laps.lap("read"):
        patterns = read_patterns(connection.read_parquet(file), ("frequency", "recency", "T"))
    with laps.lap("fit"):
        model.fit_patterns(patterns)
        laps.facts["errors"] = model.standard_errors_
    laps.facts |= {"parameters": model.params_, "patterns": len(patterns.customers), "height": model.log_likelihood_}


def effects(laps: Laps, file: str, metrics: str, calls: str) -> None:
    """Units in memory to effects with a covariate, by segment: a first call, then warm ones."""
    with laps.lap("import"):
        from patron.engines import connect
        from patron.experiments import compare
    connection = connect(threads=THREADS)
    connection.raw_sql(f"CREATE TABLE units AS SELECT * FROM read_parquet('{file}')")
    units, names = connection.table("units"), [f"m{number}" for number in range(int(metrics))]
    for number in range(int(calls)):
        with laps.lap("work" if number else "first call"):
            found = compare(units, metric=names, covariates="past", by="segment")
    rows = found.select(["metric", "segment", "effect_low", "p_value"]).to_pylist()
    laps.facts["low"] = {f"{row['metric']} {row['segment']}": row["effect_low"] for row in rows}


def spend(laps: Laps, file: str) -> None:
    """Mean spends to Gamma-Gamma parameters and their standard errors."""
    with laps.lap("import"):
        from patron.models import GammaGamma

        connection = _warmed(file)
    with laps.lap("fit"):
        model = GammaGamma().fit(connection.read_parquet(file))
        laps.facts["errors"] = model.standard_errors_
    params = model.params_
    laps.facts["parameters"] = {"p": params["p"], "q": params["q"], "v": params["gamma"]}


def score(laps: Laps, file: str, kind: str = "bg_nbd") -> None:
    """Histories in memory to two scores each, as arrays."""
    with laps.lap("import"):
        import pyarrow.parquet as pq
    model = _known(kind)
    with laps.lap("read"):
        table = pq.read_table(file, columns=["frequency", "recency", "T"])
    with laps.lap("work"):
        expected = model.expected_purchases(table, horizon=HORIZON)
        alive = model.probability_alive(table)
    laps.facts |= {"expected": float(expected.sum()), "alive": float(alive.sum())}


def score_files(laps: Laps, file: str, to: str) -> None:
    """Histories in a file to a file with two scores each."""
    with laps.lap("import"):
        connection, model = _warmed(file), _known()
    with laps.lap("work"):
        table = model.expected_purchases(connection.read_parquet(file), horizon=HORIZON)
        connection.to_parquet(model.probability_alive(table), to)


def propensity(laps: Laps, file: str, to: str, as_of: str, memory: str) -> None:
    """Orders to the chance to buy within 90 days, with three reasons, and the model's test; Parquet to Parquet."""
    with laps.lap("import"):
        import lightgbm  # noqa: F401
        import pyarrow.parquet as pq

        from patron.engines import connect
        from patron.models.propensity_judged import MODEL, PEER, figure
        from patron.models.propensity_targets import TARGETS
        from patron.pipeline.propensity_learned import Asked, learned
        from patron.pipeline.propensity_past import customers_past
        from patron.pipeline.propensity_plan import plan
        from patron.profile.facts import facts
    folder = Path(to).parent
    connection = connect(memory=memory, spill=folder / "spill", threads=THREADS)

    def keep(name: str, table: Any) -> Any:
        connection.to_parquet(table, str(folder / f"{name}.parquet"))
        return connection.read_parquet(str(folder / f"{name}.parquet"))

    today = date.fromisoformat(as_of)
    with laps.lap("orders"):
        dated = facts(_as_lines(connection.read_parquet(file)), keep=keep)
        first = dated.bought.day.min().to_pyarrow().as_py()
    with laps.lap("features"):
        days = plan(today, first=first, horizon=90)
        past = customers_past(dated, today=today, days=days.days, questions=days.questions, keep=keep)
    with laps.lap("fit, predict, reasons"):
        made = learned(Asked(TARGETS["buys"], days), past, lapse_factor=3.0, then={})
        pq.write_table(made.scores, to)
    tests = [{**row} for row in made.card if row["part"] in ("auc", "ece")]
    laps.facts |= {"customers": made.scores.num_rows, "auc": figure(tests, "auc", MODEL)["value"]}
    laps.facts |= {"auc_rfm": figure(tests, "auc", PEER)["value"], "ece": figure(tests, "ece", MODEL)["value"]}
    laps.facts |= {"ece_perfect": figure(tests, "ece", MODEL)["low"]}


def replenishment(laps: Laps, file: str, to: str, as_of: str, memory: str | None = None) -> None:
    """Order lines to due dates of all customers and products, Parquet to Parquet."""
    with laps.lap("import"):
        from patron.engines import connect
        from patron.models import Replenishment
        from patron.models.replenishment_lines import cycles_of, purchase_days, read_lines

        connection = connect(memory=memory, spill=Path(to).parent / "spill", threads=THREADS)
        connection.read_parquet(file).count().to_pyarrow()
    day, kept = date.fromisoformat(as_of), str(Path(to).with_suffix(".cycles"))
    with laps.lap("count"):
        lines = read_lines(connection.read_parquet(file))
        connection.to_parquet(cycles_of(purchase_days(lines, as_of=day), as_of=day), kept)
    with laps.lap("fit"):
        cycles = connection.read_parquet(kept)
        model = Replenishment().fit_cycles(cycles)
    with laps.lap("dates"):
        connection.to_parquet(model.predict_cycles(cycles), to)
    laps.facts |= {"products": model.products_.num_rows, "left_out": model.left_out_}
    laps.facts |= {"rows": connection.read_parquet(to).count().to_pyarrow().as_py()}


def next_product(laps: Laps, file: str, following: str, as_of: str) -> None:
    """Order lines to ten products for each customer."""
    with laps.lap("import"):
        import pyarrow.parquet as pq

        from patron.models import NextProduct
        from patron.models.boosting import lightgbm_library

        lightgbm_library()
        _warmed(file)
    lines = pq.read_table(file)
    with laps.lap("fit"):
        model = NextProduct(threads=THREADS).fit(lines, as_of=date.fromisoformat(as_of))
    with laps.lap("recommend"):
        table = model.recommend(10)
    after = pq.read_table(following)
    hits = table.select(["customer_id", "product_id"]).join(after, ["customer_id", "product_id"], join_type="inner")
    laps.facts |= {"hit_rate": hits.num_rows / after.num_rows, "lines": lines.num_rows, "customers": after.num_rows}


def demand(laps: Laps, file: str, as_of: str) -> None:
    """Order lines to forecasts by product, segment and week, and trends."""
    connection = _warmed(file)
    with laps.lap("import"):
        from patron.models import Demand
        from patron.models.demand_lines import sold_days, sold_weeks
        from patron.models.replenishment_lines import read_lines
    day, kept = date.fromisoformat(as_of), str(Path(file).with_suffix(".sold"))
    with laps.lap("count"):
        lines = read_lines(connection.read_parquet(file))
        connection.to_parquet(sold_weeks(sold_days(lines, as_of=day), as_of=day), kept)
    with laps.lap("fit"):
        model = Demand().fit_weeks(connection.read_parquet(kept), as_of=day)
    with laps.lap("tell"):
        told = model.forecast()
    with laps.lap("trends"):
        model.trends()
    Path(kept).unlink()
    laps.facts |= {"products": model.products_.num_rows, "rows": told.num_rows}


def prices(laps: Laps, file: str, truth: str) -> None:
    """Order lines to elasticities, with lines alone as in a run, and with trees."""
    connection = _warmed(file)
    with laps.lap("import"):
        from patron.models import PriceResponse
        from patron.profile.asked_prices import asked_prices, price_rows
        from patron.profile.price_weeks import last_price_day, price_weeks, sold_lines
        from patron.simulate import planted_prices

        day = planted_prices(categories=1, products=1, weeks=156, seed=1).as_of
    kept = str(Path(file).with_suffix(".sold"))
    with laps.lap("weeks"):
        connection.to_parquet(sold_lines(connection.read_parquet(file), as_of=day), kept)
        sold = connection.read_parquet(kept)
        until = last_price_day(sold, as_of=day)
        sums = price_weeks(sold, _nobody(), until=until, segmentations=()).to_pyarrow()
        rows = price_rows(sums, asked_prices(sums, until=until))
    with laps.lap("fit"):
        model = PriceResponse(trees=False).fit(rows, as_of=day)
    with laps.lap("fit with trees"):
        PriceResponse(threads=THREADS).fit(rows, as_of=day)
    Path(kept).unlink()
    known = dict(zip(*connection.read_parquet(truth).to_pyarrow().to_pydict().values(), strict=True))
    found = [one for one in model.elasticities_.to_pylist() if one["level"] == "product" and one["low"] is not None]
    inside = [one["low"] <= known[one["product_id"]] <= one["high"] for one in found]
    laps.facts |= {
        "rows": rows.num_rows, "products": len(known), "learned": len(found), "inside": sum(inside) / len(found),
        "naive": sum(one["naive"] - known[one["product_id"]] for one in found) / len(found),
    }  # fmt: skip


def _nobody() -> Any:
    from patron.contracts.customer import MEMBERSHIPS

    return MEMBERSHIPS.empty()


def habits(laps: Laps, file: str, memory: str) -> None:
    """Events to tested rules and critical days."""
    with laps.lap("import"):
        from patron.engines import connect
        from patron.models import Habits
        from patron.simulate import planted_habits

        truth = planted_habits(1, seed=1)  # the names and the last day are the same for any number of customers
    connection = connect(memory=memory, spill=Path(file).parent / "spill", threads=THREADS)
    with laps.lap("fit"):
        events = connection.read_parquet(file)
        model = Habits(outcomes=("order", "second_order")).fit(events, as_of=truth.as_of)
    with laps.lap("critical days"):
        model.critical_days(thresholds=(0.2, 0.1), relative=(0.5,))
    rows = model.habits_.to_pylist()
    # The trap foretells orders that count anew: who did it had waited. It means nothing for the second one.
    found = {row["deed"] for row in rows if row["strongest"] and (row["deed"], row["outcome"]) != ("trap", "order")}
    deeds = found - {"order", "second_order"}
    laps.facts |= {"rules": len(rows), "events": int(events.count().to_pyarrow().as_py())}
    laps.facts |= {"false": len(deeds - set(truth.true)) / max(len(deeds), 1)}
    laps.facts |= {"found": len(deeds & set(truth.true)) / len(truth.true)}


def micro(laps: Laps, file: str, memory: str) -> None:
    """Memberships and what is known of the customers to micro-segments; all is read from and written to Parquet."""
    with laps.lap("import"):
        import pyarrow.parquet as pq

        from patron.engines import connect
        from patron.segments import Tables, micro_members, micro_segments
        from patron.simulate.planted_cells import AS_OF
    connection, stem, axes = (
        connect(memory=memory, spill=Path(file).parent / "spill", threads=THREADS),
        file[:-8],
        ("behaviour", "stage"),
    )
    names = ("before", "profiles", "forecasts", "orders", "takings", "rhythm")
    known = {name: connection.read_parquet(f"{stem}_{name}.parquet") for name in names}
    members = connection.read_parquet(file)

    def keep(name: str, table: Any) -> Any:
        kept = f"{stem}_kept_{name}.parquet"
        connection.to_parquet(table, kept)
        return connection.read_parquet(kept)

    with laps.lap("place"):
        placed = micro_members(members, known["profiles"], axes=axes, holdout=0.2, detectable=0.25, keep=keep)
        both = keep("memberships", members.union(placed.memberships))
    with laps.lap("describe"):
        tables = Tables(memberships=both, **known)
        found = micro_segments(tables, axes=axes, as_of=AS_OF, horizon_days=365, holdout=0.2, detectable=0.25)
        rows = found.to_pyarrow().to_pylist()
    truth = {
        f"{row['behaviour']}/{row['stage']}": row["order_rate"]
        for row in pq.read_table(f"{stem}_truth.parquet").to_pylist()
    }
    cells = [row for row in rows if row["cell"] in truth and row["watched"]]
    errors = [
        sum((guess(row) - truth[row["cell"]]) ** 2 for row in cells) ** 0.5
        for guess in (lambda row: row["order_rate"], lambda row: row["ordered"] / row["watched"])
    ]
    laps.facts |= {"rows": len(rows), "segments": sum(row["merged_into"] is None for row in rows)}
    laps.facts |= {"customers": sum(row["customers"] for row in rows if row["merged_into"] is None)}
    laps.facts |= {"error": errors[0] / errors[1]}


def behaviours(laps: Laps, file: str, memory: str) -> None:
    """Features of customers to their segments, Parquet to Parquet."""
    with laps.lap("import"):
        import numpy as np
        import pyarrow.parquet as pq

        from patron.engines import connect
        from patron.segments import BehaviourSegments
        from patron.stats.agreement import adjusted_rand
    path = Path(file)
    to = str(path.with_suffix(".assigned"))
    connection = connect(memory=memory, spill=path.parent / "spill", threads=THREADS)
    table = connection.read_parquet(file)
    with laps.lap("fit"):
        model = BehaviourSegments().fit(table)
    with laps.lap("assign"):
        connection.to_parquet(model.assign(table), to)
    # Both files are in one order, and that of a few will do: the kinds are those of the same customers over and over.
    some = 200_000
    assigned = connection.read_parquet(to).order_by("customer_id").limit(some).to_pyarrow()["segment"].to_pylist()
    truth = next(pq.ParquetFile(path.with_name(path.name.replace("behaviours", "kinds"))).iter_batches(some))
    coded = [np.unique(np.array(one), return_inverse=True)[1] for one in (assigned, truth["kind"].to_pylist())]
    laps.facts |= {"customers": int(table.count().to_pyarrow().as_py()), "segments": len(model.segments_)}
    laps.facts |= {"features": repr(model).count(",") + 1, "agreement": float(adjusted_rand(*coded))}


def voice(laps: Laps, file: str, memory: str) -> None:
    """Answers, invitations and what is known of the customers to weighted scores and a plan; all read from Parquet."""
    with laps.lap("import"):
        import ibis

        from patron.engines import connect
        from patron.simulate.planted_cells import AS_OF
        from patron.voice import bands, standing_when_asked, survey_plan, surveyed
        from patron.voice import voice as heard
    connection = connect(memory=memory, spill=Path(file).parent / "spill", threads=THREADS)
    stem = file[:-8]

    def keep(name: str, table: Any) -> Any:
        kept = f"{stem}_kept_{name}.parquet"
        connection.to_parquet(table, kept)
        return connection.read_parquet(kept)

    people, orders = (connection.read_parquet(f"{stem}_{name}.parquet") for name in ("profiles", "orders"))
    members = connection.read_parquet(file)
    with laps.lap("draw the survey"):
        orders = orders.mutate(amount=ibis.literal(10).cast("decimal(18, 2)"))
        last = orders.group_by("customer_id").aggregate(orders=orders.count(), on=orders.ordered_at.date().max())
        joined = people.select("customer_id", net_revenue="margin").left_join(last, "customer_id")
        profiles = keep("standing", joined.select(
            "customer_id", "net_revenue", orders=joined.orders.fill_null(0),
            days_since_last=ibis.literal(AS_OF).delta(joined.on, unit="day"),
        ))  # fmt: skip
        draw = profiles.customer_id.hexdigest("sha256")
        digit = {name: draw.substr(place, 1) for place, name in enumerate(("asked", "answers", "score"))}
        known = profiles.mutate(**digit, moment=ibis.literal(AS_OF).cast("timestamp(6)"), survey=ibis.literal("spring"))
        sent = known.filter(known.asked < "a").select("customer_id", "survey", asked_at="moment")
        back = known.filter((known.asked < "a") & (known.answers < ibis.ifelse(known.days_since_last < 90, "6", "2")))
        said = back.select(
            "customer_id", "survey", answered_at="moment", survey_id="customer_id", question=ibis.literal("nps"),
            kind=ibis.literal("nps"), scale=ibis.literal(10.0).cast("float64"), choice=ibis.null("string"),
            score=ibis.ifelse(back.days_since_last < 90, 9.0, ibis.ifelse(back.score < "8", 3.0, 9.0)).cast("float64"),
        )  # fmt: skip
        sent, said = keep("sent", sent), keep("said", said)
    with laps.lap("weighted scores"):
        stood = standing_when_asked(profiles, orders, sent, as_of=AS_OF)
        counts = surveyed(said, sent, keep("cells_of", bands(stood)), members, as_of=AS_OF, window_days=365, keep=keep)
        made = heard(counts)
        rows = made.to_pyarrow().to_pylist()
    with laps.lap("plan"):
        plan = survey_plan(
            profiles, members, made, allowed=profiles.select("customer_id"), rested=sent.select("customer_id"),
            precision=10, keep=keep,
        ).to_pyarrow()  # fmt: skip
    laps.facts |= {"rows": len(rows), "segments": plan.num_rows, "asked": rows[0]["asked"]}
    laps.facts |= {"answered": rows[0]["answered"], "customers": rows[0]["customers"]}


def themes(laps: Laps, file: str, memory: str) -> None:
    """Reviews to themes as a run's steps do it; all is read from and written to Parquet."""
    with laps.lap("import"):
        import pyarrow.parquet as pq
        from sklearn.metrics import adjusted_mutual_info_score

        from patron.contracts import TABLES
        from patron.engines import connect
        from patron.pipeline.step import Context
        from patron.pipeline.theme_steps import THEME_STEP, THEME_TEXT_STEP
    connection = connect(memory=memory, spill=Path(file).parent / "spill", threads=THREADS)
    stem = file[:-8]
    tables = {name: connection.read_parquet(f"{stem}_{name}.parquet") for name in ("links", "memberships", "forecasts")}
    tables |= {name: TABLES[name].empty() for name in ("raw_surveys", "raw_tickets", "golden_records")}
    tables["raw_reviews"] = connection.read_parquet(file)

    def keep(name: str, table: Any) -> Any:
        kept = f"{stem}_kept_{name}.parquet"
        connection.to_parquet(table, kept)
        return connection.read_parquet(kept)

    def made(step: Any) -> None:
        asked = Context(settings=None, as_of=date(2024, 12, 31), tables=tables, keep=keep, earlier=None, kept=None)
        for name, table in step.function(asked).items():
            tables[name] = keep(name, table)

    with laps.lap("themes"):
        made(THEME_TEXT_STEP)
    with laps.lap("segments"):
        made(THEME_STEP)
    found = pq.read_table(f"{stem}_kept_theme_texts.parquet", columns=["text_id", "theme"]).sort_by("text_id")
    truth = pq.read_table(f"{stem}_truth.parquet").sort_by("text_id")
    agreed = adjusted_mutual_info_score(truth["theme"].to_numpy(), found["theme"].to_numpy())
    number = tables["theme_words"].count().to_pyarrow().as_py()
    laps.facts |= {"texts": len(found), "themes": number, "agreed": float(agreed)}


def journeys(laps: Laps, file: str, memory: str) -> None:
    """Events to the map of journeys, with shares, conversions, times and money, by visits and by silence."""
    with laps.lap("import"):
        from patron.engines import connect
        from patron.journeys import journey_map
    connection = connect(memory=memory, spill=Path(file).parent / "spill", threads=THREADS)

    def keep(name: str, table: Any) -> Any:
        kept = f"{file[:-8]}_kept_{name}.parquet"
        connection.to_parquet(table, kept)
        return connection.read_parquet(kept)

    for lap, events, days in (("visits", connection.read_parquet(file), None),
                              ("silence", connection.read_parquet(file).drop("session_id"), 30)):  # fmt: skip
        with laps.lap(lap):
            drawn = journey_map(events, within_days=days, keep=keep)
        laps.facts |= {f"edges by {lap}": drawn.edges.num_rows, "edges": drawn.edges.num_rows}


def portraits(laps: Laps, file: str, memory: str) -> None:
    """People with their attributes to what sets each kind of them apart, from Parquet."""
    with laps.lap("import"):
        from patron.engines import connect
        from patron.portraits import portrait
    connection = connect(memory=memory, spill=Path(file).parent / "spill", threads=THREADS)
    with laps.lap("work"):
        rows = portrait(connection.read_parquet(file), by="kind").to_pyarrow().to_pylist()
    found = {(row["segment"], row["attribute"]) for row in rows if row["found"] and row["lift_low"] > 1}
    planted = {(f"k{place:09d}", f"a{place}") for place in range(4)}
    # Who has one value more often has the others less often, and so have the other kinds.
    laps.facts |= {
        "rows": len(rows), "missed": len(planted - found),
        "false": len([row for row in rows if row["found"] and int(row["attribute"][1:]) > 3]),
    }  # fmt: skip


def conditions(laps: Laps, file: str, to: str, memory: str) -> None:
    """Profiles to memberships in a hundred own segments, Parquet to Parquet."""
    from own_conditions import conditions as own

    with laps.lap("import"):
        from patron.engines import connect
        from patron.segments import rules

    connection = connect(memory=memory, spill=Path(to).with_suffix(".spill"), threads=THREADS)
    with laps.lap("work"):
        connection.to_parquet(rules(connection.read_parquet(file), own()), to)
    laps.facts["members"] = int(connection.read_parquet(to).count().to_pyarrow().as_py())


def uplift(laps: Laps, file: str) -> None:
    """Curve alone; then coefficient and curve with intervals; then as the others define the coefficient."""
    import pyarrow.parquet as pq

    from patron.experiments import qini
    from patron.stats.uplift_area import coefficient, qini_heights
    from patron.stats.uplift_ranking import ranked

    people = pq.read_table(file)
    score, treated, outcome = (people[name].to_numpy() for name in ("score", "treated", "outcome"))
    qini(score, treated, outcome)  # the first call of a process waits for memory
    with laps.lap("curve"):
        qini_heights(ranked(score, treated, outcome))
    with laps.lap("interval"):
        found = qini(score, treated, outcome)
    order = ranked(score, treated, outcome)
    laps.facts |= {
        "low": found.low, "high": found.high, "scikit": coefficient(order, "scikit_uplift_qini").value,
        "causalml": coefficient(order, "causalml_qini").value,
    }  # fmt: skip


def _as_lines(orders: Any) -> Any:
    """Return orders as lines of one unit each."""
    import ibis

    unknown = ibis.null("string")
    return orders.mutate(
        line_id=ibis.row_number().cast("int64"), kind=ibis.literal("sale"), quantity=ibis.literal(1.0, "float64"),
        discount=ibis.literal(0).cast("decimal(18, 2)"), reverses=ibis.null("int64"), product_id=unknown,
        category=unknown, brand=unknown, channel=unknown,
    )  # fmt: skip


def _warmed(file: str) -> Any:
    """Return a connection after its first call, in which Ibis and DuckDB are loaded."""
    from patron.engines import connect

    connection = connect(threads=THREADS)
    connection.read_parquet(file).count().to_pyarrow()
    return connection


def _known(kind: str = "bg_nbd") -> Any:
    from patron.models import BgNbd, ParetoNbd

    if kind == "pareto_nbd":
        return ParetoNbd.from_params(r=0.553, alpha=74.0, s=0.606, beta=81.7)
    return BgNbd.from_params(r=0.243, alpha=30.9, a=0.793, b=2.426)


def main() -> None:
    """Do one task."""
    laps = Laps()
    tasks = {"history": history, "fit": fit, "spend": spend, "score": score, "score_files": score_files,
             "propensity": propensity, "replenishment": replenishment, "demand": demand, "habits": habits,
             "micro": micro, "behaviours": behaviours, "voice": voice, "next_product": next_product,
             "themes": themes, "journeys": journeys, "portraits": portraits, "conditions": conditions,
             "effects": effects, "uplift": uplift, "prices": prices, "budget": budget}  # fmt: skip
    tasks[sys.argv[1]](laps, *sys.argv[2:])
    laps.tell()


if __name__ == "__main__":
    main()
